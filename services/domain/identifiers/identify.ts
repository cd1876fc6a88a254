// Says which identifier a text is, by its form, and whether it is good.
import { plainCode, plainPrint } from './characters.ts';
import { beginsWithProvince, checkCitizenId, citizenIdHolds, isCalendarDay } from './citizen-id.ts';
import { checkConsumerNumber } from './consumer-number.ts';
import { checkDivision } from './division.ts';
import { checkForeignResidentId, foreignResidentIdHolds } from './foreign-resident-id.ts';
import { checkLicenceOid } from './licence-oid.ts';
import { checkOrganisationCode } from './organisation-code.ts';
import { isPlaceholder } from './placeholder.ts';
import { checkPlanningPermit, hasPermitWording, planningPermitParts } from './planning-permit.ts';
import { checkProjectCode } from './project-code.ts';
import { checkPropertyCertificate, isOlderDeed, propertyCertificateParts } from './property-certificate.ts';
import { checkPropertyUnit } from './property-unit.ts';
import { checkRegistrationNumber, registrationHolds } from './registration-number.ts';
import { checkUscc, usccHolds } from './uscc.ts';
import { bad, warning } from './verdict.ts';
import type { Verdict, WarningCode } from './verdict.ts';

/** Planning permits began with the City Planning Act of 1990-04-01. */
const firstPermitYear = '1990';

/**
 * Says which identifier a text is and whether it is good. Placeholders and what fits nothing are `unknown` and not valid.
 * Never throws.
 */
export function identify(text: string): Verdict {
  if (usccHolds(text) && !mayBePerson(text) && !foreignResidentIdHolds(text)) return checkUscc(text);
  if (isPlaceholder(text)) return bad('unknown', 'placeholder');
  const code = plainCode(text);
  const print = plainPrint(text);
  if (code === null || print === null) return bad('unknown', 'too-long');
  return identifyCode(text, code.plain) ?? identifyPrint(text, print.plain);
}

function identifyCode(text: string, plain: string): Verdict | null {
  if (plain.startsWith('1.2.156.3005.2.')) return checkLicenceOid(text);
  if (/^\d{4}-\d{6}-\d{2}-\d{2}-\d{6}$/.test(plain) || /^\d{20}$/.test(plain)) return checkProjectCode(text);
  if (!/^[0-9A-Za-z-]+$/.test(plain)) return null;
  if (/^[0-9A-Za-z]{8}-[0-9A-Za-z]$/.test(plain)) return checkOrganisationCode(text);
  switch (plain.length) {
    case 6:
      return /^[1-9]\d{5}$/.test(plain) ? checkDivision(text) : null;
    case 9:
      return /^(?:\d{8}|[A-Za-z]{2}[0-9A-Za-z]{6}|[A-Za-z]{3}\d{5})[0-9Xx]$/.test(plain) ? checkOrganisationCode(text) : null;
    case 10:
    case 13:
      return /^\d+$/.test(plain) ? checkConsumerNumber(text) : null;
    case 15:
      return /^\d+$/.test(plain) ? identifyFifteen(text, plain) : null;
    case 18:
      return /^[0-9A-Za-z]{2}[0-9A-Za-z]{6}[0-9A-Za-z]{10}$/.test(plain) ? identifyEighteen(text, plain) : null;
    case 28:
      return /^\d{12}[A-Za-z]{2}\d{5}[A-Za-z]\d{8}$/.test(plain) ? checkPropertyUnit(text) : null;
    default:
      return null;
  }
}

function identifyPrint(text: string, plain: string): Verdict {
  if (propertyCertificateParts(plain) !== null || plain.includes('不动产') || isOlderDeed(plain)) return certificate(text, plain);
  if (planningPermitParts(plain) !== null || hasPermitWording(plain)) return checkPlanningPermit(text);
  return bad('unknown', plain.includes('號') ? 'traditional-character' : 'not-recognised');
}

function certificate(text: string, plain: string): Verdict {
  return /\d/.test(plain) ? checkPropertyCertificate(text) : bad('unknown', 'not-recognised');
}

/** 15 digits: a registration number, else a bare planning permit, else a registration number with a wrong check digit. */
function identifyFifteen(text: string, plain: string): Verdict {
  const permitYear = planningPermitParts(plain)?.year ?? '';
  const permit = permitYear >= firstPermitYear;
  const person = beginsWithProvince(plain) && isCalendarDay(`19${plain.slice(6, 12)}`);
  if (registrationHolds(plain)) return remarked(checkRegistrationNumber(text), permit ? 'ambiguous' : null);
  if (permit) return remarked(checkPlanningPermit(text), person ? 'may-be-citizen-id' : null);
  return remarked(checkRegistrationNumber(text), person ? 'may-be-citizen-id' : null);
}

/** 18 characters: the one of the two whose check passes; a person when both do, for that errs on the side of privacy. */
function identifyEighteen(text: string, plain: string): Verdict {
  const capital = plain.toUpperCase();
  const company = usccHolds(plain);
  if (foreignResidentIdHolds(capital)) return remarked(checkForeignResidentId(text), company ? 'ambiguous' : null);
  if (mayBePerson(capital)) return remarked(checkCitizenId(text), company ? 'ambiguous' : null);
  if (company) return checkUscc(text);
  const personLike = /^\d{17}[\dX]$/.test(capital) && beginsWithProvince(capital) && plausibleBirth(capital);
  return personLike ? checkCitizenId(text) : checkUscc(text);
}

/** Whether 18 characters are a citizen number that someone alive in the time of identity numbers could have. */
function mayBePerson(text: string): boolean {
  return citizenIdHolds(text) && beginsWithProvince(text) && plausibleBirth(text);
}

function plausibleBirth(text: string): boolean {
  const birth = text.slice(6, 14);
  return birth >= '18500101' && birth <= '20991231' && isCalendarDay(birth);
}

function remarked(verdict: Verdict, remark: WarningCode | null): Verdict {
  return remark === null ? verdict : { ...verdict, warnings: [...verdict.warnings, warning(remark)] };
}
