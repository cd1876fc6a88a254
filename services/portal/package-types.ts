// Application types as the portal tells them, and the texts by which packages are explained.
import { builtInRules } from '../domain/packages/judge.ts';
import type { PackageType, RuleContract } from '../domain/packages/contract.ts';
import type { RuleReference } from '../domain/packages/judge.ts';
import type { Bilingual } from '../domain/source-contract.ts';

/** Every application type with what it needs, in the order of their ids. */
export function presentTypes(packages: readonly PackageType[]): object[] {
  return [...packages]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, version, title, target, items }) => ({
      id,
      version,
      title,
      target,
      items: items.map((item) => ({
        id: item.id,
        title: item.title,
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

/** Titles of types and of their items; an id stands for itself when its contract is gone. */
export function titles(packages: readonly PackageType[]): { type(id: string): Bilingual; item(type: string, id: string): Bilingual } {
  const types = new Map(packages.map(({ id, title }) => [id, title]));
  const items = new Map(packages.flatMap((type) => type.items.map(({ id, title }) => [`${type.id}/${id}`, title] as const)));
  const itself = (id: string): Bilingual => ({ zh: id, en: id });
  return { type: (id) => types.get(id) ?? itself(id), item: (type, id) => items.get(`${type}/${id}`) ?? itself(id) };
}
