// The log of a stub server: what EventStoreDB 22.10 keeps and how it decides on an append, in memory.
import assert from 'node:assert/strict';

export interface StubEvent {
  stream: string;
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
  revision: bigint;
  /** Where the record begins in the log, in bytes. */
  position: bigint;
  /** Where the next record begins. */
  end: bigint;
  /** Milliseconds since the epoch. */
  created: number;
}

export type Proposed = Pick<StubEvent, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;

/** What the server was told to expect: a revision, no stream (-1), or nothing in particular. */
export type Expected = bigint | 'any';

export type Decision = { done: true; revision: bigint; position: bigint } | { done: false; current: bigint };

export interface StubLog {
  events: readonly StubEvent[];
  append(stream: string, expected: Expected, proposed: readonly Proposed[]): Decision;
  /** Something of the server's own, or of another application. */
  appendOther(stream?: string): void;
  streamOf(stream: string): readonly StubEvent[];
  /** Index of the first event at or after a position. */
  from(position: bigint): number;
  /** Whether a record begins or the log ends there: a real server cannot read from anywhere else. */
  isPlace(position: bigint): boolean;
  /** Resolves with the next append, or when aborted. */
  grown(signal: AbortSignal): Promise<void>;
  /** Forgets what came after a number of events, as when an older state is put back. */
  putBack(count: number): void;
}

const logStart = 120n;

/** Opens an empty log. Several stub servers may share one, as the nodes of a cluster do. */
export function createStubLog(now: () => number = Date.now): StubLog {
  const events: StubEvent[] = [];
  const streams = new Map<string, StubEvent[]>();
  let waiting = new Set<() => void>();
  // A log begins with a record of the server's own.
  let end = logStart;

  function write(stream: string, proposed: Proposed): StubEvent {
    const kept = streams.get(stream) ?? [];
    const position = end;
    // Records differ in length and there is room between them, so positions have gaps of any size.
    end += BigInt(97 + proposed.data.length + proposed.metadata.length + (events.length % 7));
    const event: StubEvent = { ...proposed, stream, revision: BigInt(kept.length), position, end, created: now() };
    events.push(event);
    kept.push(event);
    streams.set(stream, kept);
    return event;
  }
  function wake(): void {
    const woken = waiting;
    waiting = new Set();
    for (const resolve of woken) resolve();
  }
  const streamOf = (stream: string): readonly StubEvent[] => streams.get(stream) ?? [];

  return {
    events,
    streamOf,
    append(stream, expected, proposed) {
      assert.ok(proposed.length > 0);
      const kept = streamOf(stream);
      const current = BigInt(kept.length) - 1n;
      if (expected !== 'any' && expected < current) {
        // The same events at the same place count as written; anything else is a conflict, a part of them too.
        const there = kept.slice(Number(expected) + 1, Number(expected) + 1 + proposed.length);
        const same = there.length === proposed.length && there.every(({ id }, i) => id === proposed[i]!.id);
        if (!same) return { done: false, current };
        const last = there.at(-1)!;
        return { done: true, revision: last.revision, position: last.position };
      }
      if (expected !== 'any' && expected > current) return { done: false, current };
      let last: StubEvent | undefined;
      for (const one of proposed) last = write(stream, one);
      wake();
      return { done: true, revision: last!.revision, position: last!.position };
    },
    appendOther(stream = '$stats-127.0.0.1:2113') {
      write(stream, {
        id: crypto.randomUUID(),
        type: '$statsCollected',
        contentType: 'application/json',
        data: Buffer.from('{}'),
        metadata: Buffer.alloc(0),
      });
      wake();
    },
    from(position) {
      let [low, high] = [0, events.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (events[middle]!.position < position) low = middle + 1;
        else high = middle;
      }
      return low;
    },
    isPlace(position) {
      return position === end || events[this.from(position)]?.position === position;
    },
    grown: (signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done);
          waiting.delete(done);
          resolve();
        };
        if (signal.aborted) return done();
        signal.addEventListener('abort', done);
        waiting.add(done);
      }),
    putBack(count) {
      for (const { stream } of events.splice(count)) streams.get(stream)!.pop();
      end = events.at(-1)?.end ?? logStart;
    },
  };
}
