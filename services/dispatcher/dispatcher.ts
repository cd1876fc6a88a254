// The dispatcher: follows the queues of transfer requests and takes each a step further at each utility, on its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '../domain/errors.ts';
import { utilityStateTitles } from '../domain/transfers/life.ts';
import { allOf, together } from '../ports/all-of.ts';
import { requestRow } from './application.ts';
import { dispatchOne } from './dispatch.ts';
import { openCase } from './record-steps.ts';
import { createWaitingRoom, defaultPatience } from './waiting.ts';
import type { UtilityState } from '../domain/transfers/life.ts';
import type { UtilityOfRequest } from '../domain/transfers/request-life.ts';
import type { ViewRow } from '../ports/view-store.ts';
import type { UtilitySystem } from '../ports/utility-system.ts';
import type { RequestRow } from './application.ts';
import type { Outcome } from './dispatch.ts';
import type { DispatcherPorts } from './ports.ts';
import type { Patience, WaitingRoom } from './waiting.ts';

export interface DispatchOptions {
  patience?: Patience;
  /** Between two looks at the queues. */
  idleMs?: number;
}

const pageSize = 200;
/** How many cases are under way at one utility at once. */
const atOnce = 8;
const utilityStates = Object.keys(utilityStateTitles) as UtilityState[];

/** One look at a queue; gives how many steps were recorded, and whether any case is still to be waited for. */
export type Round = (signal: AbortSignal) => Promise<{ done: number; waiting: number }>;

/** The rounds of a dispatcher, one a utility and one that asks for consent. Errors of a round: ENGINE_UNAVAILABLE. */
export function dispatcherRounds(ports: DispatcherPorts, patience: Patience = defaultPatience): Round[] {
  return [consentRound(ports), ...ports.systems.map((system) => utilityRound(ports, system, createWaitingRoom(patience)))];
}

/** Runs until aborted; a utility that fails or is slow holds back no other. Errors: ENGINE_UNAVAILABLE. */
export async function dispatch(ports: DispatcherPorts, signal: AbortSignal, options: DispatchOptions = {}): Promise<void> {
  const { patience, idleMs = 1_000 } = options;
  async function again(round: Round, either: AbortSignal): Promise<void> {
    while (!either.aborted) {
      const started = performance.now();
      await round(either);
      // A long queue is not read over and over.
      const idle = Math.max(idleMs, 10 * (performance.now() - started));
      await sleep(idle, undefined, { signal: either }).catch(() => undefined);
    }
  }
  const rounds = dispatcherRounds(ports, patience);
  await together(signal, (either) => rounds.map((round) => again(round, either))).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

function utilityRound(ports: DispatcherPorts, system: UtilitySystem, waiting: WaitingRoom): Round {
  async function turn(id: string, row: RequestRow, entry: UtilityOfRequest, signal: AbortSignal): Promise<Outcome> {
    // What is to be taken back is so at once, however long the utility was to be left alone.
    const aboutOf = (event: string | null): string => `${event ?? ''}${entry.next === 'cancel' ? ' cancel' : ''}`;
    const was = aboutOf(entry.event);
    if (!waiting.isDue(id, was, ports.now())) return { kind: 'wait' };
    const open = await openCase(ports, id);
    const resend = waiting.mayResend(id, was);
    const outcome = await dispatchOne({ ports, system, row, entry, open, resend, signal }).catch(unlessEngine);
    waiting.after(id, { was, now: aboutOf(open.recorded() ?? entry.event) }, outcome, ports.now());
    if (outcome.kind === 'later') ports.notice('utility to be asked again', { utility: system.utility, case: id, code: outcome.code });
    return outcome;
  }

  return async (signal) => {
    const counts = { done: 0, waiting: 0 };
    const states = Object.fromEntries(utilityStates.map((state) => [state, 0])) as Record<UtilityState, number>;
    await eachOf(ports, `next:${system.utility}`, signal, async (row) => {
      const read = requestRow(row);
      const entry = read.request.life.utilities.find(({ utility }) => utility === system.utility);
      if (!entry?.next) return;
      states[entry.state]++;
      const outcome = await turn(row.key, read, entry, signal);
      if (outcome.kind === 'done') counts.done++;
      else counts.waiting++;
    });
    if (!signal.aborted) ports.queued?.(system.utility, states);
    return counts;
  };
}

/** One case that cannot be opened must not hold back the others; an engine that is gone holds back all. */
function unlessEngine(error: unknown): Outcome {
  if (error instanceof HubError && error.code !== 'ENGINE_UNAVAILABLE') return { kind: 'later', afterMs: null, code: error.code };
  throw error;
}

/** Asks for consent where it is all that is missing: the change feed tells the portal, which asks the buyer. */
function consentRound(ports: DispatcherPorts): Round {
  return async (signal) => {
    const counts = { done: 0, waiting: 0 };
    await eachOf(ports, 'next:consent', signal, async ({ key }) => {
      const open = await openCase(ports, key);
      if (open.life.asked !== null) return;
      await open.record('consent-asked', {});
      counts.done++;
    });
    return counts;
  };
}

/** Every row of a queue, some at once. */
async function eachOf({ views }: DispatcherPorts, tag: string, signal: AbortSignal, work: (row: ViewRow) => Promise<void>): Promise<void> {
  for (let after = ''; !signal.aborted;) {
    const rows = await views.find(tag, { view: 'transfer-request', after, limit: pageSize });
    for (let i = 0; i < rows.length && !signal.aborted; i += atOnce) await allOf(rows.slice(i, i + atOnce).map(work));
    if (rows.length < pageSize) return;
    after = rows.at(-1)!.key;
  }
}
