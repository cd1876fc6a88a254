// Every version of some packages and requests, as the change feed told of them, folded from the streams concerned.
import { dateAt, startOfDay } from '../domain/time.ts';
import { streamsIn } from './apply-fact.ts';
import { foldEvents, judgeDue } from './fold.ts';
import { emptyBase, openSession } from './session.ts';
import { watchSession } from './watch-session.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { Package } from '../domain/packages/judge.ts';
import type { TransferRequest } from '../domain/transfers/request.ts';
import type { EventReader } from '../ports/event-store.ts';
import type { Version } from '../ports/package-history.ts';
import type { Checkpoint, ViewReader } from '../ports/view-store.ts';
import type { FeedLine, ParkedLocal } from '../ports/views.ts';
import type { LinkReader } from './bearing-streams.ts';
import type { FoldPorts } from './fold.ts';
import type { Noted } from './watch-session.ts';

export interface HistoryPorts extends Pick<FoldPorts, 'codec' | 'rules'> {
  store: Pick<EventReader, 'readStream' | 'query' | 'get' | 'head' | 'positionAt'>;
  views: LinkReader & Pick<ViewReader, 'list' | 'checkpoint'>;
}

/** Before the first event. */
export const beginning: Checkpoint = { position: 0, date: '0000-01-01' };

/** The events of some streams up to a position, in the order of the store. */
export async function eventsOfStreams(
  { store, views }: Pick<HistoryPorts, 'store' | 'views'>,
  streams: readonly string[],
  position: number,
): Promise<RecordedEvent[]> {
  const anyParked = (await views.list('parked', { limit: 1 })).length > 0;
  const events: RecordedEvent[] = [];
  for (const stream of streams) {
    // A stream that is parked counts as far as the views took it, also where what stopped it lies outside this matter.
    const parked = anyParked ? await views.get('parked', stream) : undefined;
    const upTo = parked ? Math.min(position, (JSON.parse(parked.local) as ParkedLocal).position - 1) : position;
    for await (const event of store.readStream(stream, { upTo })) events.push(event);
  }
  return events.sort((a, b) => a.position - b.position);
}

/** Folds events, oldest first, and what came due until the views' date; gives each version that is wanted when it comes to be. */
export async function* versionsIn(
  ports: HistoryPorts,
  events: readonly RecordedEvent[],
  wanted: (kind: FeedLine['kind'], id: string) => boolean,
): AsyncGenerator<Version> {
  const { session, drain } = watchSession(openSession(emptyBase), wanted);
  const fold = { ...ports, streams: streamsIn(events) };
  let at = beginning;
  for (const event of events) {
    at = await foldEvents(session, [event], at, fold);
    for (const noted of drain()) yield await versionOf(ports, noted, event, at.date);
  }
  const { date } = await ports.views.checkpoint();
  if (date > at.date) await judgeDue(session, date, at, ports);
  for (const noted of drain()) yield await versionOf(ports, noted, null, date);
}

async function versionOf({ store }: HistoryPorts, { line, row }: Noted, event: RecordedEvent | null, date: string): Promise<Version> {
  const state = { body: row ? (row.body as Package | TransferRequest) : null, events: row ? Object.keys(row.local.learnt).sort() : [] };
  if ('event' in line.cause) return { ...line, ...state, position: event!.position, recordedtime: event!.recordedtime, date };
  // A day comes right behind whatever was recorded before it, of whomever that was.
  const recordedtime = startOfDay(line.cause.date);
  return { ...line, ...state, position: await store.positionAt(recordedtime), recordedtime, date: line.cause.date };
}

/** The hub's date when an event was the newest: what had fallen due by then was judged. */
export async function dateOfPosition({ store }: Pick<HistoryPorts, 'store'>, position: number): Promise<string | null> {
  const [newest] = (await store.query({ after: position - 1, upTo: position, limit: 1 })).events;
  return newest ? dateAt(newest.recordedtime) : null;
}
