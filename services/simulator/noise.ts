// What goes wrong with records on their way here, as real registries show it (DOMAIN §3, §5, §12), laid over the stories.
import type { FactFamily } from '../domain/events.ts';
import type { Random } from './random.ts';
import type { Fields } from './registers.ts';

/**
 * `duplicate` the record comes twice · `print` brackets, blanks and widths as certificates print them · `placeholder` something
 * optional holds `/`, `无`, … · `correction` 更正 follows, a version higher · `conflict` the same version says something else ·
 * `damage` a required field is unusable, which quarantines the record.
 */
export const noiseKinds = ['duplicate', 'print', 'placeholder', 'correction', 'conflict', 'damage'] as const;
type NoiseKind = (typeof noiseKinds)[number];

/** How often each occurs when something does. */
const odds: readonly NoiseKind[] = [
  'duplicate',
  'duplicate',
  'duplicate',
  'print',
  'print',
  'print',
  'placeholder',
  'placeholder',
  'placeholder',
  'correction',
  'correction',
  'conflict',
  'damage',
];
const placeholders = ['/', '无', '1900-01-01', '-1', '', 'N/A'] as const;

/** Which fields of a source each kind touches. */
interface Touch {
  subject: string;
  change: string;
  corrected: string;
  version: string;
  /** Free text or a measure that a clerk gets wrong, and what was meant cannot matter elsewhere. */
  slip: string;
  optional: readonly string[];
  printed: readonly string[];
  required: readonly string[];
}

const touches: Record<FactFamily, Touch> = {
  'business-licence': {
    subject: 'UNISCID',
    change: 'BIZTYPE',
    corrected: '更正',
    version: 'VERSION',
    slip: 'OPSCOPE',
    optional: ['REGCAP', 'OPTO', 'REGORG_CN'],
    printed: ['ENTNAME'],
    required: ['UNISCID', 'ENTNAME'],
  },
  'property-right': {
    subject: 'BDCDYH',
    change: 'DJLX',
    corrected: '500',
    version: 'BBH',
    slip: 'QLLX',
    optional: ['MJ', 'SYQX', 'QLLX'],
    printed: ['BDCDYH', 'BDCQZH', 'ZL'],
    required: ['BDCDYH', 'DJSJ', 'YWH'],
  },
  'project-approval': {
    subject: 'deal_code',
    change: 'CHANGE_TYPE',
    corrected: '更正',
    version: 'VERSION',
    slip: 'DOCUMENT_NO',
    optional: ['DOCUMENT_NO', 'DEPT_NAME'],
    printed: ['BDCDYH', 'project_dept'],
    required: ['deal_code', 'apply_project_name'],
  },
  'planning-permit': {
    subject: 'certificatenumber',
    change: 'bglx',
    corrected: '更正',
    version: 'version',
    slip: 'jsgm',
    optional: ['jsgm', 'fzjg'],
    printed: ['bdcdyh', 'buildunit', 'certificatenumber'],
    required: ['certificatenumber', 'bglx'],
  },
  'house-transfer': {
    subject: 'slbh',
    change: 'hj',
    corrected: '更正',
    version: 'bbh',
    slip: 'yt',
    optional: ['mj', 'yt'],
    printed: ['bdcdyh', 'bdcqzh', 'zl'],
    required: ['slbh', 'zt'],
  },
  'meter-account': {
    subject: 'consno',
    change: 'ywlx',
    corrected: '更正',
    version: 'bbh',
    slip: 'orgNo',
    optional: ['rl', 'orgNo'],
    printed: ['bdcdyh', 'yddz'],
    required: ['consno', 'ywlx'],
  },
};

/**
 * One source's records of one story, disturbed.
 * @param rate how often something happens to a record, 0 to 1
 * @param forced what must happen to the last record, for showing each kind
 */
export function disturb(records: readonly Fields[], source: FactFamily, random: Random, rate: number, forced?: NoiseKind): Fields[] {
  const touch = touches[source];
  return records.flatMap((record, i) => {
    const last = i === records.length - 1;
    const label = `${source}${i}`;
    if (forced !== undefined ? !last : !random.chance(rate, label)) return [record];
    return disturbed(record, forced ?? random.pick(odds, `${label}/kind`), touch, random, label, isNewest(records, i, touch.subject));
  });
}

function isNewest(records: readonly Fields[], at: number, subject: string): boolean {
  return !records.some((record, i) => i > at && record[subject] === records[at]?.[subject]);
}

function disturbed(record: Fields, kind: NoiseKind, touch: Touch, random: Random, label: string, newest: boolean): Fields[] {
  switch (kind) {
    case 'duplicate':
      return [record, record];
    case 'print':
      return [
        { ...record, ...Object.fromEntries(touch.printed.map((field) => [field, printed(String(record[field]), random, label + field)])) },
      ];
    case 'placeholder':
      return [{ ...record, [random.pick(touch.optional, `${label}/field`)]: random.pick(placeholders, `${label}/placeholder`) }];
    case 'correction':
      // Versions rise over the subject, so only its newest record can be corrected without contradicting the next.
      if (!newest) return [record, record];
      return [
        { ...record, [touch.slip]: '模拟录入错误' },
        { ...record, [touch.change]: touch.corrected, [touch.version]: Number(record[touch.version]) + 1 },
      ];
    case 'conflict':
      return [record, { ...record, [touch.slip]: '模拟不一致内容' }];
    case 'damage': {
      const field = random.pick(touch.required, `${label}/field`);
      return [{ ...record, [field]: damaged(field, String(record[field]), random, label) }];
    }
  }
}

/** Changing only what certificates print freely: brackets, blanks, full and half width. */
function printed(text: string, random: Random, label: string): string {
  const blank = random.pick([' ', '　'], label);
  if (/^\d{12}[A-Z]{2}\d{5}[A-Z]\d{8}$/.test(text))
    return [text.slice(0, 6), text.slice(6, 12), text.slice(12, 19), text.slice(19)].join(blank);
  if (text.includes('不动产权第'))
    return text
      .replace('(', '（')
      .replace(')', '）')
      .replace(/第(\d+)号/, `${blank}第${blank}$1${blank}号`);
  if (/^[建地]字第/.test(text)) return text.replace(/^(.字第)(\d{6})/, `$1${blank}$2${blank}`);
  if (/[（）]/.test(text)) return text.replace('（', '(').replace('）', `)${blank}`);
  return text.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
}

const codes = new Set(['UNISCID', 'BDCDYH', 'deal_code', 'consno']);

/** A code loses its last character or has it mistyped; anything else is simply not there. */
function damaged(field: string, text: string, random: Random, label: string): string {
  if (!codes.has(field)) return random.pick(['', '/', '无'], `${label}/nothing`);
  const mistyped = text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
  return field === 'BDCDYH' || field === 'consno' || random.chance(0.5, `${label}/cut`) ? text.slice(0, -1) : mistyped;
}
