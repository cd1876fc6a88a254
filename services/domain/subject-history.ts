// The history of a subject as a reader is told it: every event about it, in the order that decides, and how each stands.
import { sortStates } from './states.ts';
import type { Bilingual } from './source-contract.ts';
import type { Misread, State } from './states.ts';

/**
 * `decides` holds now · `earlier` was followed or outranked · `waiting` names a record that is not known · `reread` another
 * reading of the same record holds · `misread` the same, and it should be retired · `retired` counts no more.
 */
export type EntryStanding = 'decides' | 'earlier' | 'waiting' | 'reread' | 'misread' | 'retired';

export const standingTitles: Record<EntryStanding, Bilingual> = {
  decides: { zh: '现行', en: 'holds' },
  earlier: { zh: '此前', en: 'earlier' },
  waiting: { zh: '所指记录尚未收到', en: 'names a record that is not known' },
  reread: { zh: '已由重新读取的同一记录取代', en: 'the same record was read again' },
  misread: { zh: '误读，待作废', en: 'misread, to be retired' },
  retired: { zh: '误读作废', en: 'retired as misread' },
};

export interface HistoryEntry {
  event: string;
  record: string;
  /** Milliseconds since the epoch. */
  time: number;
  change: string;
  standing: EntryStanding;
  /** The event that took its place; null where none did. */
  instead: string | null;
}

/** States that do not count, oldest first; behind them those that do, by record and version, the deciding one at the end. */
export function historyOf(states: readonly State[], retired: ReadonlySet<string>, before?: number): HistoryEntry[] {
  const sorted = sortStates(states, retired, before);
  const byEvent = new Map(states.map((state) => [state.event, state]));
  const entry = ({ event, record, time, change }: State, standing: EntryStanding, instead: string | null = null): HistoryEntry => ({
    ...{ event, record, time, change },
    standing,
    instead,
  });
  const replaced = (list: readonly Misread[], standing: EntryStanding): HistoryEntry[] =>
    list.map(({ event, instead }) => entry(byEvent.get(event)!, standing, instead));
  const aside = [
    ...sorted.retired.map((state) => entry(state, 'retired')),
    ...replaced(sorted.reread, 'reread'),
    ...replaced(sorted.misread, 'misread'),
    ...sorted.waiting.map((state) => entry(state, 'waiting')),
  ].sort((a, b) => a.time - b.time || (a.event < b.event ? -1 : 1));
  const counting = sorted.chains.flatMap((chain) => chain.states.map(({ state }) => state));
  return [
    ...aside,
    ...counting.map((state, i) => entry(state, i === counting.length - 1 ? 'decides' : 'earlier', counting[i + 1]?.event ?? null)),
  ];
}
