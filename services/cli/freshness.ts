// How old the data of a package's items is, for `hub packages show`.
import { freshnessOf, sourcesOfItem, stalest } from '../domain/freshness.ts';
import { clerkTime, formatInstant } from '../domain/time.ts';
import type { Freshness } from '../domain/freshness.ts';
import type { PackageType } from '../domain/packages/contract.ts';
import type { Item } from '../domain/packages/judge.ts';
import type { Hub } from '../hub/open-hub.ts';
import type { JudgedLocal, SourceLocal } from '../ports/views.ts';

export interface ItemFreshness extends Omit<Freshness, 'lastContact'> {
  lastContact: string | null;
}

/** Of each item the least fresh of the sources that it rests on; null for what only the customer has. */
export async function freshnessOfItems(
  { views, contracts, now }: Hub,
  items: readonly Item[],
  learnt: JudgedLocal['learnt'],
  type: PackageType | undefined,
): Promise<(ItemFreshness | null)[]> {
  const contacts = new Map<string, number | null>();
  for (const { key, local } of await views.list('source', { limit: 10_000 })) {
    const { lastContact, lastRecorded } = JSON.parse(local) as SourceLocal;
    contacts.set(key, lastContact ?? lastRecorded);
  }
  const at = now();
  return items.map((item) => {
    const sources = sourcesOfItem(item, learnt, type, contracts.sources.values());
    const worst = stalest(sources.map((source) => freshnessOf(source, contracts.sources.get(source), contacts.get(source) ?? null, at)));
    return worst && { ...worst, lastContact: worst.lastContact === null ? null : formatInstant(worst.lastContact) };
  });
}

/** `title` of the source, where a contract has it. */
export const freshnessLine = ({ source, lastContact, within }: ItemFreshness, title?: string): string =>
  `      来源 ${title === undefined ? '' : `${title} `}${source}  ${lastContact === null ? '尚未联系' : `最近联系 ${clerkTime(Date.parse(lastContact), 'zh')}`}${within ? '' : '  未及时更新 not fresh'}`;
