// 公民身份号码 (GB 11643-1999): 6 digits of region, 8 of birth date, 3 of sequence, 1 check character.
import { plainCode } from './characters.ts';
import { remarkOnRegion } from './division.ts';
import { mod112 } from './iso-7064.ts';
import { bad, good, warning } from './verdict.ts';
import type { Verdict } from './verdict.ts';

const form = /^\d{17}[\dX]$/;
const firstGeneration = /^\d{15}$/;
// Provinces of GB/T 2260, and 81–83 as residents' permits for Hong Kong, Macao and Taiwan begin.
const province = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])/;
/** Numbers were first given out in 1984, so a region is judged as of then at the earliest. */
const firstIssued = '1984-10-01';

/** Whether the text begins with the code of a province. */
export function beginsWithProvince(text: string): boolean {
  return province.test(text);
}

/** Whether `YYYYMMDD` is a day of the calendar. Any year: people born in the 1880s were numbered too. */
export function isCalendarDay(yyyymmdd: string): boolean {
  if (!/^\d{8}$/.test(yyyymmdd)) return false;
  const year = Number(yyyymmdd.slice(0, 4));
  const month = Number(yyyymmdd.slice(4, 6));
  const day = Number(yyyymmdd.slice(6, 8));
  if (year === 0 || month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
}

/** Whether 18 characters are a citizen number exactly as written: check character and a real birth date. */
export function citizenIdHolds(text: string): boolean {
  return form.test(text) && mod112(text.slice(0, 17)) === text.charAt(17) && isCalendarDay(text.slice(6, 14));
}

/**
 * Checks a 公民身份号码; normal form has a capital X. A 15-digit first-generation number (old deeds) is accepted and remarked on.
 * Old birth dates are never refused by their year.
 */
export function checkCitizenId(text: string): Verdict {
  const read = plainCode(text);
  if (read === null) return bad('citizen-id', 'too-long');
  const { warnings } = read;
  let { plain } = read;
  if (plain.endsWith('x')) {
    plain = plain.toUpperCase();
    warnings.push(warning('lower-case'));
  }
  if (firstGeneration.test(plain)) return checkFirstGeneration(plain, warnings);
  if (!form.test(plain)) return bad('citizen-id', 'form', warnings);
  const birth = plain.slice(6, 14);
  if (!isCalendarDay(birth)) return bad('citizen-id', 'birth-date', warnings);
  if (mod112(plain.slice(0, 17)) !== plain.charAt(17)) return bad('citizen-id', 'check-digit', warnings);
  if (birth < '18500101' || birth > '20991231') warnings.push(warning('birth-year-unusual'));
  const born = `${birth.slice(0, 4)}-${birth.slice(4, 6)}-${birth.slice(6)}`;
  remarkOnRegion(plain.slice(0, 6), born > firstIssued ? born : firstIssued, warnings);
  return good('citizen-id', plain, warnings);
}

function checkFirstGeneration(plain: string, warnings: Verdict['warnings']): Verdict {
  // The century is not written: a day is real if it is real in either.
  const day = plain.slice(6, 12);
  if (!isCalendarDay(`19${day}`) && !isCalendarDay(`18${day}`)) return bad('citizen-id', 'birth-date', warnings);
  warnings.push(warning('first-generation'));
  remarkOnRegion(plain.slice(0, 6), firstIssued, warnings);
  return good('citizen-id', plain, warnings);
}

/**
 * The number as it may be shown: region and last four kept, the birth date hidden (`110105********002X`).
 * Anything that does not have the form is hidden whole.
 */
export function maskCitizenId(text: string): string {
  const plain = plainCode(text)?.plain.toUpperCase() ?? '';
  if (form.test(plain)) return `${plain.slice(0, 6)}********${plain.slice(14)}`;
  if (firstGeneration.test(plain)) return `${plain.slice(0, 6)}******${plain.slice(12)}`;
  return '*'.repeat(Math.min(plain.length, 18));
}
