// The event: a fact as we keep it, immutable, in a CloudEvents 1.0 envelope.
import { hash } from 'node:crypto';

/** Families whose events state facts of a registry or of the utility. One stream holds all events of one subject from one family. */
export const factFamilies = [
  'business-licence',
  'property-right',
  'project-approval',
  'planning-permit',
  'house-transfer',
  'meter-account',
] as const;
export type FactFamily = (typeof factFamilies)[number];

/**
 * Families that the hub itself writes: refused records, erased persons and contacts with sources; consents, promises, steps
 * of transfer requests, who was given what, limits passed, and events that were misread.
 */
export const ownFamilies = [
  'quarantine',
  'erasure',
  'contact',
  'authorisation',
  'commitment',
  'transfer-request',
  'access',
  'supervision',
  'retirement',
] as const;
export type OwnFamily = (typeof ownFamilies)[number];

export const families = [...factFamilies, ...ownFamilies] as const;
export type Family = (typeof families)[number];

/**
 * An event before it is recorded. Attributes are those of CloudEvents 1.0 §3.1 and our extensions
 * (`sequence`, `contract`, `evidence`, `traceparent`); times are milliseconds since the epoch.
 */
export interface HubEvent {
  /** UUIDv8, derived: see {@link deriveEventId}. */
  id: string;
  /** Which contract's source stated it, e.g. `business-licence`. */
  source: string;
  /** `<family>.<change>`, e.g. `business-licence.revoked`. */
  type: string;
  /** The business key, e.g. a unified social credit code. */
  subject: string;
  /** When it became true at the source. */
  time: number;
  /** The source's own version of the record; null where the source has none. */
  sequence: number | null;
  /** The sharing agreement under which it was shared, `<name>@<version>`. */
  contract: string;
  /** Digest of the source record as received, `<algorithm>:<hex>`. */
  evidence: string;
  /** Version of the code that read the record; 0 for what was read before it was stated. Stands outside the id. */
  reader: number;
  traceparent: string | null;
  /** Avro single-object encoding of the fact. */
  data: Uint8Array;
}

/** An event as the store keeps it. */
export interface RecordedEvent extends HubEvent {
  /** Place in the whole store, from 1, strictly rising. */
  position: number;
  /** Place in its stream, from 0, without gaps. */
  revision: number;
  recordedtime: number;
}

export const familyOf = (type: string): Family => type.slice(0, type.indexOf('.')) as Family;
export const changeOf = (type: string): string => type.slice(type.indexOf('.') + 1);
/** The version in `<name>@<version>`; 0 where none can be read. */
export const versionOfContract = (contract: string): number => Number(contract.slice(contract.lastIndexOf('@') + 1)) || 0;
export const streamOf = (event: Pick<HubEvent, 'type' | 'subject'>): string => `${familyOf(event.type)}-${event.subject}`;

/** The parts of a stream's name `<family>-<subject>`; null for a stream that is not the hub's. */
export function partsOfStream(stream: string): { family: Family; subject: string } | null {
  const family = families.find((name) => stream.startsWith(`${name}-`));
  return family === undefined ? null : { family, subject: stream.slice(family.length + 1) };
}

/**
 * The id that the same record always gets: 48 bits of `time`, then a hash of source, record, version and content,
 * laid out as UUIDv8 (RFC 9562 §5.8). Times before 1970 count as 0. `content` holds no ciphertext, so that a
 * record pulled again after its person was erased still has the id it had.
 */
export function deriveEventId(time: number, source: string, record: string, sequence: number | null, content: Uint8Array): string {
  const input = Buffer.concat([Buffer.from(`${source}\0${record}\0${sequence ?? ''}\0`), content]);
  const digest = hash('sha256', input, 'buffer');
  const id = Buffer.allocUnsafe(16);
  id.writeUIntBE(Math.min(Math.max(0, Math.trunc(time)), 2 ** 48 - 1), 0, 6);
  digest.copy(id, 6, 0, 10);
  id[6] = (id[6]! & 0x0f) | 0x80;
  id[8] = (id[8]! & 0x3f) | 0x80;
  return formatUuid(id);
}

export function formatUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const dash = 0x2d;
const valueOfDigit = new Uint8Array(128);
for (let i = 0; i < 16; i++) for (const digit of [i.toString(16), i.toString(16).toUpperCase()]) valueOfDigit[digit.charCodeAt(0)] = i;

/** The 16 bytes of a UUID's text (RFC 9562 §4); what is no hexadecimal digit counts as 0. */
export function parseUuid(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  for (let at = 0, i = 0; i < 16; at += 2) {
    if (text.charCodeAt(at) === dash) at++;
    bytes[i++] = (valueOfDigit[text.charCodeAt(at)]! << 4) | valueOfDigit[text.charCodeAt(at + 1)]!;
  }
  return bytes;
}
