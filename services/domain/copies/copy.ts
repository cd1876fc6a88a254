// A purpose-bound copy (加注件) of a package: all that it says, so that it can be read and checked without the hub.
import { canonicalJson, digestOf } from '../canonical.ts';
import { dateAt, dayAfter, formatInstant, parseDate, startOfDay } from '../time.ts';
import type { Item, Package } from '../packages/judge.ts';
import type { Bilingual } from '../source-contract.ts';

/** `typ` in the header of its signature. */
export const copyType = 'hub-package+jwt';

/** What the copy says of itself (DOMAIN: 制作时间、制作者、制作事由、有效期截止时间). */
export interface CopyMark {
  maker: string;
  /** RFC 3339. */
  madeAt: string;
  purpose: string;
  case: string;
  /** The last day on which it is good, `YYYY-MM-DD` in Beijing. */
  validUntil: string;
  /** To whom it was given, and by what right. */
  consumer: string;
  basis: string;
  /** The newest event that the package takes account of, and the day by which it was judged. */
  position: number;
  date: string;
}

/** The texts by which a package is read: titles and rules by the names that the package uses. */
export interface CopyTexts {
  title: Bilingual;
  purpose: Bilingual;
  statuses: Readonly<Record<string, Bilingual>>;
  items: Readonly<Record<string, Bilingual>>;
  /** By `<id>@<version>`; null for a rule that the contracts no longer hold. */
  rules: Readonly<Record<string, Bilingual | null>>;
  /** The register that each event came from, by the event. */
  sources: Readonly<Record<string, Bilingual>>;
}

/** How far the sources could be trusted to be up to date when the copy was made: stale is served, and said to be. */
export interface CopyFreshness {
  /** What the status of the package is called, and of each item by its id. */
  status: Bilingual;
  items: Readonly<Record<string, Bilingual>>;
  /** The registers that were not in contact for longer than was agreed. */
  stale: readonly Bilingual[];
}

/** The payload of the signature; `iss`, `jti`, `sub`, `iat` and `exp` are those of JWT (RFC 7519 §4.1). */
export interface Copy {
  iss: string;
  /** Id of the copy, and of the access that was recorded for it. */
  jti: string;
  /** Id of the package. */
  sub: string;
  iat: number;
  exp: number;
  copy: CopyMark;
  /** SHA-256 of the package's canonical form (RFC 8785). */
  digest: string;
  package: Package;
  /** Who and what it is about, in words. */
  subject: { kind: string; id: string; name: string | null };
  premises: { key: string; address: string | null };
  texts: CopyTexts;
  freshness: CopyFreshness;
}

/** Longest that a copy may be good, in days. */
const longest = 366;

/** Why a date cannot end the validity of a copy made on another; null when it can. */
export function problemOfValidity(validUntil: string, today: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(validUntil) || parseDate(validUntil) === null) return 'is no date YYYY-MM-DD';
  if (validUntil < today) return 'lies in the past';
  return startOfDay(validUntil) - startOfDay(today) > longest * 86_400_000 ? `is more than ${longest} days ahead` : null;
}

export interface CopyParts {
  issuer: string;
  id: string;
  /** Milliseconds since the epoch. */
  at: number;
  mark: Omit<CopyMark, 'madeAt'>;
  package: Package;
  subject: Copy['subject'];
  premises: Copy['premises'];
  texts: CopyTexts;
  freshness: CopyFreshness;
}

export function makeCopy({ issuer, id, at, mark, package: pack, subject, premises, texts, freshness }: CopyParts): Copy {
  return {
    iss: issuer,
    jti: id,
    sub: pack.id,
    iat: Math.floor(at / 1000),
    exp: startOfDay(dayAfter(mark.validUntil)) / 1000,
    copy: { ...mark, madeAt: formatInstant(at) },
    digest: digestOf(canonicalJson(pack)),
    package: pack,
    subject,
    premises,
    texts,
    freshness,
  };
}

/** What is wrong with a copy whose signature holds. */
export type CopyProblem = 'malformed' | 'digest' | 'expired';

/** The problems of a payload on a date `YYYY-MM-DD`; none when it is good. */
export function problemsOfCopy(payload: Copy, today: string): CopyProblem[] {
  const { copy, digest, package: pack, exp } = payload as Partial<Copy>;
  if (!pack || !copy || !Array.isArray(pack.items) || typeof digest !== 'string' || typeof exp !== 'number') return ['malformed'];
  if (!/^\d{4}-\d{2}-\d{2}$/.test(copy.validUntil)) return ['malformed'];
  return [
    ...(digestOf(canonicalJson(pack)) === digest && pack.id === payload.sub ? [] : (['digest'] as const)),
    ...(today > copy.validUntil || today > dateAt(exp * 1000 - 1) ? (['expired'] as const) : []),
  ];
}

export const ruleKey = ({ id, version }: Item['rule']): string => `${id}@${version}`;
