// The fold: a subject as known, from all its states, in any order of arrival.
import { normaliseName } from './names.ts';
import { compareStanding, contradictions, placeBehind, recordOf, sortStates } from './states.ts';
import { remember } from './subject.ts';
import type { Fact, Party } from './facts.ts';
import type { Subject } from './subject.ts';
import type { Chain, Placed, Sorted, Standing, State } from './states.ts';

/** The end of a subject's order, with which the next state is compared so that it needs no history. Outside every digest. */
export interface Tail extends Standing {
  /** The highest version of the deciding record, and the latest moment that it states. */
  version: number | null;
  newest: number;
  begunByCorrection: boolean;
  /** The other records of the subject. */
  others: string[];
}

export interface Folded<F extends Fact = Fact> {
  body: Subject<F>;
  /** Null where the next state has to be sorted in among all others, read from their streams. */
  tail: Tail | null;
}

/** No list in a row is longer; a subject with more records is folded from its streams each time. */
const most = 32;

/** A subject of which one thing was said: as {@link foldStates}, and in a fraction of its time. */
export function foldFirst<F extends Fact>(subject: string, state: State, fact: F): Folded<F> {
  const { event, time, change, name, parties } = state;
  if (state.corrects !== null) return foldStates(subject, [state], () => fact)!;
  const { source, record, sequence, ends, correction } = state;
  return {
    body: {
      changes: { [change]: time },
      names: name === null ? [] : [{ name, since: time }],
      parties: parties.length < 2 ? [...parties] : [...new Set(parties)].sort(),
      ...{ subject, fact, event, time, since: time, first: time },
      ...{ conflicts: [], waiting: [], displaced: null, misread: [] },
    },
    tail: {
      source,
      record,
      first: time,
      rank: time,
      ended: ends,
      version: sequence,
      newest: time,
      begunByCorrection: correction,
      others: [],
    },
  };
}

/** Folds everything that was said of a subject; null when nothing of it counts. `factOf` gives the fact of an event. */
export function foldStates<F extends Fact>(
  subject: string,
  all: readonly State[],
  factOf: (event: string) => F,
  retired: ReadonlySet<string> = new Set(),
  before?: number,
): Folded<F> | null {
  const sorted = sortStates(all, retired, before);
  const { chains, waiting } = sorted;
  const counting = [...chains.flatMap(({ states }) => states.map(({ state }) => state)), ...waiting];
  if (counting.length === 0) return null;
  // A subject of which every state waits shows the newest, and contradicts itself.
  const chain = chains.at(-1);
  const { state, since } = chain?.states.at(-1) ?? { state: waiting.at(-1)!, since: waiting.at(-1)!.time };
  const body: Subject<F> = {
    ...nothing,
    subject,
    fact: factOf(state.event),
    event: state.event,
    time: state.time,
    since,
    first: counting.reduce((first, { time }) => Math.min(first, time), Number.POSITIVE_INFINITY),
    conflicts: bounded([...new Set([...contradictions(counting), ...registeredTwice(counting)])], state.event),
    waiting: bounded(waiting.map(({ event }) => event)),
    displaced: displacedBy(chains),
    misread: sorted.misread.slice(0, most),
  };
  for (const each of counting) remember(body, each);
  return { body, tail: chain && before === undefined ? tailOf(sorted, chain) : null };
}

const nothing = { changes: {}, names: [], parties: [] };

/**
 * The subject after one more state that was never said before; null where more than the row has to be looked at. Only
 * for a state whose record was not read before, of a subject of which nothing was retired.
 */
export function addState<F extends Fact>({ body, tail }: Folded, state: State, fact: F): Folded<F> | null {
  if (!tail || state.corrects !== null) return null;
  // A second first registration may contradict the first by its name; all registrations are needed to tell.
  if (state.name !== null && state.change === 'registered' && 'registered' in body.changes) return null;
  const key = recordOf(state);
  if (tail.source === state.source && tail.record === state.record) return nextVersion({ body, tail }, state, fact);
  return tail.others.includes(key) || tail.others.length + 1 >= most || tail.begunByCorrection || state.correction
    ? null
    : nextRecord({ body, tail }, state, fact, key);
}

type Going = { body: Subject; tail: Tail };

