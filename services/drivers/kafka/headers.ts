// An event as a Kafka message and back: CloudEvents Kafka protocol binding 1.0.2, binary content mode.
import { families, familyOf } from '../../domain/events.ts';
import { formatInstant } from '../../domain/time.ts';
import { DecodedRecord } from './record-decoder.ts';
import type { HubEvent } from '../../domain/events.ts';
import type { EventCodec } from '../../ports/event-codec.ts';
import type { IHeaders } from 'kafkajs';
import type { HeaderTexts } from './record-decoder.ts';

export interface OutgoingMessage {
  topic: string;
  key: string;
  value: Buffer | null;
  headers: IHeaders;
}

/** What of a Kafka message is read. */
export interface IncomingMessage {
  key: Buffer | null;
  value: Buffer | null;
  headers?: IHeaders;
}

/** 3.2.3: attributes are headers prefixed `ce_`, values UTF-8; the value is the event's data untouched; the key is the subject. */
export function toMessage(event: HubEvent, topic: string, schemaOf: EventCodec['schemaOf']): OutgoingMessage {
  const schema = schemaOf(event.data);
  return {
    topic,
    key: event.subject,
    value: Buffer.from(event.data.buffer, event.data.byteOffset, event.data.byteLength),
    headers: {
      'content-type': 'application/avro',
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_source: sourcePrefix + event.source,
      ce_type: `${typePrefix}${event.type}.${schema.slice(schema.lastIndexOf('.') + 1)}`,
      ce_subject: event.subject,
      ce_time: formatInstant(event.time),
      ce_dataschema: `/schemas/${schema}.avsc`,
      ce_contract: event.contract,
      ce_evidence: event.evidence,
      ...(event.reader !== 0 && { ce_reader: String(event.reader) }),
      ...(event.sequence !== null && { ce_sequence: String(event.sequence) }),
      ...(event.traceparent !== null && { ce_traceparent: event.traceparent }),
    },
  };
}

const required = ['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_subject', 'ce_time', 'ce_contract', 'ce_evidence'];
const read = new Map([...required, 'ce_sequence', 'ce_traceparent', 'ce_reader'].map((name, at) => [name, at]));

/** Of the headers that are read, once those that are required are known to be there. */
type Texts = [string, string, string, string, string, string, string, string, (string | null)?, (string | null)?, (string | null)?];

/** The event that a message carries, or why it carries none: a fixed text that quotes nothing of the message. */
export function fromMessage(message: IncomingMessage): HubEvent | string {
  const { value: data } = message;
  const texts = message instanceof DecodedRecord ? message.headerTexts(read) : textsOf(message.headers ?? {});
  for (let at = 0; at < required.length; at++)
    if (typeof texts[at] !== 'string') return `header ${required[at]!} is missing or there more than once`;
  const [specversion, id, source, type, subject, instant, contract, evidence, version, traceparent = null, readBy] = texts as Texts;
  if (specversion !== '1.0') return 'header ce_specversion is not 1.0';
  if (data === null) return 'the message has no value';
  if (!uuid.test(id)) return 'header ce_id is no UUID';
  if (!source.startsWith(sourcePrefix)) return 'header ce_source names no source of the hub';
  const versioned = type.startsWith(typePrefix) ? type.lastIndexOf('.v') : -1;
  if (versioned < 0) return 'header ce_type is no type of the hub';
  const own = type.slice(typePrefix.length, versioned);
  if (!known.has(familyOf(own))) return 'header ce_type names no family';
  const time = Date.parse(instant);
  if (Number.isNaN(time)) return 'header ce_time is no instant';
  const sequence = typeof version === 'string' ? Number(version) : null;
  if (sequence !== null && !Number.isFinite(sequence)) return 'header ce_sequence is no number';
  // Absent: read before it was stated.
  const reader = typeof readBy === 'string' ? Number(readBy) : 0;
  if (!Number.isSafeInteger(reader)) return 'header ce_reader is no number';
  return {
    id,
    source: source.slice(sourcePrefix.length),
    type: own,
    subject,
    time,
    sequence,
    contract,
    evidence,
    reader,
    traceparent,
    data,
  };
}

/** As {@link DecodedRecord.headerTexts}, of headers that were read already. */
function textsOf(headers: IHeaders): HeaderTexts {
  return [...read.keys()].map((name) => {
    const value = headers[name];
    return value === undefined ? undefined : Buffer.isBuffer(value) ? value.toString() : null;
  });
}

const typePrefix = 'hub.';
const sourcePrefix = '/sources/';
const known = new Set<string>(families);
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
