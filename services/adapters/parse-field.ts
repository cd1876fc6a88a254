// One value of a source's record as the contract's type, or why it is none.
import { checkConsumerNumber } from '../domain/identifiers/consumer-number.ts';
import { isPlaceholder } from '../domain/identifiers/placeholder.ts';
import { checkPlanningPermit } from '../domain/identifiers/planning-permit.ts';
import { checkProjectCode } from '../domain/identifiers/project-code.ts';
import { checkPropertyCertificate } from '../domain/identifiers/property-certificate.ts';
import { checkPropertyUnit } from '../domain/identifiers/property-unit.ts';
import { checkUscc } from '../domain/identifiers/uscc.ts';
import { parseDate, parseInstant } from '../domain/time.ts';
import { dateIn, instantIn } from './date-forms.ts';
import type { Verdict } from '../domain/identifiers/verdict.ts';
import type { DateForm, FieldType } from '../domain/source-contract.ts';

/** A usable value with what was irregular about it; or the code of what makes it unusable. `null` means the record says nothing. */
export type Parsed = { value: string | number | boolean | null; warnings?: string[] } | { problem: string };

const longestText = 32_768;
const identifiers: Partial<Record<FieldType, (text: string) => Verdict>> = {
  uscc: checkUscc,
  'property-unit': checkPropertyUnit,
  'property-certificate': checkPropertyCertificate,
  'project-code': checkProjectCode,
  'planning-permit': checkPlanningPermit,
  'consumer-number': checkConsumerNumber,
};

/** Reads one value. Placeholders that registries write for "nothing" (DOMAIN §5) count as nothing. */
export function parseField(type: FieldType, raw: unknown, form?: DateForm): Parsed {
  const text = textOf(raw);
  if (text === undefined) return { problem: 'not-a-value' };
  if (text === '' || isPlaceholder(text)) return { value: null };
  const check = identifiers[type];
  if (check) {
    const verdict = check(text);
    const warnings = verdict.warnings.map((warning) => warning.code);
    return verdict.valid ? { value: verdict.normalised ?? text, warnings } : { problem: warnings[0] ?? 'malformed' };
  }
  switch (type) {
    case 'date':
      if (endless.test(text)) return { value: null };
      return orProblem(form ? dateIn(narrow(text), form) : parseDate(narrow(text)), 'not-a-date');
    case 'datetime':
      return orProblem(form ? instantIn(narrow(text), form) : parseInstant(narrow(text)), 'not-a-time');
    case 'decimal':
      return /^-?\d{1,18}(\.\d{1,8})?$/.test(narrow(text)) ? { value: narrow(text) } : { problem: 'not-a-number' };
    case 'integer':
      // A spreadsheet writes whole numbers as 3.0 too.
      return /^\d{1,15}(\.0+)?$/.test(narrow(text)) ? { value: Number(narrow(text)) } : { problem: 'not-a-number' };
    case 'boolean':
      return booleans.has(text) ? { value: booleans.get(text)! } : { problem: 'not-a-boolean' };
    default:
      return text.length > longestText ? { problem: 'too-long' } : { value: text };
  }
}

/** Full-width digits and signs as the narrow ones that they stand for (Unicode NFKC). */
const narrow = (text: string): string => (/[^\x20-\x7e]/.test(text) ? text.normalize('NFKC') : text);

/** What stands in place of a last day where there is none (长期). */
const endless = /^(?:长期(?:有效)?|永久|永续|无固定期限|无期限)$/;

const booleans = new Map<string, boolean>([
  ['1', true],
  ['true', true],
  ['是', true],
  ['0', false],
  ['false', false],
  ['否', false],
]);

const orProblem = (value: string | number | null, problem: string): Parsed => (value === null ? { problem } : { value });

/** Control characters must not reach keys, tables or terminals. */
const control = /\p{Cc}+/gu;
const plain = (text: string): string => text.replace(control, ' ').trim();

/** Text of a scalar, trimmed and without control characters; undefined for anything that is no scalar. */
function textOf(raw: unknown): string | undefined {
  if (typeof raw === 'string') return plain(raw);
  if (raw === null || raw === undefined) return '';
  if (typeof raw === 'number') return Number.isFinite(raw) ? String(raw) : undefined;
  return typeof raw === 'boolean' ? String(raw) : undefined;
}
