// How an event lies in EventStoreDB: the Avro bytes are its data, the rest of the envelope its metadata.
import { binaryEvent } from '@eventstore/db-client';
import { HubError } from '../../domain/errors.ts';
import { families } from '../../domain/events.ts';
import type { BinaryEventType, EventData, RecordedEvent as StoredEvent } from '@eventstore/db-client';
import type { HubEvent, RecordedEvent } from '../../domain/events.ts';

/** The names of all our streams begin with one of these. */
export const prefixes = families.map((family) => `${family}-`);

/** Whether a stream is one of ours: a server has streams of its own, and may serve others. */
export const isOurs = (stream: string): boolean => prefixes.some((prefix) => stream.startsWith(prefix));

/** `reader` is left out where it is 0. */
export type Envelope = Omit<HubEvent, 'id' | 'type' | 'data' | 'reader'> & { reader?: number };
export type HubEventData = EventData<BinaryEventType>;

/** The event as it is appended. Throws a TypeError for what is not an event. */
export function toEventData(event: HubEvent): HubEventData {
  const { source, subject, time, sequence, contract, evidence, reader, traceparent } = event;
  const metadata: Envelope = { source, subject, time, sequence, contract, evidence, traceparent, ...(reader !== 0 && { reader }) };
  return binaryEvent({ id: event.id, type: event.type, data: event.data, metadata: { ...metadata } });
}

/** What the server counts against the size of an append, in bytes. */
export const sizeOf = ({ type, data, metadata }: HubEventData): number =>
  2 * type.length + data.length + Buffer.byteLength(JSON.stringify(metadata));

/** The event as it is read back. STORE_CORRUPT when a stream of ours holds what the hub never wrote. */
export function fromStored(stored: StoredEvent): RecordedEvent {
  const { position, metadata, data } = stored;
  if (!position || position.commit > BigInt(Number.MAX_SAFE_INTEGER)) throw corrupt(stored, 'its position is not known');
  if (!(data instanceof Uint8Array)) throw corrupt(stored, 'its data are not bytes');
  if (!isEnvelope(metadata)) throw corrupt(stored, 'its metadata are not an envelope of the hub');
  const { source, subject, time, sequence, contract, evidence, reader = 0, traceparent } = metadata;
  return {
    position: Number(position.commit),
    revision: Number(stored.revision),
    recordedtime: stored.created.getTime(),
    id: stored.id,
    source,
    type: stored.type,
    subject,
    time,
    sequence,
    contract,
    evidence,
    reader,
    traceparent,
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  };
}

const corrupt = ({ id }: StoredEvent, why: string): HubError =>
  new HubError('STORE_CORRUPT', `event ${id} of the event store cannot be read: ${why}`);

function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== 'object' || value === null) return false;
  const { source, subject, time, sequence, contract, evidence, reader = 0, traceparent } = value as Record<string, unknown>;
  return (
    [source, subject, contract, evidence].every((text) => typeof text === 'string') &&
    typeof time === 'number' &&
    (sequence === null || typeof sequence === 'number') &&
    typeof reader === 'number' &&
    (traceparent === null || typeof traceparent === 'string')
  );
}
