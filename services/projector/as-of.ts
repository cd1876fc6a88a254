// Packages and requests as known at a past position and as valid on a date, folded from only the streams that bear on them.
import { familyOf } from '../domain/events.ts';
import { dayAfter, startOfDay } from '../domain/time.ts';
import { bearingStreams, matterOfPackage } from './bearing-streams.ts';
import { byStream, isFact, putSubject, streamsIn } from './apply-fact.ts';
import { foldEvents, judgeDue, targetsAfter } from './fold.ts';
import { judgeTarget } from './judge-targets.ts';
import { emptyBase, openSession } from './session.ts';
import { beginning, dateOfPosition, eventsOfStreams, versionsIn } from './versions.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { Package } from '../domain/packages/judge.ts';
import type { Target } from '../domain/packages/contract.ts';
import type { TransferRequest } from '../domain/transfers/request.ts';
import type { PackageHistory, PastOptions, Version } from '../ports/package-history.ts';
import type { FeedLine, JudgedLocal } from '../ports/views.ts';
import type { Matter } from './bearing-streams.ts';
import type { Row } from './row.ts';
import type { Session } from './session.ts';
import type { HistoryPorts } from './versions.ts';

/** Requests first: a transfer's package rests on the account that its request found. */
const targets: readonly Target[] = ['house-transfer', 'held-property', 'project', 'account'];

export function packageHistory(ports: HistoryPorts): PackageHistory {
  return {
    async asOf(id, position, options = {}) {
      const { row, date } = await pastOf<Package>(ports, { kind: 'package', id }, position, options);
      return { package: row?.body ?? null, local: row?.local ?? null, position, date };
    },
    async requestAsOf(caseNo, position, options = {}) {
      const { row, date } = await pastOf<TransferRequest>(ports, { kind: 'transfer-request', id: caseNo }, position, options);
      return { request: row?.body ?? null, local: row?.local ?? null, position, date };
    },
    versions: ((kind: FeedLine['kind'], id: string) => versionsOf(ports, { kind, id })) as PackageHistory['versions'],
  };
}

interface Wanted {
  kind: FeedLine['kind'];
  id: string;
}

const matterOf = ({ kind, id }: Wanted): Matter => (kind === 'package' ? matterOfPackage(id) : { premises: id, packages: [] });

async function* versionsOf(ports: HistoryPorts, { kind, id }: Wanted): AsyncGenerator<Version> {
  const streams = await bearingStreams(ports.views, matterOf({ kind, id }));
  const events = await eventsOfStreams(ports, streams, await ports.store.head());
  yield* versionsIn(ports, events, (view, key) => view === kind && key === id);
}

/** The state that a fold of what bears on one package or request came to, and what it was folded from. */
export interface Past<Body> {
  row: Row<Body, JudgedLocal> | undefined;
  date: string;
  session: Session;
  events: ReadonlyMap<string, RecordedEvent>;
  /** The moment from which on states that hold only later were left out. */
  before?: number;
}

export async function pastOf<Body>(ports: HistoryPorts, wanted: Wanted, position: number, options: PastOptions): Promise<Past<Body>> {
  const matter = matterOf(wanted);
  const events = await eventsOfStreams(ports, await bearingStreams(ports.views, matter), position);
  const session = openSession(emptyBase);
  const date = await foldAsOf(ports, session, { events, premises: matter.premises, position, options });
  const byId = new Map(events.map((event) => [event.id, event]));
  const before = options.validAt === undefined ? {} : { before: endOf(options.validAt) };
  return { row: await session.get(wanted.kind, wanted.id), date, session, events: byId, ...before };
}

const endOf = (date: string): number => startOfDay(dayAfter(date));

interface Asked {
  events: readonly RecordedEvent[];
  premises: string;
  position: number;
  options: PastOptions;
}

/** Gives the date by which it was judged. */
async function foldAsOf(ports: HistoryPorts, session: Session, { events, premises, position, options }: Asked): Promise<string> {
  const { validAt, date } = options;
  if (validAt !== undefined) {
    await applyUntil(ports, session, events, endOf(validAt));
    const cause = { date: validAt, position };
    for (const target of targets) await judgeTarget(session, `${target}:${premises}`, ports.rules, validAt, cause, () => '');
    return validAt;
  }
  const folded = await foldEvents(session, events, beginning, { ...ports, streams: streamsIn(events) });
  // The whole hub's date at that position decides, even where the last event was about somebody else.
  const newest = (await dateOfPosition(ports, position)) ?? folded.date;
  return (await judgeDue(session, date !== undefined && date > newest ? date : newest, folded, ports)).date;
}

/**
 * Applies what holds before a moment, and judges nothing. Retirements have no such time: all of them count, and only then
 * are states left out that hold later.
 */
async function applyUntil(ports: HistoryPorts, session: Session, events: readonly RecordedEvent[], end: number): Promise<void> {
  const fold = { ...ports, streams: streamsIn(events) };
  const isRetirement = ({ type }: RecordedEvent): boolean => familyOf(type) === 'retirement';
  const steps = events.filter((event) => !isFact(event) && !isRetirement(event) && event.time < end);
  for (const event of [...events.filter(isRetirement), ...steps]) await targetsAfter(session, event, ports.codec.decode(event.data), fold);
  for (const [stream, said] of byStream(events.filter(isFact))) await putSubject(session, stream, said, ports, end);
}
