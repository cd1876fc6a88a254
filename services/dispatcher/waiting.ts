// When each case is to be taken up again: back-off with jitter from a deterministic source, known to this process alone.
import { hash } from 'node:crypto';
import type { Outcome } from './dispatch.ts';

export interface Patience {
  /** Milliseconds to the first retry of a failed call; doubles up to `longestMs`. */
  shortestMs: number;
  longestMs: number;
  /** Between two questions about what a utility has accepted. */
  pollMs: number;
}

export const defaultPatience: Patience = { shortestMs: 1_000, longestMs: 15 * 60_000, pollMs: 60_000 };

/** Of how many cases it is remembered when they are due; the oldest beyond are merely taken up sooner. */
const rememberedAtMost = 100_000;

interface Wait {
  /** What was to be done, and on which step: anything else is due at once. */
  about: string;
  tries: number;
  until: number;
  resend: boolean;
}

export interface WaitingRoom {
  isDue(id: string, about: string, now: number): boolean;
  /** Whether the utility was busy when this was last submitted. */
  mayResend(id: string, about: string): boolean;
  /** `about` is what is to be done next. */
  after(id: string, about: { was: string; now: string }, outcome: Outcome, now: number): void;
}

export function createWaitingRoom({ shortestMs, longestMs, pollMs }: Patience): WaitingRoom {
  const waits = new Map<string, Wait>();
  const known = (id: string, about: string): Wait | undefined => {
    const wait = waits.get(id);
    return wait?.about === about ? wait : undefined;
  };
  return {
    isDue: (id, about, now) => (known(id, about)?.until ?? 0) <= now,
    mayResend: (id, about) => known(id, about)?.resend ?? false,
    after(id, about, outcome, now) {
      const tries = (known(id, about.was)?.tries ?? 0) + 1;
      waits.delete(id);
      if (outcome.kind === 'done' || outcome.kind === 'behind') return;
      const doubled = Math.min(longestMs, shortestMs * 2 ** Math.min(tries - 1, 30));
      const wished = outcome.kind === 'later' ? Math.max(doubled, outcome.afterMs ?? 0) : pollMs;
      waits.set(id, { about: about.now, tries, until: now + Math.round(wished * jitter(id, tries)), resend: outcome.kind === 'later' });
      for (const oldest of waits.keys()) {
        if (waits.size <= rememberedAtMost) break;
        waits.delete(oldest);
      }
    },
  };
}

/** From 1 up to 1.5, so that many that failed together do not come back together, and none before the utility said. */
const jitter = (id: string, tries: number): number => 1 + parseInt(hash('sha256', `${id}\0${tries}`).slice(0, 6), 16) / 2 ** 25;
