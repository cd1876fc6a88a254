// What the repository ships, loaded once for all tests: contracts, schemas, and a fixed pseudonym key.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openAvroCodec } from '../../services/drivers/avro/event-codec.ts';
import { loadContracts } from '../../services/drivers/yaml/contracts.ts';
import type { SourceContract } from '../../services/domain/source-contract.ts';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));
export const contracts = loadContracts(join(projectRoot, 'contracts'));
export const codec = openAvroCodec(join(projectRoot, 'schemas'));
export const rules = { sources: contracts.sources, packages: contracts.packages, match: contracts.match };

/** The same key gives the same pseudonyms, so that views of different runs can be compared. */
export const pseudonymKey = Buffer.alloc(32, 7);

export function contractOf(source: string): SourceContract {
  const contract = contracts.sources.get(source);
  if (!contract) throw new Error(`there is no contract ${source}`);
  return contract;
}
