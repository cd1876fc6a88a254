// Judges a dossier by a package type: the package, every item explained by its event and its rule.
import { acceptanceOf } from './acceptance.ts';
import { builtIn } from './built-in-rules.ts';
import { kinOutcome } from './kin.ts';
import type { Ledger } from '../ledger.ts';
import type { Commitment } from '../own-facts.ts';
import type { Acceptance } from './acceptance.ts';
import type { PackageSubject, PackageType, Rule } from './contract.ts';
import type { Kin, Related, Remark } from './kin.ts';

/** 已核验 · 客户自传 · 缺失 · 不一致 · 失效, from good to bad; a package is as good as its worst required item. */
export const statuses = ['verified', 'customer-supplied', 'missing', 'mismatch', 'lapsed'] as const;
export type Status = (typeof statuses)[number];

export const statusTitles: Record<Status, { zh: string; en: string }> = {
  verified: { zh: '已核验', en: 'verified' },
  'customer-supplied': { zh: '客户自传', en: 'customer-supplied' },
  missing: { zh: '缺失', en: 'missing' },
  mismatch: { zh: '不一致', en: 'mismatch' },
  lapsed: { zh: '失效', en: 'lapsed' },
};

/** A fact as a package uses it. */
export interface Evidence {
  fact: object;
  /** The event that states it. */
  event: string;
  /** When it became true, in milliseconds since the epoch. */
  time: number;
  /** The last day on which it holds, `YYYY-MM-DD`; null for no end. */
  validUntil: string | null;
  /** Events that contradict it at the same version. */
  conflicts: string[];
  /** Events that correct a record of the same subject which is not known; absent: none. */
  waiting?: string[];
  /** The event whose holder a correction under a number of its own displaced; absent or null: none. */
  displaced?: string | null;
  /** What a clerk reads, without personal data. */
  value: string;
  /** What is to be said of it before any rule; absent: nothing. */
  remarks?: Remark[];
}

/** Everything known that bears on one possible package. */
export interface Dossier {
  subject: PackageSubject;
  /** Property unit, project code, transfer case or consumer number. */
  premises: string;
  evidence: Record<string, Evidence[]>;
  /** Enterprises that the evidence may name in the applicant's stead; absent: none. */
  kin?: Kin[];
  /** Plain truths for `when` and `requiredWhen`, e.g. `metered`. */
  known: Record<string, unknown>;
}

export interface RuleReference {
  id: string;
  version: number;
}

export interface Item {
  id: string;
  status: Status;
  required: boolean;
  evidence: string | null;
  value: string | null;
  event: string | null;
  validFrom: number | null;
  validUntil: string | null;
  /** The rule that judged: the one that failed, or the last that held. */
  rule: RuleReference;
  notices: RuleReference[];
  /** Other enterprises that it turns on, as far as it does: parent, branch, those of a merger. */
  related?: Related[];
}

/** What is known and how it was judged; its canonical form (RFC 8785) is what the digest covers. Made with members in that order. */
export interface Package {
  /** Whether it may be taken as it is, and on which promises. */
  acceptance: Acceptance;
  id: string;
  type: string;
  contractVersion: number;
  subject: { kind: 'person' | 'organisation'; id: string };
  premises: string;
  /** Digest of the contract and rules that judged. */
  rules: string;
  status: Status;
  items: Item[];
}

/** `<type>~<subject>~<premises>`, each part without the mark that parts them. */
const packageId = (...parts: [type: string, subject: string, premises: string]): string =>
  parts.map((part) => part.replaceAll('%', '%25').replaceAll('~', '%7E')).join('~');

/** The parts of a package id. */
export const packageIdParts = (id: string): string[] => id.split('~').map((part) => part.replaceAll('%7E', '~').replaceAll('%25', '%'));

