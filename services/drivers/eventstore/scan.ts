// Reads in pages, each a call of its own, so that a failure costs one page and a slow reader holds nothing open.
import { BACKWARDS, END, FORWARDS, START, StreamNotFoundError } from '@eventstore/db-client';
import { fromStored, isOurs } from './event-record.ts';
import { closedEarly, persist, timedOut } from './failures.ts';
import { openTap } from './tap.ts';
import type {
  AllStreamRecordedEvent,
  Direction,
  ReadPosition,
  RecordedEvent as StoredEvent,
  ResolvedEvent,
  StreamingRead,
} from '@eventstore/db-client';
import type { RecordedEvent } from '../../domain/events.ts';
import type { Connection } from './connection.ts';

/** The place of an event: every event of ours is committed with itself, so one number says it. */
export const placeOf = (position: number): ReadPosition =>
  position === 0 ? START : { commit: BigInt(position), prepare: BigInt(position) };

/**
 * Up to `count` events of the whole server, system events included: forwards from a place on, the event at it first;
 * backwards from before a place.
 */
export function readPage(
  connection: Connection,
  from: ReadPosition,
  direction: Direction,
  count: number,
  requiresLeader = false,
): Promise<AllStreamRecordedEvent[]> {
  const { client, calls } = connection;
  return persist(connection, 'read all', async () => {
    const options = { fromPosition: from, direction, maxCount: count, requiresLeader, ...calls };
    return collect(connection, client.readAll(options, { highWaterMark: Math.min(count, 256) }), count);
  }) as Promise<AllStreamRecordedEvent[]>;
}

/** Up to `count` events of a stream from a revision on; none when there is no such stream. */
export async function readStreamPage(
  connection: Connection,
  stream: string,
  from: bigint,
  count: number,
  requiresLeader = false,
): Promise<StoredEvent[]> {
  const { client, calls } = connection;
  try {
    return await persist(connection, 'read stream', async () => {
      const options = { fromRevision: from, maxCount: count, requiresLeader, ...calls };
      return collect(connection, client.readStream(stream, options, { highWaterMark: Math.min(count, 256) }), count);
    });
  } catch (cause) {
    if (cause instanceof StreamNotFoundError) return [];
    throw cause;
  }
}

/** Our events after a position, oldest first, in pages that may be empty; ends at the head. */
export async function* forwards(connection: Connection, after: number, size: number): AsyncGenerator<RecordedEvent[]> {
  let from = placeOf(after);
  for (;;) {
    const page = await readPage(connection, from, FORWARDS, size + 1);
    yield page
      .filter(({ streamId }) => isOurs(streamId))
      .map(fromStored)
      .filter(({ position }) => position > after);
    const last = page.at(-1);
    if (!last || page.length <= size) return;
    after = Math.max(after, Number(last.position.commit));
    from = last.position;
  }
}

interface Page {
  events: RecordedEvent[];
  /** Where the page begins and ends, in positions of anyone's events. */
  from: number;
  downTo: number;
}

/**
 * Our events, newest first, in pages that may be empty. What is sought is mostly near the head, and may be far below what others
 * wrote: so pages grow.
 */
export async function* backwards(connection: Connection): AsyncGenerator<Page> {
  let from: ReadPosition = END;
  for (let size = 16; ; size = Math.min(1_024, size * 4)) {
    const page = await readPage(connection, from, BACKWARDS, size);
    const last = page.at(-1);
    const downTo = last && page.length === size ? Number(last.position.commit) : 0;
    yield { from: Number(page[0]?.position.commit ?? 0), downTo, events: page.filter(({ streamId }) => isOurs(streamId)).map(fromStored) };
    if (!last || downTo === 0) return;
    from = last.position;
  }
}

/** Position of our newest event, looked for no further down than `floor`, which is given when there is none above it. */
export async function newest(connection: Connection, floor: number): Promise<number> {
  for await (const { events, from, downTo } of backwards(connection)) {
    // A server put back to an older state ends below what was seen of it.
    if (from < floor) floor = 0;
    const found = events[0]?.position ?? 0;
    if (found > floor) return found;
    if (downTo <= floor) break;
  }
  return floor;
}

async function collect<T extends ResolvedEvent>(connection: Connection, stream: StreamingRead<T>, count: number): Promise<StoredEvent[]> {
  const tap = openTap<T>(stream, () => stream.cancel(), connection.closed);
  try {
    const events: StoredEvent[] = [];
    for (;;) {
      const taken = await tap.take(count - events.length, connection.timeoutMs);
      if (taken === 'quiet') throw timedOut(connection, 'read');
      // What was cut short is not the end of what there is.
      if (connection.closed.aborted) throw closedEarly(connection, 'read');
      if (taken === 'ended') return events;
      for (const { event } of taken) if (event) events.push(event);
      if (events.length >= count) return events;
    }
  } finally {
    tap.close();
  }
}
