// Between kafkajs, which pushes a batch a partition, and the reader, who takes one batch of all of them at a time.
import { setOffset } from './places.ts';
import type { HubEvent } from '../../domain/events.ts';
import type { Place } from './places.ts';

/** What was fetched of one partition. */
export interface Chunk {
  topic: string;
  partition: number;
  events: HubEvent[];
  /** The offset after each event. */
  nexts: number[];
  /** The offset after the chunk, also after what of it was no event. */
  end: number;
}

interface Waiting extends Chunk {
  taken: number;
  resolve(): void;
  reject(reason: unknown): void;
}

export interface HandedOver {
  events: HubEvent[];
  place: Place;
}

export interface HandOver {
  /** Resolves once the reader is done with all of the chunk; rejects when it was dropped. Until then kafkajs fetches no more. */
  offer(chunk: Chunk): Promise<void>;
  /** Up to `count` events of as many chunks as there are; the reader is done with what it took before. Null when aborted. */
  take(count: number, signal: AbortSignal): Promise<HandedOver | null>;
  /** Forgets what the reader has not taken, and resolves once it is done with what it has. */
  drop(reason: unknown): Promise<void>;
  /** The reader will take nothing more. */
  end(): void;
  /** Whether the reader waits for something to read. */
  idle(): boolean;
}

export function createHandOver(): HandOver {
  let waiting: Waiting[] = [];
  /** Chunks whose last part the reader has in hand. */
  let inHand: Waiting[] | null = null;
  let wakeReader: (() => void) | null = null;
  const doneReading = new Set<() => void>();

  function finish(): void {
    for (const { resolve } of inHand ?? []) resolve();
    inHand = null;
    for (const resolve of doneReading) resolve();
    doneReading.clear();
  }

  function next(count: number): HandedOver {
    const place: Place = new Map();
    const events: HubEvent[] = [];
    inHand = [];
    for (const chunk of waiting) {
      if (events.length === count && chunk.taken < chunk.events.length) break;
      const until = Math.min(chunk.events.length, chunk.taken + count - events.length);
      for (let i = chunk.taken; i < until; i++) events.push(chunk.events[i]!);
      chunk.taken = until;
      const through = until === chunk.events.length;
      setOffset(place, chunk.topic, chunk.partition, through ? chunk.end : chunk.nexts[until - 1]!);
      if (through) inHand.push(chunk);
    }
    waiting = waiting.slice(inHand.length);
    return { events, place };
  }

  return {
    offer: (chunk) =>
      new Promise((resolve, reject) => {
        waiting.push({ ...chunk, taken: 0, resolve, reject });
        wakeReader?.();
      }),
    async take(count, signal) {
      finish();
      while (!signal.aborted) {
        if (waiting.length > 0) return next(count);
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
          signal.addEventListener('abort', wakeReader, { once: true });
        });
        signal.removeEventListener('abort', wakeReader!);
        wakeReader = null;
      }
      return null;
    },
    drop(reason) {
      for (const { reject } of waiting.splice(0)) reject(reason);
      return inHand === null ? Promise.resolve() : new Promise((resolve) => doneReading.add(resolve));
    },
    end: finish,
    idle: () => wakeReader !== null,
  };
}
