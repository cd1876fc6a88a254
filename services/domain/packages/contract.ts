// What an application type needs, as `contracts/packages/*.yaml` and `contracts/rules.yaml` state it, made ready to judge.
import { Environment } from '@marcbachmann/cel-js';
import { HubError } from '../errors.ts';
import { sameOrganisation } from '../organisations.ts';
import type { Bilingual } from '../source-contract.ts';

/** What a failed rule makes of the evidence; a `notice` is told and changes nothing. */
export type Otherwise = 'mismatch' | 'lapsed' | 'notice';

/** A rule in CEL (Common Expression Language) over `fact`, `subject` and `date`. */
export interface RuleContract {
  id: string;
  version: number;
  text: Bilingual;
  holds: string;
  otherwise: Otherwise;
}

/** What a package is made for: each kind has a dossier of its own (services/projector/dossiers.ts). */
export type Target = 'held-property' | 'project' | 'house-transfer' | 'account';

export interface ItemContract {
  id: string;
  title: Bilingual;
  /** Needed only when this CEL expression over the dossier holds. */
  requiredWhen?: string;
  /** Any one of these will do; each is judged by its rules in order. Empty: only the customer has it. */
  oneOf: { evidence: string; rules: string[] }[];
}

export interface PackageContract {
  id: string;
  version: number;
  title: Bilingual;
  legalBasis: string;
  for: Target;
  /** CEL over the dossier: whether the facts call for such a package at all. */
  when: string;
  items: ItemContract[];
}

type Predicate = (context: Record<string, unknown>) => boolean;

export interface Rule extends Omit<RuleContract, 'holds'> {
  holds: Predicate;
}

export interface PackageType {
  id: string;
  version: number;
  title: Bilingual;
  target: Target;
  applies: Predicate;
  items: (Omit<ItemContract, 'oneOf' | 'requiredWhen'> & { required: Predicate; oneOf: { evidence: string; rules: Rule[] }[] })[];
}

/** The one whom a package is for, as rules see it: every name it ever had, normalised. */
export interface PackageSubject {
  kind: 'person' | 'organisation';
  id: string;
  names: string[];
}

/** Compiles contracts. Errors: CONTRACT_INVALID, naming the file's own id, for bad CEL or an unknown rule. */
export function compilePackages(packages: readonly PackageContract[], rules: readonly RuleContract[]): PackageType[] {
  const environment = createEnvironment();
  const compile = (expression: string, where: string): Predicate => {
    try {
      const parsed = environment.parse(expression);
      return (context) => parsed(context) === true;
    } catch (cause) {
      throw new HubError(
        'CONTRACT_INVALID',
        `${where}: "${expression}" is not a CEL expression: ${(cause as Error).message.split('\n')[0]}`,
        { cause },
      );
    }
  };
  const byId = new Map(rules.map((rule) => [rule.id, { ...rule, holds: compile(rule.holds, `rule ${rule.id}`) }]));
  const ruleOf = (id: string, where: string): Rule => {
    const rule = byId.get(id);
    if (!rule) throw new HubError('CONTRACT_INVALID', `${where} names the unknown rule ${id}`);
    return rule;
  };
  return packages.map(({ id, version, title, for: target, when, items }) => ({
    id,
    version,
    title,
    target,
    applies: compile(when, `package ${id}`),
    items: items.map(({ requiredWhen, oneOf, ...item }) => ({
      ...item,
      required: compile(requiredWhen ?? 'true', `package ${id}, item ${item.id}`),
      oneOf: oneOf.map((alternative) => ({
        evidence: alternative.evidence,
        rules: alternative.rules.map((rule) => ruleOf(rule, `package ${id}, item ${item.id}`)),
      })),
    })),
  }));
}

function createEnvironment(): Environment {
  const isSubject = (party: unknown, subject: unknown): boolean => isParty(party as PartyLike | null, subject as PackageSubject);
  return new Environment({ unlistedVariablesAreDyn: true })
    .registerFunction('isSubject(dyn, dyn): bool', isSubject)
    .registerFunction('amount(dyn): double', (text: unknown) => Number(text ?? 0));
}

interface PartyLike {
  id: string;
}

/** Whether a party is the subject: by identity, also under its old code, or, where the source gave only a name, by any name the subject ever had. */
function isParty(party: PartyLike | null, subject: PackageSubject): boolean {
  if (!party) return false;
  if (sameOrganisation(party.id, subject.id)) return true;
  return party.id.startsWith('name:') && subject.names.includes(party.id.slice('name:'.length));
}
