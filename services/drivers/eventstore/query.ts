// Questions that EventStoreDB keeps no index for: answered from the streams of a subject, else by reading on.
import { families, familyOf } from '../../domain/events.ts';
import { fromStored } from './event-record.ts';
import { backwards, forwards, readStreamPage } from './scan.ts';
import type { Family, RecordedEvent } from '../../domain/events.ts';
import type { EventPage, EventQuery } from '../../ports/event-store.ts';
import type { Connection } from './connection.ts';

const page = 500;

export async function* readEvents(
  connection: Connection,
  stream: string,
  { from = 0, upTo = Number.MAX_SAFE_INTEGER }: { from?: number; upTo?: number } = {},
): AsyncGenerator<RecordedEvent> {
  for (;;) {
    const events = (await readStreamPage(connection, stream, BigInt(from), page)).map(fromStored);
    for (const event of events) {
      if (event.position > upTo) return;
      yield event;
    }
    if (events.length < page) return;
    from = events.at(-1)!.revision + 1;
  }
}

/**
 * One page of what fits. Of one subject: its streams, one page of each in memory. Of all subjects: everything after `after` is read
 * until the page is full, so a rare answer costs a reading of the whole store.
 */
export async function queryEvents(connection: Connection, query: EventQuery): Promise<EventPage> {
  const limit = Math.max(1, query.limit);
  const events: RecordedEvent[] = [];
  for await (const event of query.subject === undefined ? everything(connection, query) : ofSubject(connection, query.subject, query)) {
    if (!fits(event, query)) continue;
    if (events.length === limit) return { events, next: events.at(-1)!.position };
    events.push(event);
  }
  return { events };
}

/**
 * The newest position recorded before a moment (the server's clock). Reads backwards from the head, so it costs what was recorded since.
 */
export async function positionBefore(connection: Connection, moment: number): Promise<number> {
  for await (const { events } of backwards(connection)) {
    const found = events.find(({ recordedtime }) => recordedtime < moment);
    if (found) return found.position;
  }
  return 0;
}

async function* everything(
  connection: Connection,
  { after = 0, upTo = Number.MAX_SAFE_INTEGER, limit }: EventQuery,
): AsyncGenerator<RecordedEvent> {
  for await (const events of forwards(connection, after, Math.min(page, Math.max(32, limit + 1)))) {
    for (const event of events) {
      if (event.position > upTo) return;
      yield event;
    }
  }
}

/** A subject's events by position: its streams, one of each family that can fit, merged. */
async function* ofSubject(connection: Connection, subject: string, { family, type, upTo }: EventQuery): AsyncGenerator<RecordedEvent> {
  const asked: readonly Family[] = families.filter((name) => (family ?? name) === name && (type === undefined || familyOf(type) === name));
  const streams = asked.map((name) => readEvents(connection, `${name}-${subject}`, upTo === undefined ? {} : { upTo }));
  try {
    const heads = await Promise.all(streams.map((stream) => stream.next()));
    for (;;) {
      const positions = heads.map(({ done, value }) => (done ? Infinity : value.position));
      const first = positions.indexOf(Math.min(...positions));
      const head = heads[first];
      if (!head || head.done) return;
      yield head.value;
      heads[first] = await streams[first]!.next();
    }
  } finally {
    await Promise.all(streams.map((stream) => stream.return(undefined)));
  }
}

const fits = (event: RecordedEvent, { after = 0, upTo, subject, family, type, timeFrom, timeTo }: EventQuery): boolean =>
  event.position > after &&
  (upTo === undefined || event.position <= upTo) &&
  (subject === undefined || event.subject === subject) &&
  (family === undefined || familyOf(event.type) === family) &&
  (type === undefined || event.type === type) &&
  (timeFrom === undefined || event.time >= timeFrom) &&
  (timeTo === undefined || event.time <= timeTo);
