// A recorded event as CloudEvents 1.0 in JSON structured mode, with what is personal still sealed.
import { streamOf } from '../domain/events.ts';
import { formatInstant } from '../domain/time.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { EventCodec } from '../ports/event-codec.ts';

/**
 * `type` is `hub.<family>.<change>.v<schema version>`, `source` is `/sources/<contract>`. The stored bytes stand in the
 * extension attribute `avro`, of type Binary and hence base64 (JSON format 1.0.2 §2.2), not in `data_base64`, which
 * must not stand beside `data` (§3.1.1). Unset attributes are left out. Errors: STORE_CORRUPT.
 */
export function cloudEvent(event: RecordedEvent, codec: Pick<EventCodec, 'decode' | 'schemaOf'>): object {
  const schema = codec.schemaOf(event.data);
  return {
    specversion: '1.0',
    id: event.id,
    source: `/sources/${event.source}`,
    type: `hub.${event.type}.${schema.slice(schema.lastIndexOf('.') + 1)}`,
    subject: event.subject,
    time: formatInstant(event.time),
    dataschema: `/schemas/${schema}.avsc`,
    datacontenttype: 'application/json',
    recordedtime: formatInstant(event.recordedtime),
    ...(event.sequence !== null && { sequence: event.sequence }),
    contract: event.contract,
    evidence: event.evidence,
    ...(event.traceparent !== null && { traceparent: event.traceparent }),
    position: event.position,
    revision: event.revision,
    stream: streamOf(event),
    avro: Buffer.from(event.data.buffer, event.data.byteOffset, event.data.byteLength).toString('base64'),
    data: shown(codec.decode(event.data), event.subject),
  };
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
