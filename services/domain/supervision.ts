// Matters under supervision (督办): steps that somebody is to take within a limit, and what is recorded of them.
import { crossings, limitFor, thresholds } from './limits.ts';
import { regionOf } from './packages/in-force.ts';
import { packageIdParts } from './packages/judge.ts';
import { dateAt, startOfDay } from './time.ts';
import { addWorkingDays } from './working-days.ts';
import type { Ledger, Step } from './ledger.ts';
import type { Limits, Threshold, Warning } from './limits.ts';
import type { Supervision, TransferStep, Utility } from './own-facts.ts';
import type { Target } from './packages/contract.ts';
import type { Package } from './packages/judge.ts';
import type { Bilingual } from './source-contract.ts';
import type { TransferRequest } from './transfers/request.ts';
import type { Calendar } from './working-days.ts';

export const matterStates = ['within', 'warning', 'overdue', 'escalated', 'escalated-again', 'settled'] as const;
export type MatterState = (typeof matterStates)[number];

export const matterStateTitles: Record<MatterState, Bilingual> = {
  within: { zh: '期限内', en: 'within the limit' },
  warning: { zh: '预警', en: 'near the limit' },
  overdue: { zh: '逾期', en: 'overdue' },
  escalated: { zh: '一级督办', en: 'escalated' },
  'escalated-again': { zh: '二级督办', en: 'escalated again' },
  settled: { zh: '已办结', en: 'settled' },
};

/** One step that is waited for. Dates are `YYYY-MM-DD`. */
export interface Matter {
  /** `<kind>~<object>~<step>~<utility or ->`. */
  id: string;
  kind: Supervision['kind'];
  /** Transfer case, or id of the package. */
  object: string;
  /** A step of `contracts/limits.yaml`; of a promise, with the item promised: `evidence.premises`. */
  step: string;
  utility: Utility | null;
  since: string;
  /** The last day of the limit. */
  due: string;
  warning: Warning;
  responsible: string;
  region: string | null;
}

/** What matters are measured by. */
export interface Measures {
  limits: Limits;
  calendar: Calendar;
}

const matterId = (...parts: string[]): string => parts.map((part) => part.replaceAll('%', '%25').replaceAll('~', '%7E')).join('~');

/** An event's id begins with its time (services/domain/events.ts). */
const dateOfEvent = (id: string): string => dateAt(parseInt(id.slice(0, 8) + id.slice(9, 13), 16));

interface Begun {
  step: string;
  utility: Utility | null;
  since: string;
}

/** What is waited for in a transfer request. `steps` are those of its life, as far as any were recorded. */
export function transferMatters(request: TransferRequest, steps: readonly Step<TransferStep>[], measures: Measures): Matter[] {
  const { status, blocks, life, property } = request;
  const entered = dateAt(request.entered);
  const open = status === 'ready' || status === 'blocked' || status === 'review';
  const begun: Begun[] = [];
  if (status === 'review') begun.push({ step: 'review', utility: null, since: entered });
  if (open && blocks.some(({ code }) => code === 'consent-missing' || code === 'consent-expired'))
    begun.push({ step: 'consent', utility: null, since: entered });
  for (const { utility, state, next, attempt, time, basis } of life.utilities) {
    const at = (change: TransferStep['change']): number =>
      steps.find(({ fact }) => fact.utility === utility && fact.attempt === attempt && fact.change === change)?.time ?? time;
    if (next === 'submit' && state !== 'unknown' && state !== 'submitting') {
      // It could be sent from when the last of what it waited for came.
      const reasons = [basis, utility === 'electricity' ? (request.meter?.event ?? null) : null].filter((event) => event !== null);
      begun.push({
        step: 'submission',
        utility,
        since: [entered, ...reasons.map(dateOfEvent), ...(time > 0 ? [dateAt(time)] : [])].sort().at(-1)!,
      });
    } else if (state === 'submitting' || state === 'unknown') begun.push({ step: 'answer', utility, since: dateAt(at('submitting')) });
    else if (state === 'cancelling') begun.push({ step: 'answer', utility, since: dateAt(at('cancelling')) });
    else if (state === 'accepted') begun.push({ step: 'completion', utility, since: dateAt(at('accepted')) });
  }
  const region = /^\d{6}/.exec(property.unitCode ?? '')?.[0] ?? null;
  return begun.flatMap((matter) => measured({ kind: 'transfer-request', object: request.id, region, type: null, ...matter }, measures));
}

/** The promises of a package that still run, or ran out. */
export function commitmentMatters(pack: Package, target: Target, measures: Measures): Matter[] {
  const region = regionOf(target, { premises: pack.premises, evidence: {} });
  return pack.acceptance.promises.flatMap(({ item, deadline, event, state }) => {
    if (state === 'kept') return [];
    const begun = { step: `evidence.${item}`, utility: null, since: dateOfEvent(event) };
    return measured({ kind: 'commitment', object: pack.id, region, type: pack.type, ...begun }, measures, deadline);
  });
}

type Unmeasured = Begun & Pick<Matter, 'kind' | 'object' | 'region'> & { type: string | null };

function measured(matter: Unmeasured, { limits, calendar }: Measures, deadline?: string): Matter[] {
  const { kind, object, step, utility, since, region } = matter;
  const limit = limitFor(limits, { ...matter, step: step.split('.')[0]! }, since);
  const due = deadline ?? (limit?.workingDays === undefined ? null : addWorkingDays(since, limit.workingDays, calendar));
  if (!limit || due === null) return [];
  const id = matterId(kind, object, step, utility ?? '-');
  return [
    { id, kind, object, step, utility, since, due, warning: limit.warning ?? limits.warning, responsible: limit.responsible, region },
  ];
}

