// How long a step may take, as `contracts/limits.yaml` states it, and the days on which it is warned of, overdue and escalated.
import { HubError } from './errors.ts';
import { dayAfter, parseDate } from './time.ts';
import { addWorkingDays, workingDaysBetween } from './working-days.ts';
import type { Utility } from './own-facts.ts';
import type { Bilingual } from './source-contract.ts';
import type { Calendar } from './working-days.ts';

/** When a limit is warned of: at a share of it, or some working days before its last day. */
export type Warning = { percent: number } | { workingDaysBefore: number };

export interface Limit {
  kind: 'transfer-request' | 'commitment' | 'application';
  step: string;
  type?: string;
  utility?: Utility;
  /** Prefix of the division code (行政区划代码). */
  region?: string;
  /** Absent where each matter names its own last day. */
  workingDays?: number;
  /** A role. */
  responsible: string;
  basis: string;
  /** A service limit of our own, as against one promised to customers. */
  internal: boolean;
  warning?: Warning;
  effectiveFrom: string;
}

interface Escalation {
  /** After the last day of the limit. */
  workingDays: number;
  /** A role. */
  to: string;
}

export interface Limits {
  version: number;
  roles: { id: string; title: Bilingual }[];
  steps: { id: string; title: Bilingual }[];
  warning: Warning;
  escalation: { first: Escalation; second: Escalation };
  limits: Limit[];
}

/** What a limit is looked up for. */
export interface LimitQuery {
  kind: Limit['kind'];
  step: string;
  type: string | null;
  utility: Utility | null;
  region: string | null;
}

/** What a JSON Schema cannot say. Errors: CONTRACT_INVALID. */
export function checkLimits({ roles, steps, escalation, limits }: Limits): void {
  const refuse = (what: string): never => {
    throw new HubError('CONTRACT_INVALID', `contracts/limits.yaml: ${what}`);
  };
  const seen = new Set<string>();
  for (const role of [escalation.first.to, escalation.second.to, ...limits.map(({ responsible }) => responsible)])
    if (!roles.some(({ id }) => id === role)) refuse(`there is no role ${role}`);
  if (escalation.second.workingDays < escalation.first.workingDays) refuse('the second escalation comes before the first');
  for (const { kind, step, type, utility, region, effectiveFrom, workingDays } of limits) {
    if (!steps.some(({ id }) => id === step)) refuse(`there is no step ${step}`);
    if (parseDate(effectiveFrom) !== effectiveFrom) refuse(`${effectiveFrom} is no date`);
    if ((workingDays === undefined) !== (kind === 'commitment')) refuse(`${step}: a promise names its own last day, and nothing else does`);
    const place = [kind, step, type, utility, region, effectiveFrom].join(' ');
    if (seen.has(place)) refuse(`two limits are for ${place}`);
    seen.add(place);
  }
}

/** No promise may run longer than customers are promised the whole application takes. Errors: CONTRACT_INVALID. */
export function checkPromises(
  { limits }: Limits,
  types: readonly { id: string; region: string | null; promise: { workingDays: number } | null }[],
): void {
  for (const { id, region, promise } of types) {
    const shortest = limits
      .filter((limit) => limit.kind === 'application' && limit.type === id && isWithin(region, limit.region))
      .reduce((least, { workingDays = least }) => Math.min(least, workingDays), Infinity);
    if (promise !== null && promise.workingDays > shortest) {
      const where = region === null ? '' : ` in ${region}`;
      throw new HubError(
        'CONTRACT_INVALID',
        `package ${id}${where} takes promises for ${promise.workingDays} working days, and contracts/limits.yaml gives the application ${shortest}`,
      );
    }
  }
}

/** Whether a limit of a region may apply where a contract of a region does; the country holds every region. */
const isWithin = (contract: string | null, limit: string | undefined): boolean =>
  limit === undefined || contract === null || contract.startsWith(limit) || limit.startsWith(contract);

/** The limit for a step that began on a date; null where none was in force. */
export function limitFor({ limits }: Limits, query: LimitQuery, since: string): Limit | null {
  const fits = limits.filter(
    ({ kind, step, type, utility, region, effectiveFrom }) =>
      kind === query.kind &&
      step === query.step &&
      (type === undefined || type === query.type) &&
      (utility === undefined || utility === query.utility) &&
      (region === undefined || (query.region?.startsWith(region) ?? false)) &&
      effectiveFrom <= since,
  );
  const named = (limit: Limit): number => Number(limit.type !== undefined) + Number(limit.utility !== undefined);
  const [best] = fits.sort(
    (a, b) => named(b) - named(a) || (b.region ?? '').length - (a.region ?? '').length || (a.effectiveFrom < b.effectiveFrom ? 1 : -1),
  );
  return best ?? null;
}

/** What may be recorded of a matter, in the order in which it comes. */
export const thresholds = ['opened', 'warned', 'overdue', 'escalated', 'escalated-again'] as const;
export type Threshold = (typeof thresholds)[number];

/** The day on which each threshold is crossed, `YYYY-MM-DD`. Never one before the one that precedes it, but for the warning. */
export function crossings(
  { since, due, warning }: { since: string; due: string; warning: Warning },
  { escalation }: Limits,
  calendar: Calendar,
): Record<Threshold, string> {
  const warned =
    'percent' in warning
      ? addWorkingDays(since, Math.ceil((workingDaysBetween(since, due, calendar) * warning.percent) / 100), calendar)
      : addWorkingDays(due, -warning.workingDaysBefore, calendar);
  const overdue = dayAfter(due);
  const after = ({ workingDays }: Escalation): string => latest(overdue, addWorkingDays(due, workingDays, calendar));
  return {
    opened: since,
    warned: warned < since ? since : warned > due ? due : warned,
    overdue,
    escalated: after(escalation.first),
    'escalated-again': after(escalation.second),
  };
}

const latest = (a: string, b: string): string => (a > b ? a : b);
