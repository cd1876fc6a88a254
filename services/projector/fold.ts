// The fold of events into views, one event at a time and in order; live, rebuild and in-memory fold all run this.
import { familyOf, partsOfStream } from '../domain/events.ts';
import { dateAt } from '../domain/time.ts';
import { packageIdParts } from '../domain/packages/judge.ts';
import { breathe } from '../ports/breathe.ts';
import { applyFact, foldAnew } from './apply-fact.ts';
import { applyQuarantine, applyToSource, judgeRefusal } from './hub-views.ts';
import { eventCursor, judgeDue, whole } from './judge-days.ts';
import { judgeTarget } from './judge-targets.ts';
import { applyToLedger } from './ledger-views.ts';
import { heldBack, park, parkedAhead } from './park.ts';
import { readAhead } from './read-ahead.ts';
import { targetsOf } from './targets.ts';
import type { Fact } from '../domain/facts.ts';
import type { Authorisation } from '../domain/own-facts.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { Checkpoint } from '../ports/view-store.ts';
import type { TargetKey } from '../ports/views.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { SubjectPorts } from './apply-fact.ts';
import type { DayPorts } from './judge-days.ts';
import type { Rules } from './judge-targets.ts';
import type { Stated } from './read-ahead.ts';
import type { Session } from './session.ts';

export { judgeDue };

export interface FoldPorts extends DayPorts, SubjectPorts {
  rules: Rules;
  codec: Pick<EventCodec, 'decode' | 'schemaOf'>;
  /** Destroys a person's key again, should a restored backup have brought it back. */
  erase?: (person: string) => Promise<void>;
}

/**
 * Applies events after `from`; gives the checkpoint that covers them. An event that cannot be decoded or applied parks
 * its stream and leaves no other trace; a failure of the view store or of `erase` is thrown, and parks nothing.
 */
export async function foldEvents(
  session: Session,
  events: readonly RecordedEvent[],
  from: Checkpoint,
  ports: FoldPorts,
): Promise<Checkpoint> {
  let at = from;
  let [recordedtime, date] = [Number.NaN, ''];
  const batch = events.map((event) => ({ event, fact: factOf(event, ports.codec) }));
  await readAhead(session, batch);
  let anyParked = await parkedAhead(session, events);
  for (const stated of batch) {
    await breathe();
    const { event } = stated;
    // A date that came before the event was recorded was judged before it, live and in every rebuild.
    if (event.recordedtime !== recordedtime) [recordedtime, date] = [event.recordedtime, dateAt(event.recordedtime)];
    if (date > at.date) {
      at = await judgeDue(session, date, at, ports);
      anyParked ||= await parkedAhead(session, events);
    }
    at = { position: event.position, date: at.date };
    // An erasure waits behind nothing: it touches no view, and its order does not matter.
    if (stated.fact && familyOf(event.type) === 'erasure') await erase(stated.fact, ports);
    else if (anyParked && (await heldBack(session, event))) continue;
    else if (!(await applied(session, stated, at, ports)) && !anyParked) anyParked = await parkedAhead(session, events);
  }
  return at;
}

/** What an event states; null where no schema of its family fits its bytes. */
function factOf({ type, data }: RecordedEvent, codec: FoldPorts['codec']): object | null {
  try {
    return codec.schemaOf(data).startsWith(`${familyOf(type)}.v`) ? codec.decode(data) : null;
  } catch {
    return null;
  }
}

/** Applies an event whole, or parks its stream and leaves nothing of it behind. */
async function applied(session: Session, { event, fact }: Stated, at: Checkpoint, ports: FoldPorts): Promise<boolean> {
  const done = fact !== null && (await whole(session, () => applyEvent(session, event, fact, at, ports)));
  if (done) return true;
  const parked = await park(session, event, fact === null ? 'undecodable' : 'fold-failed');
  ports.onParked?.(parked);
  return false;
}

async function erase(fact: object, ports: FoldPorts): Promise<void> {
  await ports.erase?.((fact as { person: string }).person);
}

async function applyEvent(session: Session, event: RecordedEvent, fact: object, at: Checkpoint, ports: FoldPorts): Promise<void> {
  await applyToSource(session, event, fact);
  const cursor = eventCursor(event.position);
  // Requests first: a transfer's package rests on the account that its request found.
  for (const target of await targetsAfter(session, event, fact, ports))
    await judgeTarget(session, target, ports.rules, at.date, event, cursor);
}

/** Applies an event to the view of its family; gives what is to be judged again. */
export async function targetsAfter(
  session: Session,
  event: RecordedEvent,
  fact: object,
  ports: SubjectPorts & { rules: Rules },
): Promise<TargetKey[]> {
  switch (familyOf(event.type)) {
    case 'quarantine':
      await applyQuarantine(session, event, fact as Parameters<typeof applyQuarantine>[2]);
      return [];
    // Reads and contacts change nothing that is known.
    case 'access':
    case 'contact':
      return [];
    case 'supervision':
      await applyToLedger(session, event, fact);
      return [];
    case 'transfer-request':
      return (await applyToLedger(session, event, fact)) ? [`house-transfer:${event.subject}`] : [];
    case 'commitment':
      return (await applyToLedger(session, event, fact)) ? targetOfPackage(event.subject, ports.rules) : [];
    case 'authorisation': {
      const { scope, object } = fact as Authorisation;
      return (await applyToLedger(session, event, fact)) && scope === 'joint-transfer' && object !== null
        ? [`house-transfer:${object}`]
        : [];
    }
    case 'retirement': {
      if (!(await applyToLedger(session, event, fact))) return [];
      const parts = partsOfStream(event.subject);
      if (parts?.family === 'quarantine') await judgeRefusal(session, parts.subject);
      const anew = parts && (await foldAnew(session, event.subject, event.position, ports));
      return anew ? targetsOf(session, anew) : [];
    }
    default: {
      const applied = await applyFact(session, event, fact as Fact, ports);
      return applied ? targetsOf(session, applied) : [];
    }
  }
}

/** What a package of this id is made for; nothing where no contract knows its type. */
function targetOfPackage(id: string, { packages }: Rules): TargetKey[] {
  const [typeId, , premises = ''] = packageIdParts(id);
  const type = packages.find((known) => known.id === typeId);
  return type ? [`${type.target}:${premises}`] : [];
}
