// What becomes of a record that cannot be used: an event of its own, with the reason, the field and the place.
import { createHash } from 'node:crypto';
import { checkCitizenId } from '../domain/identifiers/citizen-id.ts';
import { ownEvent } from '../ports/own-event.ts';
import type { HubEvent } from '../domain/events.ts';
import type { SourceContract } from '../domain/source-contract.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { PersonSealer } from '../ports/person-keys.ts';

export interface Refusal {
  contract: SourceContract;
  mapping: string;
  reason: string;
  field: string | null;
  /** File name and line, or page cursor and place in the page. */
  position: string;
  /** The record, or its raw text where it could not be parsed. */
  content: Record<string, unknown> | string;
  persons: string[];
  /** Digest of the record, as an event of it would carry; null for what could not be parsed, whose text is digested. */
  evidence: string | null;
}

/**
 * The event that keeps a refused record. The same record refused again is the same event. Its content is sealed under
 * a key of its own, since nobody can say whom an unreadable record speaks of; the contract's fields alone are kept.
 */
export function quarantineEvent(refusal: Refusal, codec: EventCodec, keys: PersonSealer, traceparent: string | null): HubEvent {
  const { contract, mapping, reason, field, position } = refusal;
  const content = contentText(refusal);
  const persons = [...new Set([...refusal.persons, ...personsIn(content, keys)])];
  const personal = Object.values(contract.mappings[mapping]!.fields).some((source) => source.party !== undefined);
  const digest = personal ? keys.token(content) : createHash('sha256').update(content).digest('base64url');
  const subject = `q-${createHash('sha256').update(`${contract.name}\0${mapping}\0${reason}\0${digest}`).digest('base64url').slice(0, 22)}`;
  const sealed = keys.seal(subject, { ...nothing, name: content });
  // An erased person's box is empty; so must be what would tell of them under another key.
  const erased = persons.some((person) => keys.seal(person, nothing).box.byteLength === 0);
  const fact = {
    change: 'quarantined',
    record: subject,
    source: contract.name,
    mapping,
    reason,
    field,
    position,
    persons,
    content: erased ? { ...sealed, box: Buffer.alloc(0) } : sealed,
  };
  return ownEvent(codec, {
    family: 'quarantine',
    contract,
    subject,
    // A refused record may hold no usable time at all.
    time: 0,
    fact,
    evidence: refusal.evidence ?? `${personal ? 'hmac-sha256' : 'sha256'}:${digest}`,
    traceparent,
    identity: 'quarantined',
  });
}

const nothing = { name: null, idType: null, idNumber: null, phone: null, address: null };
const longestContent = 256 * 1024;

/** The content as JSON: what can be kept of it. */
function contentText({ contract, mapping, content }: Refusal): string {
  if (typeof content === 'string') return JSON.stringify(content);
  try {
    const text = JSON.stringify(permitted(contract, mapping, content));
    return text.length <= longestContent ? text : JSON.stringify(text.slice(0, longestContent));
  } catch {
    // Nested deeper than JSON can be written.
    return JSON.stringify('unreadable');
  }
}

/** Persons whose identity number stands in the content, wherever it does. */
function personsIn(text: string, keys: PersonSealer): string[] {
  const numbers = text.match(/(?<!\d)\d{17}[\dXx](?![\dXx])/g) ?? [];
  return [
    ...new Set(numbers.flatMap((number) => (checkCitizenId(number).valid ? [keys.pseudonym('citizen-id', number.toUpperCase())] : []))),
  ];
}

/** Only the fields that the contract permits, under the names the source gave them. */
function permitted(contract: SourceContract, mapping: string, record: Record<string, unknown>): Record<string, unknown> {
  const names = Object.values(contract.mappings[mapping]!.fields).flatMap((source) =>
    source.from === undefined ? (Object.values(source.party ?? {}) as string[]) : [source.from],
  );
  return Object.fromEntries(names.filter((name) => name in record).map((name) => [name, record[name]]));
}
