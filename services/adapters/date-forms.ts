// Dates in forms that mean another date elsewhere: read only where the mapping states the form.
import { dateAt, parseDate, startOfDay } from '../domain/time.ts';
import type { DateForm } from '../domain/source-contract.ts';

const dayMs = 24 * 3_600_000;
/** Day 0 of a spreadsheet's calendar; it takes 1900 for a leap year, so that days before March 1900 are another's. */
const spreadsheetEpoch = startOfDay('1899-12-30');
const [firstSerial, lastSerial] = [61, 2_958_465];

/** A date `YYYY-MM-DD`, or null when it is not of the form. */
export function dateIn(text: string, form: DateForm): string | null {
  const instant = instantIn(text, form);
  return instant === null ? null : dateAt(instant);
}

/** An instant in milliseconds, or null when it is not of the form. Without a time of day it is midnight in Beijing. */
export function instantIn(text: string, form: DateForm): number | null {
  if (form === 'excel-serial') {
    const days = /^\d{1,7}(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    return days >= firstSerial && days < lastSerial + 1 ? spreadsheetEpoch + Math.round(days * dayMs) : null;
  }
  const parts = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$/.exec(text);
  if (!parts) return null;
  const [, a = '', b = '', year = ''] = parts;
  const [month, day] = form === 'month/day/year' ? [a, b] : [b, a];
  const date = parseDate(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
  return date === null ? null : startOfDay(date);
}
