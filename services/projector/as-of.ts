// Packages and requests as known at a past position and as valid on a date, folded from only the streams that bear on them.
import { dayAfter, startOfDay } from '../domain/time.ts';
import { bearingStreams, matterOfPackage } from './bearing-streams.ts';
import { foldEvents, judgeDue } from './fold.ts';
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
}

export async function pastOf<Body>(ports: HistoryPorts, wanted: Wanted, position: number, options: PastOptions): Promise<Past<Body>> {
  const matter = matterOf(wanted);
  const events = await eventsOfStreams(ports, await bearingStreams(ports.views, matter), position);
  const session = openSession(emptyBase);
  const date = await foldAsOf(ports, session, { events, premises: matter.premises, position, options });
  const byId = new Map(events.map((event) => [event.id, event]));
  return { row: await session.get(wanted.kind, wanted.id), date, session, events: byId };
}

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
    const end = startOfDay(dayAfter(validAt));
    const known = events.filter((event) => event.time < end);
    await foldEvents(session, known, beginning, ports);
    const cause = { date: validAt, position };
    for (const target of targets) await judgeTarget(session, `${target}:${premises}`, ports.rules, validAt, cause, () => '');
    return validAt;
  }
  const folded = await foldEvents(session, events, beginning, ports);
  // The whole hub's date at that position decides, even where the last event was about somebody else.
  const newest = (await dateOfPosition(ports, position)) ?? folded.date;
  return (await judgeDue(session, date !== undefined && date > newest ? date : newest, folded, ports)).date;
}
