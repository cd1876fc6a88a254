// The views of the hub's own events: what was refused, and how the sources are doing.
import { changeOf, familyOf } from '../domain/events.ts';
import { hubItself } from '../ports/own-event.ts';
import { Row } from './row.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { QuarantineBody, QuarantineLocal, SourceLocal } from '../ports/views.ts';
import type { Session } from './session.ts';

interface QuarantineFact extends Omit<QuarantineBody, 'id' | 'state'> {
  change: QuarantineBody['state'];
  position: string;
  persons: string[];
  content: { box: Uint8Array };
}

export async function applyQuarantine(session: Session, event: RecordedEvent, fact: QuarantineFact): Promise<void> {
  const before = await session.get<QuarantineBody, QuarantineLocal>('quarantine', event.subject);
  // Redriven and dropped come after quarantined, whatever the order of arrival.
  const state = before && before.body.state !== 'quarantined' ? before.body.state : fact.change;
  const { source, mapping, reason, field } = fact;
  const row = Row.of<QuarantineBody, QuarantineLocal>({
    key: event.subject,
    body: { id: event.subject, source, mapping, reason, field, state },
    local: {
      place: before?.local.place ?? fact.position,
      persons: fact.persons,
      content: before?.local.content || Buffer.from(fact.content.box).toString('base64'),
      firstSeen: before?.local.firstSeen ?? event.recordedtime,
      lastSeen: event.recordedtime,
    },
    tags: [`source:${source}`, `state:${state}`, ...fact.persons.map((person) => `person:${person}`)].sort(),
    due: null,
  });
  session.put('quarantine', row);
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
