// What the suite of event stores stands on: a store of its own for each test, or its own corner of one on a server in use.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { streamOf } from '../../services/domain/events.ts';
import { createClock } from '../support/clock.ts';
import { plain, smallEvent } from '../support/events.ts';
import { assertSound } from '../support/kept.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { HubEvent, RecordedEvent } from '../../services/domain/events.ts';
import type { EventStore } from '../../services/ports/event-store.ts';
import type { Clock } from '../support/clock.ts';

export interface Driver {
  /** Opens the store of one place, again after a close too. */
  open(place: string, now: () => number): EventStore;
  /**
   * One store for all places, on a server that holds other data: it has its own clock, positions rise with gaps, and events of one
   * batch keep their order within a stream. Where it is false, each place is empty at first, positions count from 1, the order is
   * that of the batch over all streams, and the clock is the one handed in.
   */
  shared: boolean;
}

export interface Harness {
  store: EventStore;
  /** Begins the subjects of one test: on a shared server nobody else has them. */
  run: string;
  /** The head before the test. */
  start: number;
  clock: Clock;
  /** A path of its own, for one more store. */
  place(): string;
  /** The place of `store`. */
  current: string;
  own(number: number, changes?: Partial<HubEvent>): HubEvent;
  owns(count: number, from?: number): HubEvent[];
  sound(of?: EventStore, from?: number): Promise<string[]>;
  /** In the order that the driver promises to keep: of the batch, or of the streams. */
  arranged<T extends HubEvent>(events: readonly T[]): T[];
  scan(after?: number, batch?: number, of?: EventStore): Promise<RecordedEvent[]>;
  streamed(stream: string, options?: { from?: number; upTo?: number }): Promise<RecordedEvent[]>;
}

export const freshRun = (): string => `p${randomUUID().slice(0, 8)}`;
export const bare = (events: readonly RecordedEvent[]): HubEvent[] =>
  events.map(({ position: _p, revision: _r, recordedtime: _t, ...event }) => event);
export const positionsOf = (events: readonly RecordedEvent[]): number[] => events.map(({ position }) => position);
export const revisionsOf = (events: readonly RecordedEvent[]): number[] => events.map(({ revision }) => revision);

/** Opens a store before each test of the enclosing suite and closes it after. */
export function useEventStore({ open, shared }: Driver): Harness {
  const folder = useTempFolder();
  let turn = 0;
  const t: Harness = {
    store: undefined as unknown as EventStore,
    run: '',
    start: 0,
    clock: createClock(),
    current: '',
    place: () => folder(`store${turn++}`),
    own: (number, changes = {}) => smallEvent(number, { subject: `${t.run}-${number % 5}`, ...changes }),
    owns: (count, from = 0) => Array.from({ length: count }, (_, i) => t.own(from + i)),
    sound: (of = t.store, from = t.start) =>
      assertSound(of, shared ? { after: from, mine: ({ subject }) => subject.startsWith(t.run) } : undefined),
    arranged: (events) =>
      shared ? events.toSorted((a, b) => (streamOf(a) < streamOf(b) ? -1 : streamOf(a) > streamOf(b) ? 1 : 0)) : [...events],
    async scan(after = t.start, batch = 1000, of = t.store) {
      const events: RecordedEvent[] = [];
      for await (const page of of.readAll(after, { batch })) {
        assert.ok(page.length > 0 && page.length <= batch);
        events.push(...plain(page));
      }
      return events;
    },
    async streamed(stream, options) {
      const events: RecordedEvent[] = [];
      for await (const event of t.store.readStream(stream, options)) events.push(...plain([event]));
      return events;
    },
  };
  beforeEach(async () => {
    t.run = freshRun();
    t.current = t.place();
    t.store = open(t.current, t.clock.now);
    t.start = await t.store.head();
    if (!shared) assert.equal(t.start, 0);
  });
  afterEach(() => t.store.close());
  return t;
}
