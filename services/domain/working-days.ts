// Working days (工作日): weekdays, but for public holidays and the weekend days worked in their stead (调休).
import { HubError } from './errors.ts';
import { dateAt, dayAfter, parseDate, startOfDay } from './time.ts';
import type { Bilingual } from './source-contract.ts';

/** As `contracts/calendar.yaml` states it; dates are `YYYY-MM-DD`. */
export interface CalendarContract {
  version: number;
  years: { year: number; source: string; holidays: { title: Bilingual; from: string; to: string }[]; worked: string[] }[];
}

export interface Calendar {
  /** Years whose holidays are known, e.g. `2026`; of any other only its weekends are. */
  years: ReadonlySet<string>;
  off: ReadonlySet<string>;
  worked: ReadonlySet<string>;
}

const day = 86_400_000;

/** Makes a calendar ready. Errors: CONTRACT_INVALID for a date that is none, lies in another year, or contradicts another. */
export function compileCalendar({ years }: CalendarContract): Calendar {
  const [known, off, worked] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const refuse = (what: string): never => {
    throw new HubError('CONTRACT_INVALID', `contracts/calendar.yaml: ${what}`);
  };
  for (const { year, holidays, worked: inStead } of years) {
    if (known.has(String(year))) refuse(`the year ${year} stands twice`);
    known.add(String(year));
    for (const date of [...holidays.flatMap(({ from, to }) => [from, to]), ...inStead])
      if (parseDate(date) !== date || Number(date.slice(0, 4)) !== year) refuse(`${date} is no date of ${year}`);
    for (const { from, to } of holidays) {
      if (to < from) refuse(`a holiday ends on ${to}, before ${from}`);
      for (let date = from; date <= to; date = dayAfter(date)) off.add(date);
    }
    for (const date of inStead) {
      if (!isWeekend(date)) refuse(`${date} is a working day in any case`);
      if (off.has(date)) refuse(`${date} is both a holiday and worked`);
      worked.add(date);
    }
  }
  return { years: known, off, worked };
}

/** Beijing's day of the week: 1 January 1970 was a Thursday. */
function isWeekend(date: string): boolean {
  const weekday = (Math.floor((startOfDay(date) + 8 * 3_600_000) / day) + 4) % 7;
  return weekday === 0 || weekday === 6;
}

export const isWorkingDay = (date: string, { off, worked }: Calendar): boolean => worked.has(date) || (!off.has(date) && !isWeekend(date));

/**
 * The date that is `days` working days after a date. The day itself does not count (民法典第201条), so that a limit of one
 * working day that begins on a Friday ends on Monday; 0 gives the date itself. Negative counts backwards.
 */
export function addWorkingDays(date: string, days: number, calendar: Calendar): string {
  const step = days < 0 ? -day : day;
  let at = startOfDay(date);
  for (let left = Math.abs(days); left > 0;) {
    at += step;
    if (isWorkingDay(dateAt(at), calendar)) left--;
  }
  return dateAt(at);
}

/** How many working days lie after `from` up to and including `to`; negative when `to` is the earlier. */
export function workingDaysBetween(from: string, to: string, calendar: Calendar): number {
  // Subtracted, so that none is 0 and not -0.
  if (to < from) return 0 - workingDaysBetween(to, from, calendar);
  let count = 0;
  for (let at = startOfDay(from) + day; at <= startOfDay(to); at += day) if (isWorkingDay(dateAt(at), calendar)) count++;
  return count;
}

/** The years from one date to another whose holidays are not known, so that only weekends were left out. */
export function yearsUnknown(from: string, to: string, { years }: Calendar): string[] {
  const unknown: string[] = [];
  for (let year = Number(from.slice(0, 4)); year <= Number(to.slice(0, 4)); year++)
    if (!years.has(String(year))) unknown.push(String(year));
  return unknown;
}