/** The package that a dossier supports on a date, or null when the facts do not call for one. */
export function judge(type: PackageType, dossier: Dossier, date: string): Package | null {
  const context = { ...dossier.known, subject: dossier.subject, date };
  if (!type.applies(context)) return null;
  const items = type.items.map((item) => {
    const required = item.required(context);
    const judged = item.oneOf.flatMap(({ evidence, rules }) =>
      (dossier.evidence[evidence] ?? []).map((fact) => judgeEvidence(evidence, fact, rules, dossier, date)),
    );
    const best = judged.reduce<JudgedEvidence | null>((a, b) => (a === null || better(b, a) ? b : a), null);
    const none: JudgedEvidence =
      item.oneOf.length === 0
        ? { ...absent, status: 'customer-supplied', rule: builtIn.customer }
        : { ...absent, status: 'missing', rule: builtIn.stated };
    const { evidence, value, event, validFrom, validUntil, rule, notices, related, status } = best ?? none;
    return { event, evidence, id: item.id, notices, ...(related && { related }), required, rule, status, validFrom, validUntil, value };
  });
  const needed = items.filter((item) => item.required);
  return {
    acceptance: acceptanceOf(items, undefined, date),
    contractVersion: type.version,
    id: packageId(type.id, dossier.subject.id, dossier.premises),
    items,
    premises: dossier.premises,
    rules: type.digest,
    status: needed.reduce<Status>((worst, { status }) => (statuses.indexOf(status) > statuses.indexOf(worst) ? status : worst), 'verified'),
    subject: { id: dossier.subject.id, kind: dossier.subject.kind },
    type: type.id,
  };
}

/** The package with what was promised of it. */
export const withPromises = (pack: Package, ledger: Ledger<Commitment>, date: string): Package => ({
  ...pack,
  acceptance: acceptanceOf(pack.items, ledger, date),
});

/** What registries write for a validity without end (长期). */
const endless = '9999-01-01';

/** The first date on which the package must be judged again though nothing happened; null for never. */
export function judgeAgainOn(pack: Package, date: string, dayAfter: (date: string) => string): string | null {
  const ends = pack.items.flatMap((item) =>
    item.validUntil !== null && item.validUntil >= date && item.validUntil < endless ? [dayAfter(item.validUntil)] : [],
  );
  const overdue = pack.acceptance.promises.flatMap(({ deadline, state }) => (state === 'open' ? [dayAfter(deadline)] : []));
  return [...ends, ...overdue].sort()[0] ?? null;
}

type JudgedEvidence = Omit<Item, 'id' | 'required'>;
const absent = { evidence: null, value: null, event: null, validFrom: null, validUntil: null, notices: [] };

function judgeEvidence(name: string, evidence: Evidence, rules: Rule[], { subject, kin = [] }: Dossier, date: string): JudgedEvidence {
  const { event, value, validUntil } = evidence;
  const notices: RuleReference[] = [];
  const related: Related[] = [];
  const outcome = (status: Status, { id, version }: RuleReference): JudgedEvidence => ({
    status,
    evidence: name,
    value,
    event,
    validFrom: evidence.time,
    validUntil,
    rule: { id, version },
    notices,
    ...(related.length > 0 && { related }),
  });
  if (evidence.conflicts.length > 0) return outcome('mismatch', builtIn.consistent);
  if (evidence.waiting && evidence.waiting.length > 0) return outcome('mismatch', builtIn.correctedKnown);
  if (validUntil !== null && validUntil < date) return outcome('lapsed', builtIn.valid);
  if (evidence.displaced) notices.push(builtIn.displaces);
  // What kin make of it: a rule of the contract that does not hold, whoever it is asked of, is the stronger reason.
  let mismatch: RuleReference | null = null;
  const remark = ({ rule, otherwise, related: { events, id, kin: kinship } }: Remark): void => {
    if (otherwise === 'notice') notices.push(rule);
    else mismatch ??= rule;
    related.push({ events, id, kin: kinship });
  };
  for (const each of evidence.remarks ?? []) remark(each);
  let last: RuleReference = builtIn.valid;
  for (const rule of rules) {
    const holdsFor = (who: PackageSubject): boolean => rule.holds({ fact: evidence.fact, subject: who, date });
    if (rule.otherwise === 'notice') {
      if (!holdsFor(subject)) notices.push({ id: rule.id, version: rule.version });
    } else if (holdsFor(subject)) last = rule;
    else {
      const named = kin.find((other) => holdsFor(other.subject));
      if (!named) return outcome(rule.otherwise, rule);
      remark({ ...kinOutcome(named, name), related: named });
    }
  }
  return mismatch ? outcome('mismatch', mismatch) : outcome('verified', last);
}

/** The better of two: by status, then the newer fact, then the id, so that order of arrival cannot matter. */
function better(a: JudgedEvidence, b: JudgedEvidence): boolean {
  const [rankA, rankB] = [statuses.indexOf(a.status), statuses.indexOf(b.status)];
  if (rankA !== rankB) return rankA < rankB;
  if (a.validFrom !== b.validFrom) return a.validFrom! > b.validFrom!;
  return a.event! > b.event!;
}
