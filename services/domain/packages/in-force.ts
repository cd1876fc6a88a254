// Which version of which contract judges where and when.
import type { PackageType, Target } from './contract.ts';
import type { Dossier, Package } from './judge.ts';

/**
 * The division in which the premises of a dossier lie: six digits (GB/T 2260), or null where nothing says so. Unit codes
 * begin with it (GB/T 37346), project codes hold it second (GB/T 40058); transfers and accounts name their unit.
 */
export function regionOf(target: Target, { premises, evidence }: Pick<Dossier, 'premises' | 'evidence'>): string | null {
  const unitOf = (slot: string): string => (evidence[slot]?.[0]?.fact as { unitCode?: string | null } | undefined)?.unitCode ?? '';
  switch (target) {
    case 'held-property':
      return divisionAt(/^(\d{6})/, premises);
    case 'project':
      return divisionAt(/^\d{4}-(\d{6})-/, premises);
    case 'house-transfer':
      return divisionAt(/^(\d{6})/, unitOf('transfer'));
    case 'account':
      return divisionAt(/^(\d{6})/, unitOf('account'));
  }
}

const divisionAt = (form: RegExp, code: string): string | null => form.exec(code)?.[1] ?? null;

/** What was worked out once for a list of types. */
interface Index {
  /** By target, then for each contract its versions, the most specific region first and the newest of each first. */
  byTarget: Map<Target, PackageType[][]>;
  /** Days on which anything takes effect, rising. */
  days: string[];
  /** Answers for one date; targets are judged day by day, so one is enough. */
  date: string;
  found: Map<string, PackageType[]>;
}
const indexes = new WeakMap<readonly PackageType[], Index>();

/**
 * The types that judge on a date in a region, one for each contract that has any: of the most specific region that the
 * division lies in, the newest whose first day has come.
 */
export function typesInForce(packages: readonly PackageType[], target: Target, region: string | null, date: string): PackageType[] {
  const index = indexOf(packages);
  if (index.date !== date) [index.date, index.found] = [date, new Map<string, PackageType[]>()];
  const asked = `${target} ${region ?? ''}`;
  let found = index.found.get(asked);
  if (!found) {
    const isHere = (type: PackageType): boolean =>
      type.from <= date && (type.region === null || (region?.startsWith(type.region) ?? false));
    found = (index.byTarget.get(target) ?? []).flatMap((versions) => versions.find(isHere) ?? []);
    index.found.set(asked, found);
  }
  return found;
}

/** What is in force on a date: in one region, or, of every contract, nationally and in each region that has its own. */
export function versionsOn(packages: readonly PackageType[], date: string, region: string | null): PackageType[] {
  const targets = [...new Set(packages.map(({ target }) => target))];
  const regions = region === null ? [null, ...new Set(packages.flatMap((type) => type.region ?? []))] : [region];
  const found = new Set(regions.flatMap((each) => targets.flatMap((target) => typesInForce(packages, target, each, date))));
  return packages.filter((type) => found.has(type));
}

/** The type that judged a package; where the contracts hold it no longer, the newest national one of its id. */
export const typeThatJudged = (
  packages: readonly PackageType[],
  { type, rules }: Pick<Package, 'type' | 'rules'>,
): PackageType | undefined => packages.find(({ digest, id }) => digest === rules && id === type) ?? packages.find(({ id }) => id === type);

/** The first day after `after`, up to `until`, on which anything takes effect; null when there is none. */
export const nextRuleDay = (packages: readonly PackageType[], after: string, until: string): string | null =>
  indexOf(packages).days.find((day) => day > after && day <= until) ?? null;

/** What packages that something takes effect for on a day are made for. */
export const targetsChangedOn = (packages: readonly PackageType[], day: string): Set<Target> =>
  new Set(packages.filter(({ from }) => from === day).map(({ target }) => target));

function indexOf(packages: readonly PackageType[]): Index {
  const known = indexes.get(packages);
  if (known) return known;
  const byTarget = new Map<Target, PackageType[][]>();
  for (const target of new Set(packages.map((type) => type.target))) {
    const byId = new Map<string, PackageType[]>();
    for (const type of packages) if (type.target === target) byId.set(type.id, [...(byId.get(type.id) ?? []), type]);
    const specific = (type: PackageType): number => type.region?.length ?? 0;
    for (const versions of byId.values())
      versions.sort((a, b) => specific(b) - specific(a) || (a.from > b.from ? -1 : a.from < b.from ? 1 : b.version - a.version));
    byTarget.set(target, [...byId.values()]);
  }
  const days = [...new Set(packages.map(({ from }) => from))].filter((day) => day !== '').sort();
  const index: Index = { byTarget, days, date: '', found: new Map() };
  indexes.set(packages, index);
  return index;
}
