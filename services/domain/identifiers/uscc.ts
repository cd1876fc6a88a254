// 统一社会信用代码 (GB 32100-2015): 18 characters, the last a check character.
import { plainCode } from './characters.ts';
import { remarkOnRegion } from './division.ts';
import { organisationHolds } from './organisation-code.ts';
import { bad, good, warning } from './verdict.ts';
import type { Verdict, Warning } from './verdict.ts';

const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const weights = Uint8Array.from({ length: 17 }, (_, i) => Number(3n ** BigInt(i) % 31n));
const foreign = 255;
/** Value of each ASCII character in the alphabet, or `foreign`. */
const values = new Uint8Array(128).fill(foreign);
for (const [value, character] of Array.from(alphabet).entries()) values[character.charCodeAt(0)] = value;

/** 登记管理部门 and 机构类别, the pairs in use; a pair outside is remarked on, for the list grows. */
const categories = new Set(
  '11 12 13 19 21 29 31 32 33 34 35 39 41 49 51 52 53 54 55 59 61 62 69 71 72 79 81 89 91 92 93 A1 A9 N1 N2 N3 N9 Y1'.split(' '),
);

/** The check character over the first 17 characters, or '' when one is outside the alphabet (GB 32100 §5, 31 maps to 0). */
export function usccCheck(text: string): string {
  let sum = 0;
  for (let i = 0; i < 17; i++) {
    const value = values[text.charCodeAt(i)] ?? foreign;
    if (value === foreign) return '';
    sum += value * (weights[i] ?? 0);
  }
  return alphabet.charAt((31 - (sum % 31)) % 31);
}

/** Whether these 18 characters are a good code exactly as written. Allocates nothing: bulk import calls it. */
export function usccHolds(text: string): boolean {
  if (text.length !== 18) return false;
  let sum = 0;
  for (let i = 0; i < 17; i++) {
    const value = values[text.charCodeAt(i)] ?? foreign;
    if (value === foreign || (value > 9 && i > 1 && i < 8)) return false;
    sum += value * (weights[i] ?? 0);
  }
  return (31 - (sum % 31)) % 31 === values[text.charCodeAt(17)];
}

/**
 * Checks a 统一社会信用代码. Lower-case letters, a wrong check character or a wrong form are refused;
 * the region, the category and the organisation code inside are only remarked on (DOMAIN: real registers are irregular there).
 * @param on the document's own date (`YYYY-MM-DD`), if known: the region is judged as of it
 */
export function checkUscc(text: string, on?: string): Verdict {
  if (usccHolds(text)) return good('uscc', text, remarks(text, [], on));
  const read = plainCode(text);
  if (read === null) return bad('uscc', 'too-long');
  const { plain, warnings } = read;
  if (usccHolds(plain)) return good('uscc', plain, remarks(plain, warnings, on));
  return refuse(plain, warnings);
}

function refuse(plain: string, warnings: Warning[]): Verdict {
  if (plain.length === 18 && !organisationHolds(plain, 8)) warnings.push(warning('organisation-code-check'));
  if (!/^[0-9A-Za-z]{2}[0-9]{6}[0-9A-Za-z]{10}$/.test(plain)) return bad('uscc', 'form', warnings);
  if (/[a-z]/.test(plain)) {
    const more = usccHolds(plain.toUpperCase()) ? [warning('capitals-would-pass'), ...warnings] : warnings;
    return bad('uscc', 'lower-case', more);
  }
  if (/[IOSVZ]/.test(plain)) return bad('uscc', 'letter-not-allowed', warnings);
  return bad('uscc', 'check-digit', warnings);
}

function remarks(code: string, warnings: Warning[], on: string | undefined): Warning[] {
  if (!organisationHolds(code, 8)) warnings.push(warning('organisation-code-check'));
  if (!categories.has(code.slice(0, 2))) warnings.push(warning('category-unknown'));
  remarkOnRegion(code.slice(2, 8), on, warnings);
  return warnings;
}
