// Composes identifiers with correct check digits, for plainly simulated records.
import { HubError } from '../errors.ts';
import { isCalendarDay } from './citizen-id.ts';
import { mod1110, mod112 } from './iso-7064.ts';
import { licenceOidCheck } from './licence-oid.ts';
import type { LicenceOidParts } from './licence-oid.ts';
import { organisationCheck } from './organisation-code.ts';
import { usccCheck } from './uscc.ts';

function demand(holds: boolean, what: string): void {
  if (!holds) throw new HubError('USAGE', `cannot compose an identifier 无法生成编码: ${what}`);
}

function demandDigits(text: string, count: number, what: string): void {
  demand(text.length === count && /^\d+$/.test(text), `${what} must be ${String(count)} digits`);
}

/** An organisation code, `XXXXXXXX-X`, from its first eight characters (`0-9A-Z`). Throws USAGE. */
export function makeOrganisationCode(organisation8: string): string {
  demand(/^[0-9A-Z]{8}$/.test(organisation8), 'the organisation must be 8 characters of 0-9A-Z');
  return `${organisation8}-${organisationCheck(organisation8)}`;
}

/**
 * A 统一社会信用代码 whose organisation code is good as well.
 * @param region6 the registering authority's region
 * @param organisation8 the first eight characters of the organisation code, without I, O, S, V, Z
 * @param category registering department and entity type: 91 企业, 92 个体工商户, 93 农民专业合作社. Throws USAGE.
 */
export function makeUscc(region6: string, organisation8: string, category = '91'): string {
  demandDigits(region6, 6, 'the region');
  const organisation = makeOrganisationCode(organisation8).replace('-', '');
  const body = category + region6 + organisation;
  const check = body.length === 17 ? usccCheck(body) : '';
  demand(check !== '', 'category and organisation must use the alphabet of GB 32100');
  return body + check;
}

/** A 15-digit 工商注册号. Throws USAGE. */
export function makeRegistrationNumber(region6: string, sequence8: string): string {
  demandDigits(region6, 6, 'the region');
  demandDigits(sequence8, 8, 'the sequence');
  const body = region6 + sequence8;
  return body + mod1110(body);
}

/** A 公民身份号码. An odd sequence is a man's. Throws USAGE. */
export function makeCitizenId(region6: string, yyyymmdd: string, sequence3: string): string {
  demandDigits(region6, 6, 'the region');
  demand(isCalendarDay(yyyymmdd), 'the birth date must be a day of the calendar');
  demandDigits(sequence3, 3, 'the sequence');
  const body = region6 + yyyymmdd + sequence3;
  return body + mod112(body);
}

/** A 投资项目代码 of the present form from YYMM, region, 中央业务指导部门代码, 项目类型代码 and five random digits. Throws USAGE. */
export function makeProjectCode(yymm: string, region6: string, department2: string, type2: string, random5: string): string {
  demand(/^\d{2}(?:0[1-9]|1[0-2])$/.test(yymm), 'the date must be YYMM');
  demandDigits(region6, 6, 'the region');
  demandDigits(department2, 2, 'the department');
  demandDigits(type2, 2, 'the type');
  demandDigits(random5, 5, 'the random part');
  const check = mod1110(yymm + region6 + department2 + type2 + random5);
  return `${yymm}-${region6}-${department2}-${type2}-${random5}${check}`;
}

/** A 证照标识 from its parts. Throws USAGE. */
export function makeLicenceOid(parts: LicenceOidParts): string {
  const check = licenceOidCheck(parts);
  demand(
    /^.{18}\d{3}$/.test(parts.type) && /^\d{3}$/.test(parts.version) && check !== '',
    'the parts must be of 0-9A-Z, the type 18 + 3 long',
  );
  return `1.2.156.3005.2.${parts.type}.${parts.issuer}.${parts.serial}.${parts.version}.${check}`;
}
