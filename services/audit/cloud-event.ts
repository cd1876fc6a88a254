// A recorded event as CloudEvents 1.0 in JSON structured mode, with what is personal still sealed.
import { streamOf } from '../domain/events.ts';
import { formatInstant } from '../domain/time.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { EventCodec } from '../ports/event-codec.ts';

/**
 * `type` is `hub.<family>.<change>.v<schema version>`, `source` is `/sources/<contract>`. The stored bytes stand in the
 * extension attribute `avro`, of type Binary and hence base64 (JSON format 1.0.2 §2.2), not in `data_base64`, which
 * must not stand beside `data` (§3.1.1). Unset attributes are left out; so are `data`, `dataschema` and the version in
 * `type` where no schema fits the bytes.
 */
export function cloudEvent(event: RecordedEvent, codec: Pick<EventCodec, 'decode' | 'schemaOf'>): object {
  const { schema, fact } = read(event, codec);
  return {
    specversion: '1.0',
    id: event.id,
    source: `/sources/${event.source}`,
    type: `hub.${event.type}${schema === null ? '' : schema.slice(schema.lastIndexOf('.'))}`,
    subject: event.subject,
    time: formatInstant(event.time),
    ...(schema !== null && { dataschema: `/schemas/${schema}.avsc` }),
    datacontenttype: 'application/json',
    recordedtime: formatInstant(event.recordedtime),
    ...(event.sequence !== null && { sequence: event.sequence }),
    contract: event.contract,
    evidence: event.evidence,
    ...(event.reader !== 0 && { reader: event.reader }),
    ...(event.traceparent !== null && { traceparent: event.traceparent }),
    position: event.position,
    revision: event.revision,
    stream: streamOf(event),
    avro: Buffer.from(event.data.buffer, event.data.byteOffset, event.data.byteLength).toString('base64'),
    ...(fact !== null && { data: shown(fact, event.subject) }),
  };
}

function read({ data }: RecordedEvent, codec: Pick<EventCodec, 'decode' | 'schemaOf'>): { schema: string | null; fact: object | null } {
  try {
    return { schema: codec.schemaOf(data), fact: codec.decode(data) };
  } catch {
    // One event that nobody can read must not hide the others of its page, nor its own bytes.
    return { schema: null, fact: null };
  }
}

/** A decoded value as JSON: a sealed part says only whose it is. `person` is the nearest enclosing party, else the event's subject. */
function shown(value: unknown, person: string): unknown {
  if (Array.isArray(value)) return value.map((element) => shown(element, person));
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64url');
  if (typeof value !== 'object' || value === null) return value;
  if ('digest' in value && 'box' in value) return { person, sealed: true };
  const whose = 'id' in value && 'idValid' in value ? String(value.id) : person;
  return Object.fromEntries(Object.entries(value).map(([field, part]) => [field, shown(part, whose)]));
}
