// Takes what a stream of the client has, as much as is wanted and no more: what is not taken slows the server down.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';

export interface Tap<T> {
  /**
   * Up to `size` items: what there is, or the first ones that come. `quiet` when nothing came for `waitMs` milliseconds, `ended` when
   * nothing will. Rejects with the stream's error once all that came before it is taken.
   */
  take(size: number, waitMs: number): Promise<T[] | 'quiet' | 'ended'>;
  close(): void;
}

/** How long the first item waits for company, in milliseconds. */
const lingerMs = 2;

/** Opens a tap on a stream of the client; `cancel` ends the call behind it. An abort of `stop` counts as the end. */
export function openTap<T>(stream: Readable, cancel: () => Promise<void>, stop: AbortSignal): Tap<T> {
  let failure: { cause: unknown } | undefined;
  let ended = false;
  let wake = (): void => undefined;
  const end = (): void => {
    ended = true;
    wake();
  };
  const readable = (): void => wake();
  stream.on('readable', readable);
  stream.on('end', end);
  stream.on('close', () => {
    if (!ended) failure ??= { cause: new Error('the stream was closed before its end') };
    wake();
  });
  // Stays for good: the client may still report an error after the call was given up, which nobody else would hear.
  stream.on('error', (cause) => {
    failure ??= { cause };
    wake();
  });
  stop.addEventListener('abort', end, { once: true });

  const woken = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  return {
    async take(size, waitMs) {
      const until = performance.now() + waitMs;
      const items: T[] = [];
      for (let lingered = false; ;) {
        if (stop.aborted) return 'ended';
        for (let item: unknown; items.length < size && (item = stream.read()) !== null;) items.push(item as T);
        if (items.length > 0) {
          if (items.length >= size || lingered || failure || ended) return items;
          lingered = true;
          await sleep(lingerMs);
          continue;
        }
        if (failure) throw failure.cause;
        if (ended) return 'ended';
        const left = until - performance.now();
        if (left <= 0) return 'quiet';
        await woken(left);
      }
    },
    close() {
      stop.removeEventListener('abort', end);
      // Leaving a stream does not end the call behind it; and a call that was cancelled ends only when what came of it has been read.
      cancel().catch(() => undefined);
      stream.off('readable', readable);
      stream.resume();
    },
  };
}
