// Parked streams: what the fold cannot apply, kept aside stream by stream so that all others go on.
import { familyOf, streamOf } from '../domain/events.ts';
import { applyToSource } from './hub-views.ts';
import { Row } from './row.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { ParkedBody, ParkedLocal, TargetKey } from '../ports/views.ts';
import type { Session } from './session.ts';

/** One stream that was just parked. Names no subject, which may be a person's: the event's id leads to it. */
export interface Parked {
  family: string;
  reason: ParkedLocal['reason'];
  /** Null where a date that came, and no event, could not be judged. */
  event: string | null;
  position: number;
}

/** Reads ahead which of these events' streams are parked. Until a first one is, no event is looked up at all. */
export async function parkedAhead(session: Session, events: readonly Pick<RecordedEvent, 'type' | 'subject'>[]): Promise<boolean> {
  if (!(await session.any('parked'))) return false;
  await session.ahead(
    events.map((event) => ({ view: 'parked', key: streamOf(event) })),
    [],
  );
  return true;
}

/** Counts an event of a parked stream as held back; false, and nothing done, when its stream is not parked. */
export async function heldBack(session: Session, event: RecordedEvent): Promise<boolean> {
  const before = await session.get<ParkedBody, ParkedLocal>('parked', streamOf(event));
  if (!before) return false;
  const { local } = before;
  put(session, before.key, { ...local, events: local.events + 1, lastPosition: event.position, lastSeen: event.recordedtime });
  await countAtSource(session, event);
  return true;
}

/**
 * Parks the stream of an event that could not be applied, from this event on. It is not tried again: decoding and the
 * fold are pure, so the same code gives the same failure however often it runs. Mended code, or the schema that was
 * missing, comes with `hub replay`, which starts from nothing.
 */
export async function park(session: Session, event: RecordedEvent, reason: ParkedLocal['reason']): Promise<Parked> {
  const stream = streamOf(event);
  await session.get('parked', stream);
  const { id, position, recordedtime } = event;
  put(session, stream, { reason, event: id, position, firstSeen: recordedtime, lastPosition: position, lastSeen: recordedtime, events: 1 });
  await countAtSource(session, event);
  return { family: familyOf(event.type), reason, event: id, position };
}

const familyOfTarget: Record<string, string> = {
  'held-property': 'property-right',
  project: 'project-approval',
  account: 'meter-account',
  'house-transfer': 'house-transfer',
};

/** Parks the stream that a target is about, from the next event on, where a date alone made judging it fail; null if it was. */
export async function parkTarget(session: Session, target: TargetKey, at: { position: number; day: string }): Promise<Parked | null> {
  const kind = target.slice(0, target.indexOf(':'));
  const family = familyOfTarget[kind]!;
  const stream = `${family}-${target.slice(kind.length + 1)}`;
  const position = at.position + 1;
  if (await session.get('parked', stream)) return null;
  // Midnight in Beijing, when the day began that could not be judged.
  const seen = Date.parse(`${at.day}T00:00:00+08:00`);
  put(session, stream, {
    reason: 'judging-failed',
    event: null,
    position,
    firstSeen: seen,
    lastPosition: position,
    lastSeen: seen,
    events: 0,
  });
  return { family, reason: 'judging-failed', event: null, position };
}

/** A source's counts are of what was recorded, read from the envelope alone (law 11: recorded = applied + parked). */
async function countAtSource(session: Session, event: RecordedEvent): Promise<void> {
  if (familyOf(event.type) !== 'erasure') await applyToSource(session, event, null);
}

/**
 * Which event was the first depends on the order of arrival, so the body, which digests cover, holds the stream's name
 * alone (law 5). How much of a parked stream was applied before depends on that order too: law 5 speaks of the others,
 * and of this one again once it is mended. Over one store, live, rebuilt and in memory are the same in any case (law 6).
 */
function put(session: Session, stream: string, local: ParkedLocal): void {
  const tags = [`reason:${local.reason}`];
  session.put('parked', Row.of<ParkedBody, ParkedLocal>({ key: stream, body: { stream }, local, tags, due: null }));
}
