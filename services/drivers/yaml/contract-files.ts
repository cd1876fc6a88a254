// The YAML files of a folder of contracts, each checked against its JSON Schema.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { HubError } from '../../domain/errors.ts';

export interface ContractFiles {
  /** Reads a file as one of the schema's definitions, or as the one that its content calls for. Errors: CONTRACT_INVALID. */
  read(file: string, definition: string | ((value: unknown) => string)): unknown;
  /** The YAML files of a subfolder by name; none when it is not there. */
  names(subfolder: string): string[];
  has(file: string): boolean;
  /** A file as messages call it. */
  nameOf(file: string): string;
}

/** Opens a folder. `schemas` is where `contracts.schema.json` stands, `called` how messages call the folder. */
export function contractFiles(folder: string, schemas: string, called: string): ContractFiles {
  const ajv = checkerOf(readFileSync(join(schemas, 'contracts.schema.json'), 'utf8'));
  const nameOf = (file: string): string => join(called, file);
  return {
    nameOf,
    has: (file) => existsSync(join(folder, file)),
    names(subfolder) {
      if (!existsSync(join(folder, subfolder))) return [];
      return readdirSync(join(folder, subfolder))
        .filter((name) => name.endsWith('.yaml'))
        .sort()
        .map((name) => join(subfolder, name));
    },
    read(file, definition) {
      let value: unknown;
      try {
        value = parse(readFileSync(join(folder, file), 'utf8'));
      } catch (cause) {
        throw new HubError('CONTRACT_INVALID', `${nameOf(file)}: ${(cause as Error).message.split('\n')[0]}`, { cause });
      }
      const validate = ajv.getSchema(`contracts#/$defs/${typeof definition === 'string' ? definition : definition(value)}`)!;
      if (!validate(value)) {
        const [error] = validate.errors!;
        throw new HubError('CONTRACT_INVALID', `${nameOf(file)}: ${error!.instancePath || '/'} ${error!.message}`);
      }
      return value;
    },
  };
}

let last: { schema: string; ajv: Ajv2020 } | null = null;

/** Definitions are compiled when first used, which takes longer than reading every contract: the same schema keeps its own. */
function checkerOf(schema: string): Ajv2020 {
  if (last?.schema === schema) return last.ajv;
  const ajv = new Ajv2020({ allErrors: false, strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  ajv.addSchema(JSON.parse(schema) as object, 'contracts');
  last = { schema, ajv };
  return ajv;
}
