// 组织机构代码 (GB 11714-1997): eight characters and a check character.
import { plainCode } from './characters.ts';
import { bad, good, warning } from './verdict.ts';
import type { Verdict } from './verdict.ts';

const weights = [3, 7, 9, 10, 5, 8, 4, 2];
const checkCharacters = '0123456789X';
const form = /^([0-9A-Z]{8})-?([0-9X])$/;
const loose = /^([0-9A-Za-z]{8})-?([0-9A-Za-z])$/;
// Clause on reserved codes: PDY00001–PDY99999 are for internal use.
const reserved = /^PDY(?!00000)\d{5}$/;

/** The check character of the eight at `at`, or '' when one of them is not `0-9A-Z`. */
export function organisationCheck(text: string, at = 0): string {
  let sum = 0;
  for (let i = 0; i < 8; i++) {
    const value = characterValue(text.charCodeAt(at + i));
    if (value < 0) return '';
    sum += value * (weights[i] ?? 0);
  }
  return checkCharacters.charAt((11 - (sum % 11)) % 11);
}

/** Whether the nine characters at `at` (no hyphen) carry their own check character. Allocates nothing: bulk import calls it. */
export function organisationHolds(text: string, at = 0): boolean {
  const check = organisationCheck(text, at);
  return check !== '' && check === text.charAt(at + 8);
}

function characterValue(unit: number): number {
  if (unit >= 48 && unit <= 57) return unit - 48;
  if (unit >= 65 && unit <= 90) return unit - 55;
  return -1;
}

/**
 * Checks an organisation code standing on its own, with or without its hyphen; normal form `XXXXXXXX-X`.
 * Inside a 统一社会信用代码 a failing check is only a remark (real registers hold damaged ones): see `checkUscc`.
 */
export function checkOrganisationCode(text: string): Verdict {
  const read = plainCode(text);
  if (read === null) return bad('organisation-code', 'too-long');
  const { plain, warnings } = read;
  const parts = form.exec(plain);
  if (parts === null) {
    const shaped = loose.exec(plain);
    if (shaped === null) return bad('organisation-code', 'form', warnings);
    if (plain === plain.toUpperCase()) return bad('organisation-code', 'check-digit', warnings);
    const capital = plain.replace('-', '').toUpperCase();
    return bad('organisation-code', 'lower-case', organisationHolds(capital) ? [warning('capitals-would-pass'), ...warnings] : warnings);
  }
  const [, body = '', check = ''] = parts;
  if (organisationCheck(body) !== check) return bad('organisation-code', 'check-digit', warnings);
  if (reserved.test(body)) warnings.push(warning('reserved-range'));
  return good('organisation-code', `${body}-${check}`, warnings);
}