/** One time that a matter was open: from `since` until it was settled. */
export interface Occurrence extends Pick<Supervision, 'kind' | 'object' | 'step' | 'utility' | 'since' | 'due' | 'responsible' | 'region'> {
  id: string;
  /** The day on which each threshold recorded was crossed. */
  reached: Partial<Record<Threshold, string>>;
  settled: string | null;
}

/** All the times that a matter was open, by their beginning. */
export function occurrencesOf({ id, steps }: Ledger<Supervision>): Occurrence[] {
  const found = new Map<string, Occurrence>();
  for (const { fact, time } of steps) {
    const { change, kind, object, step, utility, since, due, responsible, region } = fact;
    const was = found.get(since) ?? { id, kind, object, step, utility, since, due, responsible, region, reached: {}, settled: null };
    if (change === 'settled') was.settled ??= dateAt(time);
    else was.reached[change] ??= dateAt(time);
    found.set(since, was);
  }
  return [...found.values()].sort((a, b) => (a.since < b.since ? -1 : 1));
}

/** The occurrence that is open, if one is. */
export const openOccurrence = (ledger: Ledger<Supervision> | undefined): Occurrence | null =>
  ledger ? (occurrencesOf(ledger).findLast(({ settled }) => settled === null) ?? null) : null;

/**
 * The matter as its ledger has it: one that is open keeps the beginning and the last day it was opened with, and one that is
 * waited for again begins when it was last settled. A promise has its own beginning and last day.
 */
export function continued(matter: Matter, ledger: Ledger<Supervision> | undefined, { limits, calendar }: Measures): Matter {
  if (!ledger || matter.kind === 'commitment') return matter;
  const open = openOccurrence(ledger);
  if (open) return { ...matter, since: open.since, due: open.due };
  const last = occurrencesOf(ledger).at(-1);
  if (!last?.settled || last.settled < matter.since) return matter;
  // A second time on one day is another time.
  const since = last.settled > last.since ? last.settled : dateAt(startOfDay(last.since) + 86_400_000);
  const type = null;
  const limit = limitFor(limits, { ...matter, type }, since);
  return limit?.workingDays === undefined ? matter : { ...matter, since, due: addWorkingDays(since, limit.workingDays, calendar) };
}

/** Where a matter stands on a date. */
export function stateOn(matter: Matter, date: string, { limits, calendar }: Measures): MatterState {
  const days = crossings(matter, limits, calendar);
  if (date >= days['escalated-again']) return 'escalated-again';
  if (date >= days.escalated) return 'escalated';
  if (date >= days.overdue) return 'overdue';
  return date >= days.warned ? 'warning' : 'within';
}

/** An event to record; `time` in milliseconds, `sequence` so that every order of arrival gives the same ledger. */
export interface SupervisionStep {
  fact: Supervision;
  time: number;
  sequence: number;
}

/** What is to be recorded of a matter that is open on a date: each threshold crossed by then that its ledger has not. */
export function decideOpen(matter: Matter, ledger: Ledger<Supervision> | undefined, date: string, measures: Measures): SupervisionStep[] {
  const { since } = matter;
  const known = ledger ? occurrencesOf(ledger) : [];
  // A promise that took the place of another settles that one.
  const settled = known.filter((other) => other.settled === null && other.since !== since).map((other) => settling(other, since));
  const reached = known.find((other) => other.since === since)?.reached ?? {};
  const days = crossings(matter, measures.limits, measures.calendar);
  const crossed = thresholds.filter((threshold) => days[threshold] <= date && reached[threshold] === undefined);
  const { first, second } = measures.limits.escalation;
  const told: Partial<Record<Threshold, string>> = { escalated: first.to, 'escalated-again': second.to };
  return [...settled, ...crossed.map((change) => step(matter, change, days[change], told[change] ?? null))];
}

/** The end of an occurrence, on the day the step was taken. */
export const settling = (occurrence: Occurrence, date: string): SupervisionStep =>
  step(occurrence, 'settled', date < occurrence.since ? occurrence.since : date, null);

const ranks: readonly Supervision['change'][] = [...thresholds, 'settled'];

function step(matter: Matter | Occurrence, change: Supervision['change'], date: string, to: string | null): SupervisionStep {
  const { id: record, kind, object, step: of, utility, since, due, responsible, region } = matter;
  const time = startOfDay(date);
  const sequence = Math.floor(startOfDay(since) / 86_400_000) * 10 + ranks.indexOf(change);
  return { fact: { change, record, kind, object, step: of, utility, since, due, responsible, region, to }, time, sequence };
}

/** The day on which a step of a transfer was taken; null where nothing says so. */
export function transferStepTaken(
  { step, utility }: Pick<Occurrence, 'step' | 'utility'>,
  request: TransferRequest,
  steps: readonly Step<TransferStep>[],
): string | null {
  const { consent, utilities } = request.life;
  if (step === 'review') {
    const chosen = steps.findLast(({ fact }) => fact.change === 'account-chosen');
    return chosen ? dateAt(chosen.time) : null;
  }
  if (step === 'consent') return consent.state !== 'asked' && consent.event !== null ? dateOfEvent(consent.event) : null;
  const at = utilities.find((one) => one.utility === utility);
  return at && at.time > 0 ? dateAt(at.time) : null;
}

/** What a matter is about: an application type, or joint transfers. */
export const matterType = ({ kind, object }: Pick<Occurrence, 'kind' | 'object'>): string =>
  kind === 'commitment' ? packageIdParts(object)[0]! : 'joint-transfer';
