// 投资项目代码 (GB/T 40058-2021, in force 2020-11-01), and the legacy form of 2015–2020 without a check digit.
import { plainCode } from './characters.ts';
import { remarkOnRegion } from './division.ts';
import { mod1110 } from './iso-7064.ts';
import { bad, good, warning } from './verdict.ts';
import type { Verdict } from './verdict.ts';

const form = /^(\d{4})-(\d{6})-(\d{2})-(\d{2})-(\d{6})$/;
const bare = /^(\d{4})(\d{6})(\d{2})(\d{2})(\d{6})$/;
/** First month of the present scheme as its codes write it. */
const schemeStart = '2011';

/** Whether a code's first four digits are a year of the legacy scheme; otherwise they are YYMM. 2011 and 2012 are months. */
function isLegacyProjectDate(four: string): boolean {
  return four >= '2013' && four <= '2020';
}

/**
 * Checks a project code, present form (check digit: ISO 7064 MOD 11,10 over the 19 digits before it) or legacy form (none).
 * Normal form has its four hyphens.
 */
export function checkProjectCode(text: string): Verdict {
  const read = plainCode(text);
  if (read === null) return bad('project-code', 'too-long');
  const { warnings } = read;
  const parts = form.exec(read.plain) ?? bare.exec(read.plain);
  if (parts === null) return bad('project-code', 'form', warnings);
  const [, date = '', region = ''] = parts;
  const normalised = parts.slice(1).join('-');
  if (normalised !== read.plain && warnings.length === 0) warnings.push(warning('characters-normalised'));
  if (isLegacyProjectDate(date)) {
    warnings.push(warning('legacy-form'));
    if (date < '2015') warnings.push(warning('scheme-date'));
    remarkOnRegion(region, `${date}-01-01`, warnings);
    return good('project-code', normalised, warnings);
  }
  const month = Number(date.slice(2));
  if (month < 1 || month > 12) return bad('project-code', 'form', warnings);
  const digits = parts.slice(1).join('');
  if (mod1110(digits.slice(0, 19)) !== digits.charAt(19)) return bad('project-code', 'check-digit', warnings);
  if (date < schemeStart) warnings.push(warning('scheme-date'));
  remarkOnRegion(region, `20${date.slice(0, 2)}-${date.slice(2)}-01`, warnings);
  return good('project-code', normalised, warnings);
}
