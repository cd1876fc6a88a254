// Rules in all their versions: which one a name means on a day.
import { HubError } from '../errors.ts';
import type { Bilingual } from '../source-contract.ts';

/** What a failed rule makes of the evidence; a `notice` is told and changes nothing. */
export type Otherwise = 'mismatch' | 'lapsed' | 'notice';

/** A rule in CEL (Common Expression Language) over `fact`, `subject` and `date`. */
export interface RuleContract {
  id: string;
  version: number;
  /** The first day on which this version judges, `YYYY-MM-DD`; absent: it always did. */
  effectiveFrom?: string;
  text: Bilingual;
  holds: string;
  otherwise: Otherwise;
}

export type Predicate = (context: Record<string, unknown>) => boolean;

export interface Rule extends Omit<RuleContract, 'holds'> {
  holds: Predicate;
}

export interface RuleLibrary {
  /** `<id>`: the version in force on a day; `<id>@<version>`: that one. Errors: CONTRACT_INVALID when there is none. */
  rule(name: string, on: string, where: string): Rule;
  /**
   * The first day of a span, and every later day before its end on which one of these names begins to mean another
   * version, with what took effect: `<id>@<version>`.
   */
  daysOf(names: readonly string[], from: string, end: string | null): { from: string; changed: string[] }[];
}

/** Errors: CONTRACT_INVALID for a version that stands twice, begins no later than the one before, or is no CEL. */
export function ruleLibrary(rules: readonly RuleContract[], compile: (expression: string, where: string) => Predicate): RuleLibrary {
  const versions = new Map<string, (Rule & { effectiveFrom: string })[]>();
  for (const { effectiveFrom = '', ...rule } of rules) {
    const holds = compile(rule.holds, `rules.yaml: rule ${rule.id}@${rule.version}`);
    versions.set(rule.id, [...(versions.get(rule.id) ?? []), { ...rule, effectiveFrom, holds }]);
  }
  for (const [id, known] of versions) {
    known.sort((a, b) => a.version - b.version);
    checkVersions(`rules.yaml: rule ${id}`, known);
  }
  return {
    rule(name, on, where) {
      const [id = '', fixed] = name.split('@');
      const known = versions.get(id);
      if (!known) throw new HubError('CONTRACT_INVALID', `${where} names the unknown rule ${name}`);
      const found =
        fixed === undefined
          ? known.findLast(({ effectiveFrom }) => effectiveFrom <= on)
          : known.find(({ version }) => String(version) === fixed);
      if (found) return found;
      const why =
        fixed === undefined ? `of which no version is in force on ${on === '' ? 'its first day' : on}` : 'a version that is not there';
      throw new HubError('CONTRACT_INVALID', `${where} names the rule ${name}, ${why}`);
    },
    daysOf(names, from, end) {
      const days = new Map<string, string[]>([[from, []]]);
      for (const name of [...names].sort()) {
        for (const { id, version, effectiveFrom } of versions.get(name) ?? []) {
          if (effectiveFrom <= from || (end !== null && effectiveFrom >= end)) continue;
          days.set(effectiveFrom, [...(days.get(effectiveFrom) ?? []), `${id}@${version}`]);
        }
      }
      return [...days].map(([day, changed]) => ({ from: day, changed })).sort((a, b) => (a.from < b.from ? -1 : 1));
    },
  };
}

/** Versions in order: each once, and each from a later day than the one before; only the first may have been since ever. */
export function checkVersions(what: string, versions: readonly { version: number; effectiveFrom?: string }[]): void {
  for (const [i, { version, effectiveFrom = '' }] of versions.entries()) {
    const before = versions[i - 1];
    if (!before) continue;
    if (before.version === version) throw new HubError('CONTRACT_INVALID', `${what} has version ${version} twice`);
    if (effectiveFrom <= (before.effectiveFrom ?? ''))
      throw new HubError('CONTRACT_INVALID', `${what}: version ${version} must take effect later than version ${before.version}`);
  }
}
