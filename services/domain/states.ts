// The states of a subject sorted out: which of them count, in which order, and which decides (DESIGN law 5).
import { groupBy } from './group-by.ts';

/** One event about a subject, as far as its order and its reading go. Times are milliseconds since the epoch. */
export interface State {
  event: string;
  source: string;
  /** Id of the record at its source; with the source it makes the record. */
  record: string;
  /** Another record of the same source that this one corrects or reverses; null for none. */
  corrects: string | null;
  /** The source's version of the record; null where it has none. */
  sequence: number | null;
  /** When it became true, as the record says. */
  time: number;
  change: string;
  /** Whether it corrects what its record said before. */
  correction: boolean;
  /** Whether the right itself ends with it. */
  ends: boolean;
  /** Digest of the record as received. */
  evidence: string;
  /** Version of the contract, and of the reader, that it was read under. */
  contract: number;
  reader: number;
  /** Whether it names a natural person. */
  person: boolean;
  /** The name it states, where names are kept. */
  name: string | null;
  /** Ids of the parties it names. */
  parties: readonly string[];
}

/** A state in its place: since when it holds, and by what it is compared with the states of other records. */
export interface Placed {
  state: State;
  since: number;
  rank: number;
}

/** The states of one record, and of those that correct it, in order. Never empty. */
export interface Chain {
  source: string;
  record: string;
  /** When the record's first state became true. */
  first: number;
  /** Whether it begins with a correction that names no other record. */
  begunByCorrection: boolean;
  states: Placed[];
}

/** An event that was read wrongly, and the reading that holds in its stead. */
export interface Misread {
  event: string;
  instead: string;
}

/** The states of a subject, sorted out. */
export interface Sorted {
  /** By rank, the one that decides last. */
  chains: Chain[];
  /** States that name a record that is not known, or name one another in a circle. */
  waiting: State[];
  /** Readings that a later reading of the same record took the place of: reading again and not the source changed them. */
  reread: Misread[];
  /** Readings without a person, where a later one of the same record and version names one: to be retired. */
  misread: Misread[];
  retired: State[];
}

/** The key of a record: its source, and its id there. */
export const recordOf = ({ source, record }: Pick<State, 'source' | 'record'>): string => `${source}\0${record}`;
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byTime = (a: State, b: State): number => a.time - b.time || byText(a.event, b.event);
const versionOf = (state: State): string => `${recordOf(state)}\0${state.sequence ?? `t${state.time}`}`;

/** Sorts out everything said of one subject, in any order of arrival. `before`: leaves out what holds only from then on. */
export function sortStates(all: readonly State[], retired: ReadonlySet<string>, before = Number.POSITIVE_INFINITY): Sorted {
  const { holding, reread, misread } = readingsThatHold(all.filter(({ event }) => !retired.has(event)));
  const { chains, waiting } = chainsOf(holding);
  const known = chains.flatMap((chain) => {
    // A state never holds before the one that it follows, so what is left out is the end of a chain.
    const states = chain.states.filter(({ since }) => since < before);
    return states.length === 0 ? [] : [{ ...chain, states }];
  });
  return {
    chains: known.sort(compareChains),
    waiting: waiting.filter(({ time }) => time < before).sort(byTime),
    reread,
    misread,
    retired: all.filter(({ event }) => retired.has(event)).sort(byTime),
  };
}

/**
 * Readings of one record as received are one state: the reading under the higher contract version counts, then that of the
 * higher reader. Digests of records tell nothing where only one of two readings names a person, as they are keyed then: of
 * one version the reading that names a person counts, if its contract is the higher.
 */
function readingsThatHold(states: readonly State[]): { holding: State[]; reread: Misread[]; misread: Misread[] } {
  const reread: Misread[] = [];
  const best = (group: readonly State[]): State[] => {
    const newest = group.reduce((a, b) => (readLater(b, a) ? b : a));
    return group.filter((state) => {
      const counts = !readLater(newest, state);
      if (!counts) reread.push({ event: state.event, instead: newest.event });
      return counts;
    });
  };
  const once = [...groupBy(states, (state) => `${recordOf(state)}\0${evidenceOf(state)}`).values()].flatMap(best);
  const misread: Misread[] = [];
  const holding = [...groupBy(once, versionOf).values()].flatMap((group) => {
    if (group.length === 1) return group;
    const [named] = group.filter(({ person }) => person).sort((a, b) => b.contract - a.contract || byText(a.event, b.event));
    return group.filter((state) => {
      if (!named || state.person || state.contract >= named.contract) return true;
      misread.push({ event: state.event, instead: named.event });
      return false;
    });
  });
  return { holding, reread, misread: misread.sort((a, b) => byText(a.event, b.event)) };
}

