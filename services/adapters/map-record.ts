// Turns one record of a source into one event, by the mapping its contract states, or says why it cannot.
import { deriveEventId } from '../domain/events.ts';
import { startOfDay } from '../domain/time.ts';
import { contentOf, evidenceColumns, evidenceOf, factOf, personsOf } from './map-fact.ts';
import { mapParty } from './map-party.ts';
import type { RawRecord, Values } from './map-fact.ts';
import { parseField } from './parse-field.ts';
import type { PartyContext } from './map-party.ts';
import type { HubEvent } from '../domain/events.ts';
import type { Party } from '../domain/facts.ts';
import { isStrict } from '../domain/source-contract.ts';
import type { FieldSource, FieldSpec, Mapping, SourceContract } from '../domain/source-contract.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { PersonSealer } from '../ports/person-keys.ts';

export type Mapped =
  { kind: 'event'; event: HubEvent } | { kind: 'refused'; reason: string; field: string | null; persons: string[]; evidence: string };

/**
 * Version of this code, of which parsers are a part: raised with whatever reads a record otherwise than before, where no
 * contract changes. Of two readings of one record under one contract version that of the higher reader holds.
 */
const readerVersion = 1;

export interface MapContext {
  codec: EventCodec;
  keys: PersonSealer;
}

const unsealed = { digest: Buffer.alloc(0), box: Buffer.alloc(0) };

/** No registry's number is longer; keys stand in indexes and addresses. */
const longestKey = 128;

/**
 * Compiles a mapping once; the function it gives is called for each record. `received` is the record as it came, where it
 * was corrected since: an event rests on that.
 */
export function compileMapping(
  contract: SourceContract,
  mapping: Mapping,
  { codec, keys }: MapContext,
): (record: RawRecord, traceparent: string | null, received?: RawRecord) => Mapped {
  const columns = Object.entries(mapping.fields).map(([field, source]) => ({ field, source, spec: contract.fields[field]! }));
  const [scalars, parties] = [columns.filter(({ spec }) => !isParty(spec)), columns.filter(({ spec }) => isParty(spec))];
  const evidenced = evidenceColumns(mapping);
  const factFields = codec.fields(contract.family);
  const agreement = `${contract.name}@${contract.version}`;
  const { subject, id, version, time, change, corrects } = contract.record;

  // A time or version that is stated and cannot be read would put the state in another place: never the next best instead.
  const envelope = new Set([...time, ...(version === undefined ? [] : [version])]);

  return (record, traceparent, received = record) => {
    const values: Values = {};
    const warnings: string[] = [];
    const readPartiesOf = (from: RawRecord, into: Values, remarks: string[], sealer: PersonSealer): void => {
      const scope = `${contract.name}\0${codeOf(rawOf(mapping.fields[id]!, from))}`;
      const context = { keys: sealer, address: addressOf(contract, mapping, from), scope };
      for (const { field, source, spec } of parties) readParties(field, source, spec, from, context, into, remarks);
    };
    readPartiesOf(record, values, warnings, keys);
    const evidence = (): string => {
      if (received === record) return evidenceOf(record, evidenced, values, keys);
      const asReceived: Values = {};
      // The digest asks only which persons are named: nothing is sealed a second time.
      readPartiesOf(received, asReceived, [], { ...keys, seal: () => unsealed });
      return evidenceOf(received, evidenced, asReceived, keys);
    };
    const refused = (reason: string, field: string | null): Mapped => ({
      ...{ kind: 'refused', reason, field, persons: personsOf(values) },
      evidence: evidence(),
    });
    for (const { field, source, spec } of scalars) {
      const problem = readScalar(field, source, spec, record, values, warnings, envelope.has(field));
      if (problem !== null) return refused(problem, field);
    }
    if (String(values[subject]).length > longestKey || String(values[id]).length > longestKey) return refused('too-long', subject);
    const happened = timeOf(time, values) ?? unknownTime(warnings);
    const fact = factOf(factFields, contract, values, warnings, keys);
    fact['record'] = String(values[id]);
    const named = corrects === undefined ? null : ((values[corrects] as string | null | undefined) ?? null);
    // To name oneself is to correct oneself, which needs no naming.
    fact['corrects'] = named === fact['record'] ? null : named;
    const sequence = version === undefined ? null : ((values[version] as number | null | undefined) ?? null);
    const data = codec.encode(contract.family, fact);
    const event: HubEvent = {
      id: deriveEventId(happened, contract.name, fact['record'] as string, sequence, contentOf(codec, contract, fact, data)),
      source: contract.name,
      type: `${contract.family}.${values[change] as string}`,
      subject: String(values[subject]),
      time: happened,
      sequence,
      contract: agreement,
      evidence: evidence(),
      reader: readerVersion,
      traceparent,
      data,
    };
    return { kind: 'event', event };
  };
}

