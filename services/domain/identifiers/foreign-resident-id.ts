// 外国人永久居留身份证号 (GA 2102-2023): 9, 2 digits of province, 3 of nationality, 8 of birth date, 3 of sequence, 1 check digit.
import { plainCode } from './characters.ts';
import { isCalendarDay } from './citizen-id.ts';
import { mod112 } from './iso-7064.ts';
import { bad, good } from './verdict.ts';
import type { Verdict } from './verdict.ts';

const form = /^9\d{16}[\dX]$/;

/** Whether 18 characters are such a number exactly as written: check digit and a birth date that somebody alive may have. */
export function foreignResidentIdHolds(text: string): boolean {
  const birth = text.slice(6, 14);
  return (
    form.test(text) && birth >= '18500101' && birth <= '20991231' && isCalendarDay(birth) && mod112(text.slice(0, 17)) === text.charAt(17)
  );
}

/** Checks a 外国人永久居留身份证号; normal form has a capital X. */
export function checkForeignResidentId(text: string): Verdict {
  const read = plainCode(text);
  if (read === null) return bad('foreign-resident-id', 'too-long');
  const { warnings } = read;
  const plain = read.plain.toUpperCase();
  if (!form.test(plain)) return bad('foreign-resident-id', 'form', warnings);
  if (!isCalendarDay(plain.slice(6, 14))) return bad('foreign-resident-id', 'birth-date', warnings);
  if (mod112(plain.slice(0, 17)) !== plain.charAt(17)) return bad('foreign-resident-id', 'check-digit', warnings);
  return good('foreign-resident-id', plain, warnings);
}