/** An event without a digest rests on a record of its own. */
const evidenceOf = ({ evidence, event }: State): string => (evidence === 'none' ? event : evidence);
type ReadUnder = Pick<State, 'contract' | 'reader'>;
/** Whether a reading counts before another of the same record as received. */
export const readLater = (a: ReadUnder, b: ReadUnder): boolean =>
  a.contract > b.contract || (a.contract === b.contract && a.reader > b.reader);

/** Events that say one version of one record differently; both are told and neither is picked. */
export function contradictions(states: readonly State[]): string[] {
  return [...groupBy(states, versionOf).values()].filter((group) => group.length > 1).flatMap((group) => group.map(({ event }) => event));
}

/** By version; a state without one stands before the first version that became true no earlier. */
function inOrder(states: readonly State[]): State[] {
  const versioned = states.filter(({ sequence }) => sequence !== null).sort((a, b) => a.sequence! - b.sequence! || byTime(a, b));
  const others = states.filter(({ sequence }) => sequence === null).sort(byTime);
  let next = 0;
  const ordered = versioned.flatMap((state) => {
    const from = next;
    while (next < others.length && others[next]!.time <= state.time) next++;
    return [...others.slice(from, next), state];
  });
  return [...ordered, ...others.slice(next)];
}

function chainsOf(states: readonly State[]): { chains: Chain[]; waiting: State[] } {
  const records = new Map([...groupBy(states, recordOf)].map(([key, own]) => [key, inOrder(own)]));
  /** For a record, the one that it corrects: the one that its newest statement about it names. */
  const names = new Map<string, string>();
  for (const [key, own] of records) {
    const naming = own.findLast(({ corrects, record }) => corrects !== null && corrects !== record);
    if (naming) names.set(key, recordOf({ source: naming.source, record: naming.corrects! }));
  }
  const namedBy = groupBy([...names.keys()], (key) => names.get(key)!);
  const chained = new Set<string>();
  /** A record's own states, then those of each record that corrects it with what corrects that, the older first. */
  const withCorrections = (root: string): State[] => {
    const found: State[][] = [];
    for (const left = [root]; left.length > 0;) {
      const key = left.pop()!;
      chained.add(key);
      found.push(records.get(key)!);
      for (const naming of (namedBy.get(key) ?? []).sort((a, b) => byTime(records.get(b)![0]!, records.get(a)![0]!))) left.push(naming);
    }
    return found.flat();
  };
  const chains = [...records.keys()].filter((key) => !names.has(key)).map((key) => chainOf(withCorrections(key)));
  // A record that names one which is not there, or that stands in a circle, was reached from no record that names none.
  const waiting = [...records].filter(([key]) => !chained.has(key)).flatMap(([, own]) => own);
  return { chains, waiting };
}

function chainOf(states: readonly State[]): Chain {
  const [{ source, record, time, correction }] = states as [State];
  const placed: Placed[] = [];
  for (const state of states) placed.push(placeBehind(placed.at(-1), state));
  return { source, record, first: time, begunByCorrection: correction, states: placed };
}

/** The place of a state behind the one before it in its record. */
export function placeBehind(last: Pick<Placed, 'since' | 'rank'> | undefined, state: State): Placed {
  if (!last) return { state, since: state.time, rank: state.time };
  const since = state.correction ? last.since : Math.max(state.time, last.since);
  return { state, since, rank: state.ends ? last.rank : since };
}

/** A chain as far as it is compared with others. */
export interface Standing extends Pick<Chain, 'source' | 'record' | 'first'> {
  rank: number;
  ended: boolean;
}

/** By rank; then what stands over what ended; then the record that began later; then by source and record id. */
export function compareStanding(a: Standing, b: Standing): number {
  return (
    a.rank - b.rank || Number(b.ended) - Number(a.ended) || a.first - b.first || byText(a.source, b.source) || byText(a.record, b.record)
  );
}

const standingOf = ({ source, record, first, states }: Chain): Standing => {
  const { rank, state } = states.at(-1)!;
  return { source, record, first, rank, ended: state.ends };
};
const compareChains = (a: Chain, b: Chain): number => compareStanding(standingOf(a), standingOf(b));
