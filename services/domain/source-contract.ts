// The sharing agreement with one source, as `contracts/sources/*.yaml` states it (JSON Schema: contracts/sources.schema.json).
import type { FactFamily } from './events.ts';

export interface Bilingual {
  zh: string;
  en: string;
}

export type FieldType =
  | 'text'
  | 'date'
  | 'datetime'
  | 'decimal'
  | 'integer'
  | 'boolean'
  | 'choice'
  | 'uscc'
  | 'property-unit'
  | 'property-certificate'
  | 'project-code'
  | 'planning-permit'
  | 'consumer-number'
  | 'address'
  | 'party'
  | 'parties';

/** A field the source may share with us. Whatever is not listed is dropped before anything is published. */
export interface FieldSpec {
  type: FieldType;
  title?: Bilingual;
  /** A record without it, or with a value that fails its check, goes to quarantine. */
  required?: boolean;
  /** For `choice`: the values a fact may have. */
  values?: string[];
  /** Taken when the record says nothing. */
  default?: string | boolean;
  /** A value that is stated but cannot be read sends the record to quarantine: left out, it would look better than it is. */
  strict?: boolean;
}

/**
 * Whether a stated value may not be left out though it cannot be read: where that would take the default for what the
 * source said (an unknown status for a good one), unless the default itself says that it is not known.
 */
export const isStrict = ({ required, default: otherwise, strict }: FieldSpec): boolean =>
  required === true || strict === true || (otherwise !== undefined && otherwise !== 'other');

/** Where a party's parts stand, by name of the record's own field. */
export interface PartySource {
  name?: string;
  idType?: string;
  idNumber?: string;
  phone?: string;
  share?: string;
}

/** Forms of dates that mean another date elsewhere, or none. */
export type DateForm = 'excel-serial' | 'month/day/year' | 'day/month/year';

/** Where a field comes from in a record of the source. */
export interface FieldSource {
  /** Name of the record's own field or column. */
  from?: string;
  /** A fixed value, for what the file as a whole says. */
  const?: string | boolean;
  /** Source codes and the values they stand for; a code not listed goes to quarantine if the field is required, else warns. */
  values?: Record<string, string | boolean>;
  /** Whether an identifier is kept as the source writes it: checked, and not put into the normal form of its kind. */
  asWritten?: boolean;
  /** The form in which the source writes a date, where that could be read otherwise. */
  form?: DateForm;
  /** Version of the contract from which on the mapping reads it, where it did not from the beginning. */
  since?: number;
  /** For parties: one party built of the record's own fields, or each element of the array named by `from`. */
  party?: PartySource;
}

export interface Mapping {
  format: 'csv' | 'jsonl' | 'json';
  encoding?: 'utf-8' | 'gb18030' | 'big5';
  title?: Bilingual;
  fields: Record<string, FieldSource>;
}

/**
 * The fields that make the envelope. `time` names them in order of preference; `version` may be absent. The others say how
 * states of a record follow one another (DESIGN law 5).
 */
export interface RecordContract {
  subject: string;
  id: string;
  version?: string;
  time: string[];
  change: string;
  /** The field that names another record which this one corrects or reverses. */
  corrects?: string;
  /** Changes that correct what the record said before, from when that held (default: `corrected`). */
  corrections?: string[];
  /** Values of fields with which the right itself ends, by field; absent: nothing ends a record. */
  ends?: Record<string, string[]>;
}

export interface SourceContract {
  name: string;
  version: number;
  family: FactFamily;
  title: Bilingual;
  provider: Bilingual;
  legalBasis: string;
  purpose: Bilingual;
  /** ISO 8601 duration within which the source must have been in contact. */
  freshness: string;
  retention: string;
  record: RecordContract;
  fields: Record<string, FieldSpec>;
  pull: { path: string; pageSize: number; everySeconds: number; mapping: string };
  mappings: Record<string, Mapping>;
}
