// 证照标识 (GB/T 36904-2018): the object identifier of an electronic licence, closed by ISO 7064 MOD 37,36.
import { plainCode } from './characters.ts';
import { mod3736 } from './iso-7064.ts';
import { usccHolds } from './uscc.ts';
import { bad, good, warning } from './verdict.ts';
import type { Verdict } from './verdict.ts';

// Root, type (18-character code of the competent body and 3 digits), issuer, serial, version, check. Issuer and serial vary in length.
const form = /^1\.2\.156\.3005\.2\.([0-9A-Z]{18}\d{3})\.([0-9A-Z]{1,40})\.([0-9A-Z]{1,64})\.(\d{3})\.([0-9A-Z])$/;

/** The parts of a licence identifier. */
export interface LicenceOidParts {
  /** 证照类型代码 */
  type: string;
  /** 证照颁发机构代码: usually, not always, a unified social credit code */
  issuer: string;
  /** 流水号 */
  serial: string;
  /** 版本号 */
  version: string;
}

/** The parts of a licence identifier, or null when it does not have the form. The check character is not judged. */
export function licenceOidParts(oid: string): LicenceOidParts | null {
  const match = form.exec(oid);
  if (match === null) return null;
  const [, type = '', issuer = '', serial = '', version = ''] = match;
  return { type, issuer, serial, version };
}

/** The check character: over type, issuer, serial and version run together, without root and dots. */
export function licenceOidCheck(parts: LicenceOidParts): string {
  return mod3736(parts.type + parts.issuer + parts.serial + parts.version);
}

/** Checks a 证照标识. */
export function checkLicenceOid(text: string): Verdict {
  const read = plainCode(text);
  if (read === null) return bad('licence-oid', 'too-long');
  const { plain, warnings } = read;
  const parts = licenceOidParts(plain);
  if (parts === null) {
    return bad('licence-oid', form.test(plain.toUpperCase()) ? 'lower-case' : 'form', warnings);
  }
  if (licenceOidCheck(parts) !== plain.slice(-1)) return bad('licence-oid', 'check-digit', warnings);
  if (!usccHolds(parts.type.slice(0, 18))) warnings.push(warning('type-code'));
  return good('licence-oid', plain, warnings);
}
