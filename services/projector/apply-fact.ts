// Applies a fact to its subject's row: by the row alone where it plainly comes last, else folded anew from its own streams.
import { familyOf, partsOfStream, streamOf } from '../domain/events.ts';
import { addState, foldFirst, foldStates } from '../domain/fold.ts';
import { groupBy } from '../domain/group-by.ts';
import { everLinks, keptFact, tagsOf, viewOfFamily } from './fact-views.ts';
import { noteReading } from './readings.ts';
import { anyRetired, retiredOf } from './retirements.ts';
import { Row } from './row.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { Fact } from '../domain/facts.ts';
import type { Folded } from '../domain/fold.ts';
import type { Subject } from '../domain/subject.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { EventReader } from '../ports/event-store.ts';
import type { FactLocal, ParkedBody, ParkedLocal } from '../ports/views.ts';
import type { FactRow, KeptFact, RecordContracts } from './fact-views.ts';
import type { Session } from './session.ts';

export interface SubjectPorts {
  codec: Pick<EventCodec, 'decode'>;
  rules: { sources: RecordContracts };
  /** The streams of subjects, as far as they are folded. */
  streams: Pick<EventReader, 'readStream'>;
}

/** A subject's row before and after; undefined where there is none. */
export interface AppliedFact {
  view: string;
  key: string;
  before: FactRow | undefined;
  after: FactRow | undefined;
}

/** Applies a fact; null when the event was applied already. */
export async function applyFact(session: Session, event: RecordedEvent, stated: Fact, ports: SubjectPorts): Promise<AppliedFact | null> {
  const fact = keptFact(event, stated, ports.rules.sources);
  const read = await noteReading(session, event, fact.state.record);
  if (read === 'known') return null;
  const before = await session.get<Subject, FactLocal>(fact.view, event.subject);
  const stream = streamOf(event);
  const after = read === 'first' && !(await anyRetired(session, stream)) ? plainly(before, event, fact) : null;
  if (!after) return foldAnew(session, stream, event.position, ports);
  session.put(fact.view, after);
  return { view: fact.view, key: event.subject, before, after };
}

/** The row after a state that needs no other to be looked at; null where it does. */
function plainly(before: FactRow | undefined, event: RecordedEvent, fact: KeptFact): FactRow | null {
  const folded: Folded | null = before
    ? addState({ body: before.body, tail: before.local.tail }, fact.state, fact.fact)
    : foldFirst(event.subject, fact.state, fact.fact);
  if (!folded) return null;
  const decides = folded.body.event === event.id;
  const deciding = decides || !before ? localOf(event, fact) : before.local;
  const links = decides || !before ? fact.links : before.tags.filter((tag) => !tag.startsWith('was:'));
  const tags = tagsOf(fact.view, folded.body, links, [...(before?.tags ?? []), ...fact.links]);
  return Row.of({ key: event.subject, body: folded.body, local: { ...deciding, tail: folded.tail }, tags, due: null });
}

/** Folds a subject anew from its stream, up to a position or as far as the stream was applied. */
export async function foldAnew(session: Session, stream: string, position: number, ports: SubjectPorts): Promise<AppliedFact | null> {
  if (viewOfFamily(partsOfStream(stream)!.family) === undefined) return null;
  const parked = (await session.any('parked')) ? await session.get<ParkedBody, ParkedLocal>('parked', stream) : undefined;
  const upTo = parked ? Math.min(position, parked.local.position - 1) : position;
  const events = await session.outside(() => eventsOf(ports, stream, upTo));
  return putSubject(session, stream, events, ports);
}

/** Puts the row of a subject that its events make; `before` leaves out what holds only from then on. */
export async function putSubject(
  session: Session,
  stream: string,
  events: readonly RecordedEvent[],
  { codec, rules }: Pick<SubjectPorts, 'codec' | 'rules'>,
  before?: number,
): Promise<AppliedFact> {
  const { family, subject } = partsOfStream(stream)!;
  const view = viewOfFamily(family)!;
  const all = new Map(events.map((event) => [event.id, { event, ...keptFact(event, codec.decode(event.data) as Fact, rules.sources) }]));
  const states = [...all.values()].map(({ state }) => state);
  const folded = foldStates(subject, states, (id) => all.get(id)!.fact, await retiredOf(session, stream), before);
  const was = await session.get<Subject, FactLocal>(view, subject);
  const ever = new Set([...all.values()].flatMap(everLinks));
  await keepFindable(session, stream, folded ? [] : [...ever]);
  if (!folded) {
    if (was) session.remove(view, subject);
    return { view, key: subject, before: was, after: undefined };
  }
  const deciding = all.get(folded.body.event)!;
  const tags = tagsOf(view, folded.body, deciding.links, ever);
  const local = { ...localOf(deciding.event, deciding), tail: folded.tail };
  const after: FactRow = Row.of({ key: subject, body: folded.body, local, tags, due: null });
  session.put(view, after);
  return { view, key: subject, before: was, after };
}

/** A subject of which nothing counts any more has no row; what it was linked by still leads to its stream. */
async function keepFindable(session: Session, stream: string, links: readonly string[]): Promise<void> {
  if (links.length === 0 && !(await session.any('unstated'))) return;
  const known = await session.get('unstated', stream);
  if (links.length === 0) {
    if (known) session.remove('unstated', stream);
    return;
  }
  const tags = links.map((link) => `was:${link}`).sort();
  session.put('unstated', Row.of({ key: stream, body: { stream }, local: null, tags, due: null }));
}

async function eventsOf({ streams }: SubjectPorts, stream: string, upTo: number): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of streams.readStream(stream, { upTo })) events.push(event);
  return events;
}

function localOf({ source, recordedtime, position }: RecordedEvent, { sealed, addressKeys }: KeptFact): Omit<FactLocal, 'tail'> {
  return { source, recordedtime, position, sealed, addressKeys };
}

/** Events by their streams, in their order. */
export const byStream = (events: readonly RecordedEvent[]): Map<string, RecordedEvent[]> => groupBy(events, streamOf);

/** Streams of events in hand, for a fold in memory. */
export function streamsIn(events: readonly RecordedEvent[]): SubjectPorts['streams'] {
  const streams = byStream(events);
  return {
    async *readStream(stream, { upTo = Number.POSITIVE_INFINITY } = {}) {
      for (const event of streams.get(stream) ?? []) if (event.position <= upTo) yield event;
    },
  };
}

/** Whether an event states a fact, and is not of the hub's own. */
export const isFact = (event: RecordedEvent): boolean => viewOfFamily(familyOf(event.type)) !== undefined;
