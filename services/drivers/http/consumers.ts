// Reads `contracts/consumers/`: who may read what, and for which purposes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { HubError } from '../../domain/errors.ts';
import type { Bilingual } from '../../domain/source-contract.ts';

/** Every scope there is. */
export const scopes = [
  'packages:read',
  'packages:write',
  'transfers:read',
  'transfers:write',
  'consents:write',
  'audit:read',
  'quarantine:write',
] as const;
export type Scope = (typeof scopes)[number];

export interface ConsumerContract {
  /** As a token's `client_id`, `azp` or `sub` gives it. */
  id: string;
  version: number;
  title: Bilingual;
  legalBasis: string;
  /** A token's scopes beyond these are ignored. */
  scopes: Scope[];
  /** Values of the header `Purpose` it may state. */
  purposes: string[];
}

const text = { type: 'string', minLength: 1 };
const contractSchema = {
  type: 'object',
  required: ['id', 'version', 'title', 'legalBasis', 'scopes', 'purposes'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', pattern: '^[a-z][a-z0-9-]*$' },
    version: { type: 'integer', minimum: 1 },
    title: { type: 'object', required: ['zh', 'en'], additionalProperties: false, properties: { zh: text, en: text } },
    legalBasis: text,
    scopes: { type: 'array', minItems: 1, uniqueItems: true, items: { enum: scopes } },
    purposes: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string', pattern: '^[a-z][a-z-]*$' } },
  },
};

/** All contracts in a folder, by file name. Errors: CONTRACT_INVALID, naming the file and the place in it. */
export function readConsumers(folder: string): ConsumerContract[] {
  const validate = new Ajv2020({ strict: true }).compile<ConsumerContract>(contractSchema);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => {
      let contract: unknown;
      try {
        contract = parse(readFileSync(join(folder, name), 'utf8'));
      } catch (cause) {
        throw new HubError('CONTRACT_INVALID', `contracts/consumers/${name}: ${(cause as Error).message.split('\n')[0]}`, { cause });
      }
      if (!validate(contract)) {
        const [error] = validate.errors!;
        throw new HubError('CONTRACT_INVALID', `contracts/consumers/${name}: ${error!.instancePath || '/'} ${error!.message}`);
      }
      if (`${contract.id}.yaml` !== name)
        throw new HubError('CONTRACT_INVALID', `contracts/consumers/${name}: /id must be the name of the file`);
      return contract;
    });
}
