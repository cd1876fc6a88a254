// Appends each event once. Expected revisions decide (law 2); what is remembered of a stream only spares asking.
import { BACKWARDS, END, NO_STREAM, WrongExpectedVersionError } from '@eventstore/db-client';
import { HubError } from '../../domain/errors.ts';
import { streamOf } from '../../domain/events.ts';
import { sizeOf, toEventData } from './event-record.ts';
import { pause, persist, within } from './failures.ts';
import { createKeptCache, readKept, stillKept } from './kept.ts';
import { readPage } from './scan.ts';
import type { AppendExpectedRevision, AppendResult } from '@eventstore/db-client';
import type { AppendOutcome, EventAppender } from '../../ports/event-store.ts';
import type { Connection } from './connection.ts';
import type { HubEventData } from './event-record.ts';
import type { Kept } from './kept.ts';

interface Pending {
  event: HubEventData;
  /** Place in the batch. */
  index: number;
}

/** How many streams are appended to at a time. */
const width = 16;
/** How often a stream may turn out to have changed under one append. */
const maxTurns = 16;
/** How long an append waits at most before it meets a changed stream again, in milliseconds. */
const conflictMs = 150;
/** A server takes 1 MiB per append unless told otherwise. */
const maxBytes = 900_000;
const maxEvents = 500;

/** The write side. Several may append to one server at once. */
export function createAppender(connection: Connection): EventAppender['append'] {
  const { client, calls, timeoutMs } = connection;
  const cache = createKeptCache();

  return async (events) => {
    const outcomes = events.map((): AppendOutcome => 'duplicate');
    const groups = new Map<string, Pending[]>();
    const seen = new Set<string>();
    for (const [index, event] of events.entries()) {
      const pending = { event: toEventData(event), index };
      if (seen.has(event.id)) continue;
      seen.add(event.id);
      const stream = streamOf(event);
      const group = groups.get(stream);
      if (group) group.push(pending);
      else groups.set(stream, [pending]);
    }
    if (groups.size === 0) return outcomes;
    // The server answers a repeated append with the place where the events already are: up to here, they were there before.
    const before = (await readPage(connection, END, BACKWARDS, 1, true))[0]?.position.commit ?? -1n;
    await forEachOf([...groups], width, async ([stream, pending]) => {
      for (const index of await appendTo(stream, pending, before)) outcomes[index] = 'recorded';
    });
    return outcomes;
  };

  /** Appends to one stream what it does not hold; gives the places in the batch of what this call recorded. */
  async function appendTo(stream: string, pending: Pending[], before: bigint): Promise<number[]> {
    const recorded: number[] = [];
    let kept = cache.get(stream);
    let unsure = false;
    if (kept && pending.every(({ event }) => kept!.ids.has(event.id)) && !(await stillKept(connection, stream, kept))) kept = undefined;
    for (let turn = 0; turn < maxTurns; turn++) {
      const left = pending.filter(({ event }) => !kept?.ids.has(event.id));
      try {
        for (const chunk of chunksOf(left)) {
          const result = await send(stream, chunk, kept, () => (unsure = true));
          kept = grown(kept, chunk, result.nextExpectedRevision);
          if (kept.whole) cache.set(stream, kept);
          if (result.position && result.position.commit > before) recorded.push(...chunk.map(({ index }) => index));
        }
        return recorded;
      } catch (cause) {
        if (!(cause instanceof WrongExpectedVersionError)) throw cause;
        if (turn > 0) await pause(turn, connection.closed, conflictMs);
        const actual = cause.actualVersion;
        const base = kept?.whole && typeof actual === 'bigint' && actual > kept.revision ? kept : undefined;
        const wanted = left.filter(({ event }) => !kept?.ids.has(event.id));
        const read = await readKept(connection, stream, new Set(wanted.map(({ event }) => event.id)), base);
        kept = read.kept;
        if (kept.whole) cache.set(stream, kept);
        // Of a try whose answer was lost, what stands there now may well be ours.
        if (unsure)
          recorded.push(...wanted.filter(({ event }) => (read.positions.get(event.id) ?? -1n) > before).map(({ index }) => index));
      }
    }
    throw new HubError('ENGINE_UNAVAILABLE', `${connection.where}: a stream kept changing while it was appended to`);
  }

  function send(stream: string, chunk: Pending[], kept: Kept | undefined, onRetry: () => void): Promise<AppendResult> {
    const expectedRevision: AppendExpectedRevision = kept && kept.revision >= 0n ? kept.revision : NO_STREAM;
    const events = chunk.map(({ event }) => event);
    return persist(connection, 'append', (turn) => {
      if (turn > 1) onRetry();
      const options = { expectedRevision, requiresLeader: true, deadline: timeoutMs, ...calls };
      return within(connection, 'append', client.appendToStream(stream, events, options));
    });
  }
}

/** What is known after an append that the server took. Two appends may end in either order, so the later revision stands. */
function grown(kept: Kept | undefined, chunk: readonly Pending[], revision: bigint): Kept {
  const next = kept ?? { revision: -1n, last: '', ids: new Set(), whole: true };
  for (const { event } of chunk) next.ids.add(event.id);
  if (revision > next.revision) {
    next.revision = revision;
    next.last = chunk.at(-1)!.event.id;
  }
  return next;
}

function* chunksOf(pending: readonly Pending[]): Generator<Pending[]> {
  let chunk: Pending[] = [];
  let bytes = 0;
  for (const one of pending) {
    const size = sizeOf(one.event);
    if (chunk.length > 0 && (bytes + size > maxBytes || chunk.length === maxEvents)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(one);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}

/** Runs over all, `width` at a time; settles when all have, with the first failure if there was one. */
async function forEachOf<T>(items: readonly T[], width: number, run: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) await run(items[next++]!).catch((cause: unknown) => void failures.push(cause));
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
}
