// Application types as the portal tells them, and the texts by which packages are explained.
import { typeThatJudged } from '../domain/packages/in-force.ts';
import { builtInRules } from '../domain/packages/built-in-rules.ts';
import type { PackageType, RuleContract } from '../domain/packages/contract.ts';
import type { Package, RuleReference } from '../domain/packages/judge.ts';
import type { Bilingual } from '../domain/source-contract.ts';

/** Every version of every application type with what it needs: by id, then the whole country before regions, then by first day. */
export function presentTypes(packages: readonly PackageType[]): object[] {
  const place = ({ id, region, from }: PackageType): string => [id, region ?? '', from].join(' ');
  return [...packages]
    .sort((a, b) => (place(a) < place(b) ? -1 : 1))
    .map(({ id, version, region, from, digest, legalBasis, title, target, promise, items }) => ({
      id,
      version,
      region,
      effectiveFrom: from === '' ? null : from,
      rules: digest,
      legalBasis,
      title,
      target,
      promise,
      items: items.map((item) => ({
        id: item.id,
        title: item.title,
        promisable: item.promisable ?? false,
        oneOf: item.oneOf.map(({ evidence, rules }) => ({ evidence, rules: rules.map(presentRule) })),
      })),
    }));
}

function presentRule({ id, version, text, otherwise }: Pick<RuleContract, 'id' | 'version' | 'text' | 'otherwise'>): object {
  return { id, version, text, otherwise };
}

/** The text of a rule in the version that judged; null when the contracts no longer hold it. */
export function ruleTexts(packages: readonly PackageType[]): (rule: RuleReference) => Bilingual | null {
  const texts = new Map<string, Bilingual>();
  for (const type of packages) {
    for (const item of type.items) {
      for (const { rules } of item.oneOf) for (const rule of rules) texts.set(`${rule.id}@${rule.version}`, rule.text);
    }
  }
  return (rule) => texts.get(`${rule.id}@${rule.version}`) ?? builtInRules[rule.id] ?? null;
}

/** What names a package's contract: its type, and the digest of the rules that judged it. */
type Judged = Pick<Package, 'type' | 'rules'>;

/** Titles of types and of their items, as the version that judged has them; an id stands for itself when its contract is gone. */
export function titles(packages: readonly PackageType[]): { type(judged: Judged): Bilingual; item(judged: Judged, id: string): Bilingual } {
  const itself = (id: string): Bilingual => ({ zh: id, en: id });
  return {
    type: (judged) => typeThatJudged(packages, judged)?.title ?? itself(judged.type),
    item: (judged, id) => typeThatJudged(packages, judged)?.items.find((item) => item.id === id)?.title ?? itself(id),
  };
}
