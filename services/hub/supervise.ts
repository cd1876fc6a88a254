// Keeps one service running: while an engine cannot be reached it waits with back-off, says what for, and goes on by itself.
import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '../domain/errors.ts';
import type { HttpLogger } from '../drivers/http/access-log.ts';

export interface Supervised {
  name: string;
  /** What it waits for; null while it runs. For operators, and nothing personal in it. */
  waitingFor(): string | null;
  restarts(): number;
  /** Resolves when stopped; rejects with what waiting cannot mend. */
  done: Promise<void>;
}

export interface SuperviseOptions {
  signal: AbortSignal;
  logger: HttpLogger;
  /** Milliseconds before the first try again; doubles up to `longestMs`. */
  shortestMs?: number;
  longestMs?: number;
}

/** What a service says of itself. */
export interface Health {
  /** Its engines answer. */
  well(): void;
  /** One does not; the service goes on by itself once it does. */
  ill(reason: string): void;
}

export type Loop = (signal: AbortSignal, health: Health) => Promise<void>;

/** Runs `loop` until `signal` is aborted, again and again while it fails for want of an engine. */
export function supervise(
  name: string,
  loop: Loop,
  { signal, logger, shortestMs = 250, longestMs = 10_000 }: SuperviseOptions,
): Supervised {
  let waitingFor: string | null = 'starting';
  let restarts = 0;
  let wait = shortestMs;
  const health: Health = {
    well() {
      if (waitingFor !== null && waitingFor !== 'starting') logger.info('resumed', { service: name });
      waitingFor = null;
      wait = shortestMs;
    },
    ill(reason) {
      // Said once for each reason, not at every try.
      if (waitingFor !== reason) logger.warn('waiting', { service: name, for: reason });
      waitingFor = reason;
    },
  };

  async function run(): Promise<void> {
    logger.info('started', { service: name });
    for (;;) {
      try {
        await loop(signal, health);
        if (signal.aborted) return;
        throw new Error(`${name} ended by itself`);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof HubError) || error.code !== 'ENGINE_UNAVAILABLE') {
          logger.error('failed', { service: name, code: error instanceof HubError ? error.code : 'UNEXPECTED' });
          throw error;
        }
        health.ill(error.message);
        restarts++;
        await sleep(wait * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
        wait = Math.min(wait * 2, longestMs);
      }
    }
  }
  return { name, waitingFor: () => waitingFor, restarts: () => restarts, done: run() };
}
