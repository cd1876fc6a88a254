// What an application type needs, as `contracts/packages/*.yaml` and `contracts/rules.yaml` state it, made ready to judge.
import { Environment } from '@marcbachmann/cel-js';
import { canonicalJson, digestOf } from '../canonical.ts';
import { HubError } from '../errors.ts';
import { sameOrganisation } from '../organisations.ts';
import { ruleLibrary } from './rule-library.ts';
import type { Bilingual } from '../source-contract.ts';
import type { Predicate, Rule, RuleContract } from './rule-library.ts';

export type { Rule, RuleContract } from './rule-library.ts';

/** What a package is made for: each kind has a dossier of its own (services/projector/dossiers.ts). */
export type Target = 'held-property' | 'project' | 'house-transfer' | 'account';

export interface ItemContract {
  id: string;
  title: Bilingual;
  /** Needed only when this CEL expression over the dossier holds. */
  requiredWhen?: string;
  /** Whether the package may be accepted on a promise of it (容缺受理). */
  promisable?: boolean;
  /**
   * Any one of these will do; each is judged by its rules in order. Empty: only the customer has it. A rule is named by its
   * id, which means the version in force on the day of judging, or fixed as `<id>@<version>`.
   */
  oneOf: { evidence: string; rules: string[] }[];
}

export interface PackageContract {
  id: string;
  version: number;
  /** The first day on which this version judges, `YYYY-MM-DD`; absent: it always did. */
  effectiveFrom?: string;
  /** The divisions (GB/T 2260) it is for, by the 2, 4 or 6 digits their codes begin with; absent: the whole country. */
  region?: string;
  title: Bilingual;
  legalBasis: string;
  for: Target;
  /** CEL over the dossier: whether the facts call for such a package at all. */
  when: string;
  /** How long a promise of its promisable items may run; absent: none is accepted. */
  promise?: { workingDays: number };
  items: ItemContract[];
  examples?: PackageExample[];
  /** Where it was read from, for messages. */
  file?: string;
}

/** An example inside a contract file (examples.ts). */
export interface PackageExample {
  title: string;
  /** The day of judging, `YYYY-MM-DD`. */
  date: string;
  /** A division code or the beginning of one; absent: the contract's own region. */
  region?: string;
  subject: PackageSubject['kind'];
  /** Names the subject had before, beside its own, `示例`. */
  formerNames?: string[];
  /** What `when` and `requiredWhen` ask beside the evidence, e.g. `metered`. */
  known?: Record<string, unknown>;
  /**
   * By slot, one fact or several: only what differs from a good fact of the subject (example-facts.ts). Where a party belongs,
   * `subject` is the applicant and any other text an organisation of that name.
   */
  evidence: Record<string, object | object[]>;
  /** Of the package and of every item of it; `none` when the facts must call for no such package. */
  expect: 'none' | { status: string; items: Record<string, string> };
}

/** One version of a contract for as long as the same versions of its rules are in force, made ready to judge. */
export interface PackageType {
  id: string;
  version: number;
  region: string | null;
  /** The first day on which it judges, `YYYY-MM-DD`; empty: it always did. */
  from: string;
  /** What took effect on that day: `<contract>@<version>`, with `/<region>` if it has one, or `<rule>@<version>`. */
  since: string;
  /** SHA-256 over the contract with the text and CEL of its rules, examples left out (RFC 8785). */
  digest: string;
  legalBasis: string;
  title: Bilingual;
  target: Target;
  applies: Predicate;
  promise: { workingDays: number } | null;
  items: (Omit<ItemContract, 'oneOf' | 'requiredWhen'> & { required: Predicate; oneOf: { evidence: string; rules: Rule[] }[] })[];
}

/** The one whom a package is for, as rules see it: every name it ever had, normalised. */
export interface PackageSubject {
  kind: 'person' | 'organisation';
  id: string;
  names: string[];
}

/** How a contract is called: `high-voltage@2`, and that of a region `high-voltage@1/37`. */
const contractName = ({ id, version, region }: Pick<PackageContract, 'id' | 'version' | 'region'>): string =>
  `${id}@${version}${region === undefined ? '' : `/${region}`}`;

/** Where a contract stands, for messages. */
export const placeOf = (contract: Pick<PackageContract, 'id' | 'version' | 'region' | 'file'>): string =>
  `${contract.file === undefined ? '' : `${contract.file}: `}package ${contractName(contract)}`;

/**
 * Compiles contracts, each a whole one (see overlays.ts): a contract gives one type for its first day and one more for
 * each later day on which a rule that it names by id alone gets its next version. Each contract's newest national one
 * comes first, before those of regions.
 * Errors: CONTRACT_INVALID, naming the file and the place in it, for bad CEL, an unknown rule or versions out of order.
 */
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
  const library = ruleLibrary(rules, compile);
  const sources = new Map(rules.map((rule) => [`${rule.id}@${rule.version}`, rule]));
  const sourceOf = ({ id, version }: Rule): RuleContract => sources.get(`${id}@${version}`)!;
  const types = packages.flatMap((contract) => {
    const { id, version, region, effectiveFrom = '', title, legalBasis, for: target, when } = contract;
    const where = placeOf(contract);
    const applies = compile(when, where);
    const items = contract.items.map((item) => ({ ...item, required: compile(item.requiredWhen ?? 'true', `${where}, item ${item.id}`) }));
    const named = [...new Set(contract.items.flatMap((item) => item.oneOf.flatMap((alternative) => alternative.rules)))];
    return library.daysOf(named, effectiveFrom, endOf(contract, packages)).map(({ from, changed }): PackageType => {
      const ready = items.map(({ requiredWhen: _, oneOf, ...item }) => ({
        ...item,
        oneOf: oneOf.map((alternative) => ({
          ...alternative,
          rules: alternative.rules.map((rule) => library.rule(rule, from, `${where}, item ${item.id}`)),
        })),
      }));
      return {
        id,
        version,
        region: region ?? null,
        from,
        since: from === effectiveFrom ? contractName(contract) : changed.join(','),
        digest: digestOfContract(contract, (item, alternative) => ready[item]!.oneOf[alternative]!.rules.map(sourceOf)),
        legalBasis,
        title,
        target,
        applies,
        promise: contract.promise ?? null,
        items: ready,
      };
    });
  });
  const ids = [...new Set(types.map(({ id }) => id))];
  return types.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id) || compare(a.region ?? '', b.region ?? '') || compare(b.from, a.from));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The day on which the next version of a contract takes over; null when there is none. */
function endOf({ id, region, version }: PackageContract, all: readonly PackageContract[]): string | null {
  const later = all.filter((other) => other.id === id && other.region === region && other.version > version);
  return later.map(({ effectiveFrom = '' }) => effectiveFrom).sort()[0] ?? null;
}

function digestOfContract(contract: PackageContract, rulesOf: (item: number, alternative: number) => RuleContract[]): string {
  const { examples: _, file: __, ...stated } = contract;
  const items = stated.items.map((item, i) => ({ ...item, oneOf: item.oneOf.map((one, j) => ({ ...one, rules: rulesOf(i, j) })) }));
  return digestOf(canonicalJson({ ...stated, items }));
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
