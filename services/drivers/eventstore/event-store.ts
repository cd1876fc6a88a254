// The event store in production: EventStoreDB 22.10 or later, one node or a cluster, named by its connection string.
import { LRUCache } from 'lru-cache';
import { streamOf } from '../../domain/events.ts';
import { createAppender } from './append.ts';
import { connect } from './connection.ts';
import { follow } from './follow.ts';
import { positionBefore, queryEvents, readEvents } from './query.ts';
import { forwards, newest } from './scan.ts';
import type { RecordedEvent } from '../../domain/events.ts';
import type { EventStore } from '../../ports/event-store.ts';
import type { FollowOptions } from './follow.ts';

export interface EventStoreDbOptions extends Partial<FollowOptions> {
  /** `esdb://[user:password@]host:port[,host:port…][?tls=…&tlsCAFile=…&nodePreference=…]`, or `esdb+discover://` with a DNS name. */
  url: string;
  /** How long one answer may take, in milliseconds. A call is tried three times. */
  timeoutMs?: number;
}

/** Small batches are cut from pages, which hold what is not ours as well. */
const leastPage = 256;
/** How many ids `get` remembers the stream and revision of. */
const rememberedIds = 50_000;

/**
 * Opens the store; connects with the first call. A position is the event's commit position: rising, with gaps. Recording times
 * are the server's, and nearly rising. Errors: CONFIG_INVALID for the URL and for credentials refused; ENGINE_UNAVAILABLE;
 * STORE_CORRUPT for what the hub did not write; RECORD_TOO_LARGE from append.
 *
 * There is no index by id: `get` looks where it saw the id before, else reads the store from its start.
 */
export function openEventStoreDb(options: EventStoreDbOptions): EventStore {
  const { url, timeoutMs = 5_000, idleMs = 500, silentMs = 10_000, giveUpMs = 30_000 } = options;
  const connection = connect(url, timeoutMs);
  const places = new LRUCache<string, { stream: string; revision: number }>({ max: rememberedIds });
  let known = 0;

  const remember = (event: RecordedEvent): RecordedEvent => {
    places.set(event.id, { stream: streamOf(event), revision: event.revision });
    if (event.position > known) known = event.position;
    return event;
  };

  return {
    append: createAppender(connection),
    async *readAll(after, { batch = 1_000, live } = {}) {
      if (live?.aborted) return;
      if (live) {
        for await (const events of follow(connection, after, batch, live, { idleMs, silentMs, giveUpMs })) yield events.map(remember);
        return;
      }
      for await (const events of forwards(connection, after, Math.max(batch, leastPage))) {
        for (let from = 0; from < events.length; from += batch) yield events.slice(from, from + batch).map(remember);
      }
    },
    async *readStream(stream, range) {
      for await (const event of readEvents(connection, stream, range)) yield remember(event);
    },
    query: (query) => queryEvents(connection, query),
    async get(id) {
      const place = places.get(id);
      if (place) {
        for await (const event of readEvents(connection, place.stream, { from: place.revision })) {
          if (event.id === id) return event;
          break;
        }
      }
      for await (const events of forwards(connection, 0, 1_000)) {
        const found = events.map(remember).find((event) => event.id === id);
        if (found) return found;
      }
      return undefined;
    },
    async head() {
      return (known = await newest(connection, known));
    },
    positionAt: (recordedBefore) => positionBefore(connection, recordedBefore),
    close: () => connection.release(),
  };
}