const isParty = (spec: FieldSpec): boolean => spec.type === 'party' || spec.type === 'parties';
const rawOf = (source: FieldSource, record: RawRecord): unknown => (source.from === undefined ? source.const : record[source.from]);

/** A scalar as text; what is no scalar is no code. */
const codeOf = (raw: unknown): string =>
  typeof raw === 'string' ? raw.trim() : typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : '';

/** Puts one value, or returns the code of what makes the whole record unusable. */
function readScalar(
  field: string,
  source: FieldSource,
  spec: FieldSpec,
  record: RawRecord,
  values: Values,
  warnings: string[],
  strict: boolean,
): string | null {
  let raw = rawOf(source, record);
  const code = codeOf(raw);
  if (source.values && code !== '') {
    const known = Object.hasOwn(source.values, code) ? source.values[code] : undefined;
    if (known === undefined && !(spec.type === 'choice' && spec.values!.includes(code))) {
      const parsed = parseField('text', raw);
      if (!('value' in parsed) || parsed.value !== null) {
        if (isStrict(spec)) return 'unknown-code';
        warnings.push(`${field}:unknown-code`);
      }
      raw = null;
    } else raw = known ?? raw;
  }
  const parsed = parseField(spec.type, raw, source.form);
  if ('problem' in parsed) {
    if (strict || isStrict(spec)) return parsed.problem;
    warnings.push(`${field}:${parsed.problem}`);
    values[field] = spec.default ?? null;
    return null;
  }
  if (parsed.value === null && spec.required && spec.default === undefined) return 'missing';
  for (const warning of parsed.warnings ?? []) warnings.push(`${field}:${warning}`);
  values[field] = (source.asWritten ? textOf(raw) : parsed.value) ?? spec.default ?? null;
  return null;
}

/** The text of a value that was read, as it stands. */
function textOf(raw: unknown): string | null {
  const text = parseField('text', raw);
  return 'value' in text ? (text.value as string | null) : null;
}

function readParties(
  field: string,
  source: FieldSource,
  spec: FieldSpec,
  record: RawRecord,
  context: PartyContext,
  values: Values,
  warnings: string[],
): void {
  const elements = source.from === undefined ? [record] : Array.isArray(record[source.from]) ? (record[source.from] as RawRecord[]) : [];
  const found: Party[] = [];
  for (const element of elements.slice(0, 200)) {
    const mapped = typeof element === 'object' && element !== null ? mapParty(source.party!, element, context) : null;
    if (!mapped) continue;
    found.push(mapped.party);
    if (mapped.warning !== undefined) warnings.push(`${field}:${mapped.warning}`);
  }
  values[field] = spec.type === 'party' ? (found[0] ?? null) : found;
}

/** The address of the premises, if the contract shares one: a person's home is sealed with the person. */
function addressOf(contract: SourceContract, mapping: Mapping, record: RawRecord): string | null {
  for (const [field, source] of Object.entries(mapping.fields)) {
    if (contract.fields[field]!.type !== 'address') continue;
    const parsed = parseField('address', rawOf(source, record));
    return 'value' in parsed ? (parsed.value as string | null) : null;
  }
  return null;
}

function timeOf(names: readonly string[], values: Values): number | null {
  for (const name of names) {
    const value = values[name];
    if (typeof value === 'number') return value;
    if (typeof value === 'string') return startOfDay(value);
  }
  return null;
}

/** A record without any time is kept as older than every other; registers do hold such records (DOMAIN §5). */
function unknownTime(warnings: string[]): number {
  warnings.push('time:unknown');
  return 0;
}
