// The views of the hub's own events: what was refused, and how the sources are doing.
import { changeOf, familyOf, streamOf } from '../domain/events.ts';
import { hubItself } from '../ports/own-event.ts';
import { noteReading } from './readings.ts';
import { retiredOf } from './retirements.ts';
import { Row } from './row.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { QuarantineBody, QuarantineLocal, SourceLocal } from '../ports/views.ts';
import type { Session } from './session.ts';

interface QuarantineFact extends Omit<QuarantineBody, 'id' | 'state'> {
  change: QuarantineLocal['became'];
  position: string;
  persons: string[];
  content: { box: Uint8Array };
}

export async function applyQuarantine(session: Session, event: RecordedEvent, fact: QuarantineFact): Promise<void> {
  if (fact.change === 'quarantined') await noteReading(session, event, null);
  const before = await session.get<QuarantineBody, QuarantineLocal>('quarantine', event.subject);
  // Redriven and dropped come after quarantined, whatever the order of arrival.
  const became = before && before.local.became !== 'quarantined' ? before.local.became : fact.change;
  const refused = fact.change === 'quarantined' ? event : null;
  const { source, mapping, reason, field } = fact;
  const local: QuarantineLocal = {
    became,
    event: refused?.id ?? before?.local.event ?? '',
    evidence: refused?.evidence ?? before?.local.evidence ?? 'none',
    place: before?.local.place ?? fact.position,
    persons: fact.persons,
    content: before?.local.content || Buffer.from(fact.content.box).toString('base64'),
    firstSeen: before?.local.firstSeen ?? event.recordedtime,
    lastSeen: event.recordedtime,
  };
  await putQuarantined(session, { id: event.subject, source, mapping, reason, field, state: became }, local);
}

/** Applies what was decided about a refusal: whether it was a misreading. */
export async function judgeRefusal(session: Session, id: string): Promise<void> {
  const row = await session.get<QuarantineBody, QuarantineLocal>('quarantine', id);
  if (row) await putQuarantined(session, row.body, row.local);
}

async function putQuarantined(session: Session, body: QuarantineBody, local: QuarantineLocal): Promise<void> {
  const { id, source } = body;
  const retired = await retiredOf(session, streamOf({ type: 'quarantine.', subject: id }));
  const state = retired.has(local.event) ? 'retired' : local.became;
  const tags = [`source:${source}`, `state:${state}`, ...local.persons.map((person) => `person:${person}`)].sort();
  session.put('quarantine', Row.of<QuarantineBody, QuarantineLocal>({ key: id, body: { ...body, state }, local, tags, due: null }));
}

const nothingYet: SourceLocal = {
  contract: '',
  events: 0,
  own: 0,
  quarantined: 0,
  newestFact: null,
  lastRecorded: null,
  lastContact: null,
  cursor: null,
  received: 0,
  published: 0,
  refused: 0,
};

export interface ContactFact {
  cursor: string | null;
  received: number;
  published: number;
  quarantined: number;
}

/** `fact` is null for an event of a parked stream: it is counted by its envelope alone. */
export async function applyToSource(session: Session, event: RecordedEvent, fact: object | null): Promise<void> {
  // What the hub itself decided concerns no source.
  if (event.source === hubItself.name) return;
  const before = await session.get<{ source: string }, SourceLocal>('source', event.source);
  const was = before?.local ?? nothingYet;
  const local: SourceLocal = { ...was, contract: event.contract, ...changesTo(was, event, fact) };
  session.put('source', Row.of({ key: event.source, body: { source: event.source }, local, tags: [], due: null }));
}

function changesTo(was: SourceLocal, event: RecordedEvent, fact: object | null): Partial<SourceLocal> {
  switch (familyOf(event.type)) {
    case 'contact': {
      if (fact === null) return { own: was.own + 1 };
      const { cursor, received, published, quarantined } = fact as ContactFact;
      return {
        own: was.own + 1,
        lastContact: Math.max(was.lastContact ?? event.time, event.time),
        cursor: cursor ?? was.cursor,
        received: was.received + received,
        published: was.published + published,
        refused: was.refused + quarantined,
      };
    }
    case 'quarantine':
      if (changeOf(event.type) !== 'quarantined') return { own: was.own + 1 };
      return { own: was.own + 1, quarantined: was.quarantined + 1, lastRecorded: event.recordedtime };
    default:
      return { events: was.events + 1, lastRecorded: event.recordedtime, newestFact: Math.max(was.newestFact ?? event.time, event.time) };
  }
}
