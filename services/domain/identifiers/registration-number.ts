// 15-digit 工商注册号 (GS15-2006): 6 digits of the first registering authority, 8 of sequence, 1 check digit.
import { plainCode } from './characters.ts';
import { remarkOnRegion } from './division.ts';
import { mod1110 } from './iso-7064.ts';
import { bad, good } from './verdict.ts';
import type { Verdict } from './verdict.ts';

const form = /^\d{15}$/;

/** Whether 15 digits carry their check digit (ISO 7064 MOD 11,10 over the first 14). */
export function registrationHolds(text: string): boolean {
  return form.test(text) && mod1110(text.slice(0, 14)) === text.charAt(14);
}

/**
 * Checks a registration number from before the 统一社会信用代码; 个体工商户 and old documents still carry one.
 * @param on the document's own date (`YYYY-MM-DD`), if known
 */
export function checkRegistrationNumber(text: string, on?: string): Verdict {
  const read = plainCode(text);
  if (read === null) return bad('registration-number', 'too-long');
  const { plain, warnings } = read;
  if (!form.test(plain)) return bad('registration-number', 'form', warnings);
  if (!registrationHolds(plain)) return bad('registration-number', 'check-digit', warnings);
  remarkOnRegion(plain.slice(0, 6), on, warnings);
  return good('registration-number', plain, warnings);
}
