// How old what we know is: the last contact with each source, held against what its contract promises (law 10: stale is served, and said).
import { familiesOf } from './change-texts.ts';
import { statusTitles } from './packages/judge.ts';
import { durationMs } from './time.ts';
import type { PackageType } from './packages/contract.ts';
import type { Item, Status } from './packages/judge.ts';
import type { Bilingual, SourceContract } from './source-contract.ts';

/** One source at a moment. */
export interface Freshness {
  source: string;
  /** Milliseconds since the epoch; null when it never was in contact. */
  lastContact: number | null;
  ageSeconds: number | null;
  /** Whether that is within its contract; false for a source that never was in contact or has no contract any more. */
  within: boolean;
}

export type PromisingSource = Pick<SourceContract, 'name' | 'family' | 'freshness'>;

export function freshnessOf(source: string, contract: PromisingSource | undefined, lastContact: number | null, now: number): Freshness {
  const allowed = contract === undefined ? null : durationMs(contract.freshness);
  // A source's clock may run ahead of ours.
  const age = lastContact === null ? null : Math.max(0, now - lastContact);
  return {
    source,
    lastContact,
    ageSeconds: age === null ? null : Math.floor(age / 1000),
    within: age !== null && allowed !== null && age <= allowed,
  };
}

/** The least fresh of several; null of none. */
export function stalest(all: readonly Freshness[]): Freshness | null {
  const rank = ({ within, ageSeconds }: Freshness): number => (within ? 0 : 1e12) + (ageSeconds ?? 1e11);
  return all.reduce<Freshness | null>((worst, each) => (worst === null || rank(each) > rank(worst) ? each : worst), null);
}

/**
 * The sources that an item rests on: that of its event, or, of a missing item, every source that could have stated it.
 * None for what only the customer has.
 */
export function sourcesOfItem(
  { id, event, status }: Pick<Item, 'id' | 'event' | 'status'>,
  learnt: Readonly<Record<string, { source: string }>>,
  type: PackageType | undefined,
  sources: Iterable<PromisingSource>,
): string[] {
  if (event !== null) return learnt[event] ? [learnt[event].source] : [];
  if (status !== 'missing') return [];
  const alternatives = type?.items.find((item) => item.id === id)?.oneOf ?? [];
  const families = familiesOf(alternatives.map(({ evidence }) => evidence));
  return [...sources].filter(({ family }) => families.includes(family)).map(({ name }) => name);
}

const verifiedNotFresh: Bilingual = { zh: '已核验（数据未及时更新）', en: 'verified, not fresh' };

/** What a status is called where the data may be out of date; the status itself stays. */
export const statusTitle = (status: Status, fresh: boolean): Bilingual =>
  status === 'verified' && !fresh ? verifiedNotFresh : statusTitles[status];
