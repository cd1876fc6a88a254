// Makes the fact of what was read from a record: the fields of its schema, the bytes its id is derived from, and its evidence.
import { hash } from 'node:crypto';
import { addressTokens } from '../domain/address.ts';
import type { Party } from '../domain/facts.ts';
import type { FieldSource, Mapping, SourceContract } from '../domain/source-contract.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { PersonSealer } from '../ports/person-keys.ts';

/** What was read, by the contract's field names. */
export type Values = Record<string, unknown>;
/** A record as the source gave it. */
export type RawRecord = Record<string, unknown>;

/** The fact with exactly the fields of its schema; a home's address leaves it, and keyed tokens take its place. */
export function factOf(
  fields: readonly string[],
  contract: SourceContract,
  values: Values,
  warnings: string[],
  keys: PersonSealer,
): Values {
  const fact: Values = {};
  for (const field of fields) {
    const spec = contract.fields[field];
    fact[field] = values[field] ?? spec?.default ?? (spec?.type === 'parties' ? [] : null);
  }
  fact['warnings'] = warnings;
  if (fields.includes('addressKeys')) {
    const address = values['address'] as string | null | undefined;
    fact['addressKeys'] = address ? addressTokens(address).map((token) => keys.token(token)) : [];
  }
  // A home, or a villager's building site: sealed with the person, never in the clear.
  if (contract.fields['address']?.type === 'address' && personsOf(values).length > 0) fact['address'] = null;
  return fact;
}

function partiesOf(values: Values): Party[] {
  const parties: Party[] = [];
  for (const field in values) {
    const value = values[field];
    if (typeof value !== 'object' || value === null) continue;
    for (const element of Array.isArray(value) ? value : [value]) {
      if (typeof element === 'object' && element !== null && 'idValid' in element) parties.push(element as Party);
    }
  }
  return parties;
}

export const personsOf = (values: Values): string[] => [
  ...new Set(
    partiesOf(values)
      .filter((party) => party.kind === 'person')
      .map((party) => party.id),
  ),
];

/** What the event id is derived from: the fact without ciphertext, keyed tokens and remarks, which may differ between runs. */
export function contentOf(codec: EventCodec, contract: SourceContract, fact: Values, data: Uint8Array): Uint8Array {
  const { warnings, addressKeys } = fact as { warnings: string[]; addressKeys?: string[] };
  const named = personsOf(fact).length > 0;
  if (!named && warnings.length === 0 && (addressKeys?.length ?? 0) === 0) return data;
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    const party = value as Party | null;
    return party !== null && typeof party === 'object' && party.sealed
      ? { ...party, nameKey: null, sealed: { digest: party.sealed.digest, box: Buffer.alloc(0) } }
      : value;
  };
  const bare = named ? Object.fromEntries(Object.entries(fact).map(([field, value]) => [field, strip(value)])) : { ...fact };
  if (addressKeys) bare['addressKeys'] = [];
  bare['warnings'] = [];
  return codec.encode(contract.family, bare);
}

/** The columns of a mapping in the order in which a digest takes them. */
export interface EvidenceColumns {
  original: FieldSource[];
  /** Columns that the mapping began to read later. */
  later: { field: string; source: FieldSource }[];
}

export function evidenceColumns({ fields }: Mapping): EvidenceColumns {
  const columns = Object.entries(fields).map(([field, source]) => ({ field, source }));
  return {
    original: columns.filter(({ source }) => source.since === undefined).map(({ source }) => source),
    later: columns
      .filter(({ source }) => source.since !== undefined)
      .sort((a, b) => a.source.since! - b.source.since! || (a.field < b.field ? -1 : 1)),
  };
}

/**
 * Digest of the permitted part of the record as received, by which it is known again however it is read; keyed when it
 * names a person, so that it cannot be guessed at. Columns that a mapping began to read later enter only where they are
 * stated, so that a record without them keeps its digest. `values` are those read of it.
 */
export function evidenceOf(record: RawRecord, { original, later }: EvidenceColumns, values: Values, keys: PersonSealer): string {
  const added = later.flatMap(({ field, source }) => (isStated(source, record) ? [[field, stated(source, record)]] : []));
  const permitted = JSON.stringify([...original.map((source) => stated(source, record)), ...added]);
  if (partiesOf(values).some((party) => party.kind === 'person')) return `hmac-sha256:${keys.token(permitted)}`;
  return `sha256:${hash('sha256', permitted)}`;
}

function stated(source: FieldSource, record: RawRecord): unknown {
  if (source.from !== undefined) return record[source.from];
  return source.party ? Object.values(source.party).map((name) => record[name as string]) : null;
}

function isStated(source: FieldSource, record: RawRecord): boolean {
  const says = (value: unknown): boolean => value !== undefined && value !== null && !(typeof value === 'string' && value.trim() === '');
  const found = stated(source, record);
  return source.from === undefined && Array.isArray(found) ? found.some(says) : says(found);
}
