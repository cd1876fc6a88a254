// What days bring without any event: what falls due, and rules that take effect.
import { nextRuleDay, targetsChangedOn } from '../domain/packages/in-force.ts';
import { breathe } from '../ports/breathe.ts';
import { judgeTarget } from './judge-targets.ts';
import { parkTarget } from './park.ts';
import { readAheadOf } from './read-ahead.ts';
import { Row } from './row.ts';
import { targetOfView } from './targets.ts';
import type { Checkpoint } from '../ports/view-store.ts';
import type { JudgedLocal, TargetKey } from '../ports/views.ts';
import type { Rules } from './judge-targets.ts';
import type { Parked } from './park.ts';
import type { Session } from './session.ts';

export interface DayPorts {
  rules: Rules;
  /** Hears of each stream that is parked, before it is committed. */
  onParked?: (parked: Parked) => void;
  /** Commits what the session holds, between days and thousands of rows; a fold in memory needs none. */
  commit?: (at: Checkpoint) => Promise<void>;
}

/**
 * Judges again, day by day up to a date, everything that falls due (expiry needs no event) and then, on a day on which
 * rules take effect, every target that may rest on them. The checkpoint moves on day by day, so that whoever goes on after
 * a crash in the middle judges by the day that was not finished; what was judged by it already is found unchanged.
 */
export async function judgeDue(session: Session, date: string, at: Checkpoint, ports: DayPorts): Promise<Checkpoint> {
  let done = at;
  for (;;) {
    const ruleDay = nextRuleDay(ports.rules.packages, done.date, date);
    if (ruleDay === null) {
      await judgeDueRows(session, date, done, ports);
      return { position: at.position, date };
    }
    await judgeDueRows(session, ruleDay, done, ports);
    await sweep(session, ruleDay, done, ports);
    done = { position: at.position, date: ruleDay };
    await ports.commit?.(done);
  }
}

async function judgeDueRows(session: Session, date: string, at: Checkpoint, ports: DayPorts): Promise<void> {
  for (;;) {
    const rows = await session.due(date);
    const day = rows[0]?.row.due;
    if (!day) return;
    for (const { view, row } of rows) {
      if (row.due !== day) break;
      // A neighbour on the same target may have been judged a moment ago.
      if ((await session.get(view, row.key))?.due !== day) continue;
      const { target } = row.local as JudgedLocal;
      if (await judgeOn(session, target, day, dayCursor(at.position, day, 'due', view, row.key), at, ports)) continue;
      // It stays as it was judged last, and falls due no more until a replay.
      const { key, body, local, tags, text } = row;
      session.put(view, Row.of({ key, body, local, tags, text, due: null }));
    }
    await ports.commit?.(at);
  }
}

/** The views whose rows are targets, in the order of places in the feed. */
export const targetViews = Object.keys(targetOfView).sort();
/** How many targets are judged between two commits. */
const pageSize = 1_000;

/** Judges every target that rules taking effect on a day may bear on: by view and key, which is the feed's order too. */
async function sweep(session: Session, day: string, at: Checkpoint, ports: DayPorts): Promise<void> {
  const changed = targetsChangedOn(ports.rules.packages, day);
  for (const view of targetViews) {
    const target = targetOfView[view]!;
    if (!changed.has(target)) continue;
    for (let after = ''; ;) {
      const rows = await session.page(view, after, pageSize);
      if (rows.length === 0) break;
      await readAheadOf(session, view, rows);
      for (const { key } of rows)
        await judgeOn(session, `${target}:${key}`, day, dayCursor(at.position, day, 'rules', view, key), at, ports);
      after = rows.at(-1)!.key;
      await ports.commit?.(at);
    }
  }
}

/** Judges a target by a day, or, where that fails, parks it and leaves all as it was. */
async function judgeOn(
  session: Session,
  target: TargetKey,
  day: string,
  cursor: () => string,
  at: Checkpoint,
  ports: DayPorts,
): Promise<boolean> {
  await breathe();
  const cause = { date: day, position: at.position };
  if (await whole(session, () => judgeTarget(session, target, ports.rules, day, cause, cursor))) return true;
  const parked = await parkTarget(session, target, { position: at.position, day });
  if (parked) ports.onParked?.(parked);
  return false;
}

/** Does all of a change, or, where the fold itself fails on it, none. Errors: those of the view store. */
export async function whole(session: Session, change: () => Promise<void>): Promise<boolean> {
  session.mark();
  try {
    await change();
    return true;
  } catch (error) {
    if (session.isOutside(error)) throw error;
    session.rollback();
    return false;
  }
}

/** Places in the feed, in text order: by position, then what the event caused, then what later dates did. */
export function eventCursor(position: number): () => string {
  let n = 0;
  return () => `${placeOf(position, '00000000')}.${six(n++)}`;
}

/**
 * Places of what a day brings: what fell due, then what rules did, each by the row that led there. The row is part of the
 * place, so that a sweep that goes on after a crash gives the places that it would have given.
 */
function dayCursor(position: number, day: string, what: 'due' | 'rules', view: string, key: string): () => string {
  let n = 0;
  // A space sorts before whatever a key may go on with.
  return () => `${placeOf(position, day.replaceAll('-', ''))}.${six(what === 'due' ? 0 : 1)}-${view} ${key} ${six(n++)}`;
}

const placeOf = (position: number, day: string): string => `${String(position).padStart(12, '0')}.${day}`;
const six = (n: number): string => String(n).padStart(6, '0');
