// Contracts as files state them, made whole: several versions one after another, and regions that say only what differs.
import { HubError } from '../errors.ts';
import { placeOf } from './contract.ts';
import { checkVersions } from './rule-library.ts';
import type { ItemContract, PackageContract } from './contract.ts';

/** What a region does differently. */
export interface PackageOverlay extends Pick<
  PackageContract,
  'version' | 'effectiveFrom' | 'legalBasis' | 'promise' | 'examples' | 'file'
> {
  /** The contract it is laid over. */
  extends: string;
  /** 2, 4 or 6 digits of a division code. */
  region: string;
  title?: PackageContract['title'];
  /** An item of the same id is replaced, others are added. */
  items?: ItemContract[];
  /** Items that the region does without. */
  without?: string[];
}

/**
 * Lays regions over the national version in force on their first day. What comes later of that contract does not reach the
 * region before the region's own next version: a province follows when it says so.
 * Errors: CONTRACT_INVALID, naming the file, for an overlay of nothing, versions twice or out of order, a change of `for`.
 */
export function wholeContracts(stated: readonly (PackageContract | PackageOverlay)[]): PackageContract[] {
  const national = stated.filter((contract): contract is PackageContract => !('extends' in contract));
  for (const contract of national) {
    const first = national.find(({ id }) => id === contract.id)!;
    if (contract.for !== first.for)
      throw new HubError('CONTRACT_INVALID', `${placeOf(contract)} is for ${contract.for}, and another version of it for ${first.for}`);
  }
  // National ones first, so that what a region inherits is complained of where it is stated.
  const whole = [...national, ...stated.flatMap((contract) => ('extends' in contract ? [laidOver(national, contract)] : []))];
  const groups = new Map<string, PackageContract[]>();
  for (const contract of whole) {
    const of = `${contract.id} ${contract.region ?? ''}`;
    groups.set(of, [...(groups.get(of) ?? []), contract]);
  }
  for (const versions of groups.values()) {
    versions.sort((a, b) => a.version - b.version);
    checkVersions(placeOf(versions.at(-1)!), versions);
  }
  return whole;
}

function laidOver(national: readonly PackageContract[], overlay: PackageOverlay): PackageContract {
  const { extends: id, items = [], without = [], title, effectiveFrom = '', ...rest } = overlay;
  const where = placeOf({ ...overlay, id });
  const base = national
    .filter((contract) => contract.id === id && (contract.effectiveFrom ?? '') <= effectiveFrom)
    .sort((a, b) => b.version - a.version)[0];
  if (!base)
    throw new HubError(
      'CONTRACT_INVALID',
      `${where} extends ${id}, of which no version is in force on ${effectiveFrom || 'its first day'}`,
    );
  const known = new Set(base.items.map((item) => item.id));
  for (const gone of without) {
    if (!known.has(gone)) throw new HubError('CONTRACT_INVALID', `${where} does without ${gone}, which ${id} does not have`);
    if (items.some((item) => item.id === gone)) throw new HubError('CONTRACT_INVALID', `${where} states ${gone} and does without it`);
  }
  const replaced = new Map(items.map((item) => [item.id, item]));
  const { examples: _, file: __, effectiveFrom: ___, ...inherited } = base;
  return {
    ...inherited,
    ...rest,
    title: title ?? base.title,
    ...(effectiveFrom === '' ? {} : { effectiveFrom }),
    items: [
      ...base.items.filter((item) => !without.includes(item.id)).map((item) => replaced.get(item.id) ?? item),
      ...items.filter((item) => !known.has(item.id)),
    ],
  };
}
