// Reads a group's events for one reader: keeps a member of the group alive, and makes another when it crashes or stalls.
import { setTimeout as delay } from 'node:timers/promises';
import { failureTypes, unavailable } from './client.ts';
import { createMember } from './consumer.ts';
import { createHandOver } from './hand-over.ts';
import { formatPlace, offsetIn, offsetsOf, parsePlace, setOffset } from './places.ts';
import type { LogBatch, LogPlace } from '../../ports/event-log.ts';
import type { Member, MemberOptions } from './consumer.ts';
import type { HandOver } from './hand-over.ts';
import type { Offsets } from './offsets.ts';
import type { Place } from './places.ts';
import type { ReadBatch } from './read-batch.ts';

export interface SubscriptionOptions extends MemberOptions {
  /** Events handed over at a time. */
  batch: number;
  /** A member with something to read that gets nothing for so long is replaced. */
  stalledMs: number;
  /** How long to go without a member of the group before the reader is told that Kafka is out of reach. */
  patienceMs: number;
}

export interface Subscription {
  batches(signal: AbortSignal): AsyncGenerator<LogBatch>;
  commit(place: LogPlace): Promise<void>;
}

export function createSubscription(
  options: SubscriptionOptions,
  topics: readonly string[],
  ready: () => Promise<void>,
  offsets: Offsets,
  read: ReadBatch,
): Subscription {
  const { onNotice } = options;
  let member: Member | null = null;
  /** Which membership the batch in hand was read under. */
  let takenUnder: string | null = null;
  let lives = 0;
  /** Whether the last member got as far as into the group. */
  let everJoined = false;
  const membership = (): string | null => (member === null ? null : `${lives}.${member.generation()}`);

  /** Lives one member's life: until it crashes, stalls or is told to stop. Resolves with the reason to make another. */
  async function live(handOver: HandOver, signal: AbortSignal): Promise<unknown> {
    everJoined = false;
    await ready();
    if (signal.aborted) return undefined;
    let since = Date.now();
    const own = createMember(options, topics, handOver, read, () => {
      since = Date.now();
    });
    [member, lives] = [own, lives + 1];
    const watching = new AbortController();
    try {
      const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true, signal: watching.signal }));
      const stalled = watch(own, handOver, () => Date.now() - since, watching.signal);
      return await Promise.race([own.ended, stopped, stalled]);
    } finally {
      watching.abort();
      everJoined = own.generation() > 0;
      await own.leave();
      member = null;
    }
  }

  /** Resolves when the reader waits, there is something for it, and nothing has moved for too long: kafkajs may stop fetching without a word. */
  async function watch(own: Member, handOver: HandOver, quiet: () => number, signal: AbortSignal): Promise<Error> {
    for (;;) {
      await delay(options.stalledMs / 4, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return new Promise(() => undefined);
      if (!handOver.idle() || quiet() < options.stalledMs) continue;
      const joined = own.generation() > 0;
      const lag = await offsets.lag((topic, partition) => !joined || own.owns(topic, partition)).catch(() => 0);
      if (lag > 0 && quiet() >= options.stalledMs && handOver.idle())
        return Object.assign(new Error('no progress'), { name: 'Stalled', lag });
    }
  }

  /** Makes members one after another, with a wait between that grows to 10 s; rejects when none could join for long enough. */
  async function keepMember(handOver: HandOver, signal: AbortSignal): Promise<void> {
    let joined = Date.now();
    for (let wait = 100; !signal.aborted; wait = Math.min(2 * wait, 10_000)) {
      const reason = await live(handOver, signal).catch((error: unknown) => error);
      if (signal.aborted) return;
      if (everJoined) [joined, wait] = [Date.now(), 100];
      onNotice('the Kafka consumer is made again', { reason: failureTypes(reason).at(-1) ?? 'unknown', waitMs: wait });
      if (Date.now() - joined > options.patienceMs) throw unavailable(options, 'be read', reason);
      await delay(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    async *batches(signal) {
      const handOver = createHandOver();
      const stop = new AbortController();
      const either = AbortSignal.any([signal, stop.signal]);
      let failure: Error | undefined;
      const keeping = keepMember(handOver, either).catch((error: unknown) => {
        failure = error as Error;
        stop.abort();
      });
      try {
        for (;;) {
          const taken = await handOver.take(options.batch, either);
          if (taken === null) break;
          takenUnder = membership();
          yield { events: taken.events, place: formatPlace(taken.place) };
        }
      } finally {
        handOver.end();
        stop.abort();
        await keeping;
      }
      if (failure !== undefined) throw failure;
    },
    async commit(text) {
      const place = parsePlace(text);
      const own = member;
      if (own === null) await offsets.commitFromOutside(place);
      // After a rebalance another member may have been here and gone again.
      else await own.commit(takenUnder === membership() ? place : onlyAhead(place, await offsets.committed()));
      offsets.wake();
    },
  };
}

function onlyAhead(place: Place, committed: Place): Place {
  const ahead: Place = new Map();
  for (const [topic, partition, next] of offsetsOf(place))
    if ((offsetIn(committed, topic, partition) ?? -1) < next) setOffset(ahead, topic, partition, next);
  return ahead;
}
