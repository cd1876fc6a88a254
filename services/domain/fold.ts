// The fold: a subject's state is the sorted set of what was said of it, so order of arrival cannot matter.
import { normaliseName } from './names.ts';
import type { Fact, Party } from './facts.ts';

/** One event as the history of its subject keeps it. */
export interface Entry {
  event: string;
  record: string;
  sequence: number | null;
  time: number;
  change: string;
  /** The name or holders it stated, kept so that former ones stay known. */
  name?: string;
  parties?: string[];
}

/** A subject as known: the fact that decides, and every entry in order. All of it is covered by the views' digest. */
export interface Subject<F extends Fact = Fact> {
  subject: string;
  /** The deciding fact; its sealed boxes are taken out. */
  fact: F;
  /** Id of the event that decides. */
  event: string;
  history: Entry[];
  /** Ids of events that state one version of one record, or one first registration, differently (DESIGN §5): told, never silently chosen. */
  conflicts: string[];
}

/** Source version first, then time, then id (DESIGN law 5). */
function compareEntries(a: Entry, b: Entry): number {
  return (a.sequence ?? -1) - (b.sequence ?? -1) || a.time - b.time || (a.event < b.event ? -1 : a.event > b.event ? 1 : 0);
}

/** Adds one event to a subject; returns the same object when the event is already in it. */
export function addEntry<F extends Fact>(before: Subject<F> | undefined, subject: string, entry: Entry, fact: F): Subject<F> {
  if (!before) return { subject, fact, event: entry.event, history: [entry], conflicts: [] };
  let at = before.history.length;
  while (at > 0) {
    const order = compareEntries(before.history[at - 1]!, entry);
    if (order === 0) return before;
    if (order < 0) break;
    at--;
  }
  const history = [...before.history.slice(0, at), entry, ...before.history.slice(at)];
  const decides = at === before.history.length;
  return {
    subject,
    fact: decides ? fact : before.fact,
    event: decides ? entry.event : before.event,
    history,
    conflicts: conflictsIn(history),
  };
}

function conflictsIn(history: Entry[]): string[] {
  const seen = new Map<string, string>();
  const conflicts = new Set<string>();
  for (const entry of history) {
    // Without a version, two statements that became true at the same moment are the same version.
    const version = `${entry.record}\0${entry.sequence ?? `t${entry.time}`}`;
    const other = seen.get(version);
    if (other === undefined) seen.set(version, entry.event);
    else conflicts.add(other).add(entry.event);
  }
  for (const entry of registeredTwice(history)) conflicts.add(entry.event);
  return [...conflicts].sort();
}

/**
 * First registrations under one code that name different enterprises: a code misfiled or given twice. A rename is stated
 * as a change, which comes later and decides; until then neither of two is picked.
 */
function registeredTwice(history: readonly Entry[]): Entry[] {
  const first = history.filter((entry) => entry.change === 'registered' && entry.name !== undefined);
  const names = new Set(first.map((entry) => normaliseName(entry.name!)));
  return names.size > 1 ? first : [];
}

/** Every party that was ever stated, without repetition, in order. */
export function everParties(subject: Subject): string[] {
  return [...new Set(subject.history.flatMap((entry) => entry.parties ?? []))];
}

/** Every name that was ever stated, without repetition, in order. */
export function everNames(subject: Subject): string[] {
  return [...new Set(subject.history.flatMap((entry) => (entry.name === undefined ? [] : [entry.name])))];
}

export const partyIds = (parties: readonly (Party | null)[]): string[] => parties.flatMap((party) => (party ? [party.id] : []));
