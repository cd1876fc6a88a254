// 不动产权证号 and 不动产证明号: `<省区市简称>(<年份>)<所在市县全称>不动产权第<顺序号>号`, and older deeds as written.
import { plainPrint } from './characters.ts';
import { bad, good, warning } from './verdict.ts';
import type { Verdict } from './verdict.ts';

// The place may lack its 区 or read like 浦字; serials of 5 to 10 digits occur.
const form = /^(\p{Script=Han})\((\d{4})\)([^()]{1,40}?)不动产(权|证明)第(\d{5,10})号$/u;
// 甬 (宁波) stood for a city under separate planning; both abbreviations of a province occur.
const abbreviations = '京津冀晋蒙辽吉黑沪苏浙甬皖闽赣鲁豫鄂湘粤桂琼渝川蜀贵黔云滇藏陕秦甘陇青宁新台港澳';
const olderDeed = /(?:房权证|房地权证|房地证|房产证|房产权证|房字第|房屋所有权证|国用|集用|集有|土地证|土地使用证|林证字)/u;

/** The four fields that registries keep of a certificate number. */
export interface PropertyCertificateParts {
  /** 省区市简称 */
  province: string;
  /** 年份 */
  year: string;
  /** 所在市县全称 */
  place: string;
  /** 证号流水号 */
  serial: string;
  document: 'certificate' | 'proof';
}

/** The parts of a certificate number in its normal form, or null when it is an older deed or no certificate number. */
export function propertyCertificateParts(number: string): PropertyCertificateParts | null {
  const match = form.exec(number);
  if (match === null) return null;
  const [, province = '', year = '', place = '', what = '', serial = ''] = match;
  return { province, year, place, serial, document: what === '权' ? 'certificate' : 'proof' };
}

/**
 * Checks the number of a 不动产权证 or 不动产证明; normal form has ASCII brackets and no blanks.
 * Numbers of older deeds (房产证, 土地证) are accepted as written and remarked on. Never a key on its own: the unit code is.
 */
export function checkPropertyCertificate(text: string): Verdict {
  const read = plainPrint(text);
  if (read === null) return bad('property-certificate', 'too-long');
  const { plain, warnings } = read;
  const parts = propertyCertificateParts(plain);
  if (parts !== null) {
    if (!abbreviations.includes(parts.province)) warnings.push(warning('province-abbreviation-unknown'));
    return good('property-certificate', plain, warnings);
  }
  if (plain.includes('號')) return bad('property-certificate', 'traditional-character', warnings);
  if (!isOlderDeed(plain) && !/^\d{5,12}$/.test(plain)) return bad('property-certificate', 'form', warnings);
  warnings.push(warning('legacy-form'));
  return good('property-certificate', plain, warnings);
}

/** Whether a plain text reads like the number of a 房产证 or 土地证 from before unified registration. */
export function isOlderDeed(plain: string): boolean {
  return !plain.includes('不动产') && !plain.includes('號') && olderDeed.test(plain) && /\d/.test(plain);
}
