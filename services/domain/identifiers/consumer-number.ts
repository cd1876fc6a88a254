// 户号 (用电户号): the utility's number for a meter account, 13 digits, formerly 10. A string: leading zeros count.
import { plainCode } from './characters.ts';
import { bad, good, warning } from './verdict.ts';
import type { Verdict } from './verdict.ts';

/** Checks a 户号. No check digit is published, so only the form can be judged; ten digits are the legacy form. */
export function checkConsumerNumber(text: string): Verdict {
  const read = plainCode(text);
  if (read === null) return bad('consumer-number', 'too-long');
  const { plain, warnings } = read;
  if (/^\d{13}$/.test(plain)) return good('consumer-number', plain, warnings);
  if (!/^\d{10}$/.test(plain)) return bad('consumer-number', 'form', warnings);
  warnings.push(warning('legacy-form'));
  return good('consumer-number', plain, warnings);
}