/** The next version of the deciding record, if it is plain that it comes last. */
function nextVersion<F extends Fact>({ body, tail }: Going, state: State, fact: F): Folded<F> | null {
  const later = state.sequence === null ? state.time > tail.newest : state.sequence > (tail.version ?? -1) && state.time >= tail.newest;
  const placed = placeBehind({ since: body.since, rank: tail.rank }, state);
  // A state that ends falls back beside other records, and so may one that displaces them.
  const alone = tail.others.length === 0 || (!tail.begunByCorrection && (tail.ended || !state.ends));
  if (!later || !alone) return null;
  const after = decided(body, placed, fact);
  const { rank } = placed;
  const version = state.sequence ?? tail.version;
  return { body: after, tail: { ...tail, rank, ended: state.ends, version, newest: Math.max(tail.newest, state.time) } };
}

/** The first state of a record that the subject did not have. */
function nextRecord<F extends Fact>({ body, tail }: Going, state: State, fact: F, key: string): Folded<F> {
  const { source, record, time, sequence } = state;
  const placed = placeBehind(undefined, state);
  const own: Standing = { source, record, first: time, rank: placed.rank, ended: state.ends };
  if (compareStanding(own, tail) < 0) {
    const after = { ...body, first: Math.min(body.first, time) } as Subject<F>;
    remember(after, state);
    return { body: after, tail: { ...tail, others: [...tail.others, key].sort() } };
  }
  const others = [...tail.others, recordOf(tail)].sort();
  return {
    body: decided(body, placed, fact),
    tail: { ...own, version: sequence, newest: time, begunByCorrection: state.correction, others },
  };
}

function decided<F extends Fact>(body: Subject, { state, since }: Placed, fact: F): Subject<F> {
  const { event, time } = state;
  const after: Subject<F> = { ...body, fact, event, time, since, first: Math.min(body.first, time), displaced: null };
  remember(after, state);
  return after;
}

function tailOf({ chains, waiting, reread, misread, retired }: Sorted, chain: Chain): Tail | null {
  const { source, record, first, begunByCorrection, states } = chain;
  const plain = waiting.length + reread.length + misread.length + retired.length === 0;
  const named = chains.some((each) => each.states.some(({ state }) => state.record !== each.record));
  if (!plain || named || chains.length > most) return null;
  const { rank, state } = states.at(-1)!;
  const highest = (numbers: readonly number[]): number | null =>
    numbers.reduce<number | null>((found, number) => (found === null || number > found ? number : found), null);
  return {
    source,
    record,
    first,
    rank,
    ended: state.ends,
    version: highest(states.flatMap((each) => each.state.sequence ?? [])),
    newest: highest(states.map((each) => each.state.time))!,
    begunByCorrection,
    others: chains
      .filter((each) => each !== chain)
      .map(recordOf)
      .sort(),
  };
}

/** As many events as a row can hold: the first by id, and always the one that decides. */
function bounded(events: readonly string[], deciding?: string): string[] {
  const kept = [...events].sort().slice(0, most);
  if (deciding === undefined || !events.includes(deciding) || kept.includes(deciding)) return kept;
  return [...kept.slice(1), deciding].sort();
}

/**
 * First registrations under one code that name different enterprises: a code misfiled or given twice. A rename is stated
 * as a change, which comes later and decides; until then neither of two is picked.
 */
function registeredTwice(states: readonly State[]): string[] {
  const first = states.filter(({ change, name }) => change === 'registered' && name !== null);
  const names = new Set(first.map(({ name }) => normaliseName(name!)));
  return names.size > 1 ? first.map(({ event }) => event) : [];
}

/** The last state of the record that decided until a correction under a number of its own came, if others hold by it. */
function displacedBy(chains: readonly Chain[]): string | null {
  const [before, now] = [chains.at(-2), chains.at(-1)];
  if (!now?.begunByCorrection || !before) return null;
  const [was, is] = [before.states.at(-1)!.state, now.states.at(-1)!.state];
  return was.parties.length > 0 && was.parties.some((party) => !is.parties.includes(party)) ? was.event : null;
}

export const partyIds = (parties: readonly (Party | null)[]): string[] => parties.flatMap((party) => (party ? [party.id] : []));
