// 建设工程规划许可证号: the 15-digit form, the newer form with GG, and local forms kept as written.
import { plainPrint } from './characters.ts';
import { remarkOnRegion } from './division.ts';
import { bad, good, warning } from './verdict.ts';
import type { Verdict } from './verdict.ts';

const known = /^(?:([建地用乡])字第)?(\d{6})((?:19|20)\d{2})(\d{5}|[A-Z]{2}\d{7})号?$/u;
// 建字第…, 浙规证…, 保税建证…: words that local numbers of planning certificates use.
const wording = /(?:[建地用乡]字|规证|建证|规许|规建|建规|规划许可)/u;
const otherCertificate = /^[地用乡]字/u;

/** The parts of a number in a known form. */
export interface PlanningPermitParts {
  /** 建 for a construction planning permit; 地, 用, 乡 for the other planning certificates. */
  word: string;
  region: string;
  year: string;
  serial: string;
}

/** The parts of a number in a known form, or null when it is a local one. The word is 建 unless the text says otherwise. */
export function planningPermitParts(number: string): PlanningPermitParts | null {
  const match = known.exec(number);
  if (match === null) return null;
  const [, word = '建', region = '', year = '', serial = ''] = match;
  return { word, region, year, serial };
}

/** Whether a plain text reads like the number of a planning certificate of some place. */
export function hasPermitWording(plain: string): boolean {
  return !plain.includes('號') && wording.test(plain) && /\d/.test(plain);
}

/**
 * Checks the number of a 建设工程规划许可证. Normal form: `建字第…号` when the form is known; local numbers keep their wording,
 * with ASCII brackets and no blanks, and are never refused. Numbers written with 號 are not mainland certificates.
 */
export function checkPlanningPermit(text: string): Verdict {
  const read = plainPrint(text);
  if (read === null) return bad('planning-permit', 'too-long');
  const { plain, warnings } = read;
  if (plain.includes('號')) return bad('planning-permit', 'traditional-character', warnings);
  const parts = planningPermitParts(plain);
  if (parts === null) {
    if (!/\d/.test(plain)) return bad('planning-permit', 'form', warnings);
    warnings.push(warning('legacy-form'));
    if (otherCertificate.test(plain)) warnings.push(warning('other-planning-certificate'));
    return good('planning-permit', plain, warnings);
  }
  if (parts.word !== '建') warnings.push(warning('other-planning-certificate'));
  remarkOnRegion(parts.region, `${parts.year}-01-01`, warnings);
  return good('planning-permit', `${parts.word}字第${parts.region}${parts.year}${parts.serial}号`, warnings);
}
