// Reads `contracts/` and refuses what its JSON Schemas do not allow.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { HubError } from '../../domain/errors.ts';
import { compilePackages } from '../../domain/packages/contract.ts';
import type { PackageContract, PackageType, RuleContract } from '../../domain/packages/contract.ts';
import type { SourceContract } from '../../domain/source-contract.ts';
import type { MatchContract } from '../../domain/transfers/match.ts';

export interface Contracts {
  sources: ReadonlyMap<string, SourceContract>;
  packages: readonly PackageType[];
  rules: readonly RuleContract[];
  match: MatchContract;
}

/** Loads every contract in a folder. Errors: CONTRACT_INVALID, naming the file and the place in it. */
export function loadContracts(folder: string): Contracts {
  const schemas = JSON.parse(readFileSync(join(folder, 'contracts.schema.json'), 'utf8')) as object;
  const ajv = new Ajv2020({ allErrors: false, strict: true, allowUnionTypes: true }).addSchema(schemas, 'contracts');
  const read = (file: string, definition: string): unknown => {
    let value: unknown;
    try {
      value = parse(readFileSync(join(folder, file), 'utf8'));
    } catch (cause) {
      throw new HubError('CONTRACT_INVALID', `contracts/${file}: ${(cause as Error).message.split('\n')[0]}`, { cause });
    }
    const validate = ajv.getSchema(`contracts#/$defs/${definition}`)!;
    if (!validate(value)) {
      const [error] = validate.errors!;
      throw new HubError('CONTRACT_INVALID', `contracts/${file}: ${error!.instancePath || '/'} ${error!.message}`);
    }
    return value;
  };
  const all = <T>(subfolder: string, definition: string): T[] =>
    readdirSync(join(folder, subfolder))
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => read(join(subfolder, name), definition) as T);

  const sources = all<SourceContract>('sources', 'source');
  for (const source of sources) checkReferences(source);
  const rules = read('rules.yaml', 'rules') as RuleContract[];
  return {
    sources: new Map(sources.map((source) => [source.name, source])),
    packages: compilePackages(all<PackageContract>('packages', 'package'), rules),
    rules,
    match: read('transfers.yaml', 'match') as MatchContract,
  };
}

/** What a JSON Schema cannot say: that names refer to something. */
function checkReferences(source: SourceContract): void {
  const known = (field: string, where: string): void => {
    if (!(field in source.fields))
      throw new HubError('CONTRACT_INVALID', `contracts/sources/${source.name}.yaml: ${where} names the unknown field ${field}`);
  };
  const { subject, id, version, time, change } = source.record;
  for (const field of [subject, id, change, ...time, ...(version === undefined ? [] : [version])]) known(field, 'record');
  for (const [name, mapping] of Object.entries(source.mappings))
    for (const field of Object.keys(mapping.fields)) known(field, `mapping ${name}`);
  if (!(source.pull.mapping in source.mappings))
    throw new HubError('CONTRACT_INVALID', `contracts/sources/${source.name}.yaml: pull names the unknown mapping ${source.pull.mapping}`);
}
