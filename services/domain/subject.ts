// A subject as a row keeps it: the fact that decides, and what of all others judging needs.
import type { Fact } from './facts.ts';
import type { Misread, State } from './states.ts';

/** A name, and when it was first stated. */
export interface NameSince {
  name: string;
  since: number;
}

/**
 * A subject as known: the fact that decides, and of all others only what judging needs, so that it does not grow with
 * their number. All of it is covered by the views' digest. Times are milliseconds since the epoch.
 */
export interface Subject<F extends Fact = Fact> {
  subject: string;
  /** The deciding fact; its sealed boxes are taken out. */
  fact: F;
  /** Id of the event that decides. */
  event: string;
  /** When that became true as it says, and from when it holds. */
  time: number;
  since: number;
  /** The earliest moment that anything was stated of. */
  first: number;
  /** Each kind of change that was ever stated, with the earliest moment of it. */
  changes: Record<string, number>;
  /** Every name that was ever stated, the oldest first, and the ids of all parties. */
  names: NameSince[];
  parties: string[];
  /** Events that state one version of one record, or one first registration, differently (DESIGN §5): told, never silently chosen. */
  conflicts: string[];
  /** Events that name a record which is not known, or one another in a circle, as what they correct. */
  waiting: string[];
  /** The event whose holder the deciding correction, which names no record, displaced; null for none. */
  displaced: string | null;
  /** Events to be retired: a later reading of the same record names the person that they do not. */
  misread: Misread[];
}

/** Keeps what outlives a state: its change, its name and its parties. Replaces, and changes nothing in place. */
export function remember(body: Subject, { change, name, parties, time }: State): void {
  const known = body.changes[change];
  if (known === undefined || known > time) body.changes = withChange(body.changes, change, time);
  if (name !== null) body.names = withName(body.names, name, time);
  const strangers = parties.filter((party) => !body.parties.includes(party));
  if (strangers.length > 0) body.parties = [...new Set([...body.parties, ...strangers])].sort();
}

/** In the order of their names, so that order of arrival cannot matter. */
function withChange(changes: Readonly<Record<string, number>>, change: string, time: number): Record<string, number> {
  const last = Object.keys(changes).at(-1);
  const added = { ...changes, [change]: time };
  return last === undefined || last < change || change in changes
    ? added
    : Object.fromEntries(Object.entries(added).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function withName(names: NameSince[], name: string, since: number): NameSince[] {
  const known = names.find((each) => each.name === name);
  if (known && known.since <= since) return names;
  return [...names.filter((each) => each !== known), { name, since }].sort((a, b) => a.since - b.since || (a.name < b.name ? -1 : 1));
}

/** Whether what decides is stated otherwise by another event of the same version. */
export const contradicted = ({ event, conflicts }: Subject): boolean => conflicts.includes(event);

/** Whether a subject counts as contradictory (不一致): nothing that rests on it may be taken for certain (law 15). */
export const isDoubtful = (subject: Subject): boolean => contradicted(subject) || subject.waiting.length > 0;
