// Figures of supervision (日统计、周通报、月考核): what came in, what was done, in time or not, by whom.
import { HubError } from './errors.ts';
import { matterType } from './supervision.ts';
import { dateAt, dayAfter, parseDate, startOfDay } from './time.ts';
import { workingDaysBetween } from './working-days.ts';
import type { Occurrence } from './supervision.ts';
import type { Calendar } from './working-days.ts';

export const periods = ['day', 'week', 'month'] as const;
export type Period = (typeof periods)[number];

export interface Span {
  /** First and last day, `YYYY-MM-DD`. */
  from: string;
  to: string;
}

/** Conservation: carried + received = finished + open. */
export interface Figures {
  /** Open when the period began. */
  carried: number;
  /** Begun within it. */
  received: number;
  /** Settled within it. */
  finished: number;
  finishedInTime: number;
  /** Of `finished`, those that took longer than their limit. */
  finishedLate: number;
  /** Open when it ended, and of those past their last day. */
  open: number;
  openOverdue: number;
  /** That became overdue, or were escalated for the first or second time, within it. */
  overdue: number;
  escalated: number;
  escalatedAgain: number;
  /** From beginning to end, of those finished; null where none was. Two decimals. */
  averageWorkingDays: number | null;
}

export interface SupervisionReport extends Span {
  period: Period;
  total: Figures;
  /** By role, by division code (`-` where none is known), by application type, and by step. */
  by: Record<'responsible' | 'region' | 'type' | 'step', Record<string, Figures>>;
}

/** The day, the week from Monday, or the month that a date lies in. Errors: USAGE when it is no date. */
export function spanOf(period: Period, date: string): Span {
  if (parseDate(date) !== date) throw new HubError('USAGE', `"${date}" is no date; write 2026-01-31 日期应写作此格式`);
  if (period === 'day') return { from: date, to: date };
  const day = 86_400_000;
  if (period === 'week') {
    // 5 January 1970 was a Monday.
    const monday = startOfDay('1970-01-05') + Math.floor((startOfDay(date) - startOfDay('1970-01-05')) / (7 * day)) * 7 * day;
    return { from: dateAt(monday), to: dateAt(monday + 6 * day) };
  }
  const [year, month] = [Number(date.slice(0, 4)), Number(date.slice(5, 7))];
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { from: `${date.slice(0, 8)}01`, to: `${date.slice(0, 8)}${String(last).padStart(2, '0')}` };
}

interface Counted {
  figures: Figures;
  /** Working days of all that were finished. */
  spent: number;
}

export interface ReportMaker {
  add(occurrence: Occurrence): void;
  report(): SupervisionReport;
}

/** Adds up occurrences one at a time, so that none need be kept. */
export function reportMaker(period: Period, span: Span, calendar: Calendar): ReportMaker {
  const total = newCount();
  const group = (): Map<string, Counted> => new Map<string, Counted>();
  const groups = { responsible: group(), region: group(), type: group(), step: group() };
  const within = (date: string | undefined): boolean => date !== undefined && date >= span.from && date <= span.to;
  return {
    add(occurrence) {
      const { since, settled, due, reached } = occurrence;
      // Not begun by then, or over before.
      if (since > span.to || (settled !== null && settled < span.from)) return;
      const late = settled !== null && settled > due;
      const ended = settled !== null && settled <= span.to;
      const spent = ended ? workingDaysBetween(since, settled, calendar) : 0;
      // From the day after the last; whatever was settled by its last day never was.
      const overdueOn = settled !== null && !late ? undefined : dayAfter(due);
      const keys = {
        responsible: occurrence.responsible ?? '-',
        region: occurrence.region ?? '-',
        type: matterType(occurrence),
        step: occurrence.step.split('.')[0]!,
      };
      for (const counted of [total, ...(Object.keys(keys) as (keyof typeof keys)[]).map((by) => countIn(groups[by], keys[by]))]) {
        const { figures } = counted;
        if (since < span.from) figures.carried++;
        else figures.received++;
        if (ended) {
          figures.finished++;
          if (late) figures.finishedLate++;
          else figures.finishedInTime++;
          counted.spent += spent;
        } else {
          figures.open++;
          if (due < span.to) figures.openOverdue++;
        }
        if (within(overdueOn)) figures.overdue++;
        if (within(reached.escalated)) figures.escalated++;
        if (within(reached['escalated-again'])) figures.escalatedAgain++;
      }
    },
    report: () => ({
      period,
      ...span,
      total: averaged(total),
      by: {
        responsible: averagedAll(groups.responsible),
        region: averagedAll(groups.region),
        type: averagedAll(groups.type),
        step: averagedAll(groups.step),
      },
    }),
  };
}

const newCount = (): Counted => ({
  figures: {
    ...{ carried: 0, received: 0, finished: 0, finishedInTime: 0, finishedLate: 0, open: 0, openOverdue: 0 },
    ...{ overdue: 0, escalated: 0, escalatedAgain: 0, averageWorkingDays: null },
  },
  spent: 0,
});

function countIn(group: Map<string, Counted>, key: string): Counted {
  const counted = group.get(key) ?? newCount();
  group.set(key, counted);
  return counted;
}

const averaged = ({ figures, spent }: Counted): Figures => ({
  ...figures,
  averageWorkingDays: figures.finished === 0 ? null : Math.round((spent / figures.finished) * 100) / 100,
});

const averagedAll = (group: Map<string, Counted>): Record<string, Figures> =>
  Object.fromEntries([...group].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, counted]) => [key, averaged(counted)]));
