// Three ways to the same views: live, rebuilt, and folded in memory; and what they hold, ready to compare.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { sortStates } from '../../services/domain/states.ts';
import { dateAt } from '../../services/domain/time.ts';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { viewNames } from '../../services/ports/views.ts';
import { foldEvents, judgeDue } from '../../services/projector/fold.ts';
import { byStream, isFact, streamsIn } from '../../services/projector/apply-fact.ts';
import { keptFact } from '../../services/projector/fact-views.ts';
import { project } from '../../services/projector/projector.ts';
import { emptyBase, openSession } from '../../services/projector/session.ts';
import { codec, rules } from './project.ts';
import { inTempFolder } from './temp-folder.ts';
import type { HubEvent, RecordedEvent } from '../../services/domain/events.ts';
import type { Fact } from '../../services/domain/facts.ts';
import type { EventStore } from '../../services/ports/event-store.ts';
import type { FeedEntry, ViewReader, ViewStore } from '../../services/ports/view-store.ts';
import type { FeedLine } from '../../services/ports/views.ts';
import type { RecordContracts } from '../../services/projector/fact-views.ts';
import type { FoldPorts } from '../../services/projector/fold.ts';
import type { Rules } from '../../services/projector/judge-targets.ts';
import type { ProjectorPorts } from '../../services/projector/projector.ts';
import type { Clock } from './clock.ts';

/** Store and views in files of one folder, and the projector's ports over them. */
export interface Workshop {
  store: EventStore;
  views: ViewStore;
  ports: ProjectorPorts;
  /** Appends, and folds what is new. */
  live(events: readonly HubEvent[], batch?: number): Promise<void>;
  /** All views folded anew from the store, by the clock's date. */
  rebuilt<T>(use: (views: ViewStore) => Promise<T>, batch?: number): Promise<T>;
}

export async function inWorkshop<T>(clock: Clock, use: (workshop: Workshop) => Promise<T>): Promise<T> {
  return inTempFolder(async (folder) => {
    const store = openSqliteEventStore(join(folder, 'store.sqlite'), { now: clock.now });
    const views = openSqliteViewStore(join(folder, 'views.sqlite'));
    const ports = { store, views, codec, rules, today: clock.today };
    let rebuilds = 0;
    try {
      return await use({
        store,
        views,
        ports,
        async live(events, batch = 1000) {
          for (let i = 0; i < events.length; i += batch) await store.append(events.slice(i, i + batch));
          await project(ports, { batch });
        },
        async rebuilt(look, batch = 1000) {
          const fresh = openSqliteViewStore(join(folder, `rebuilt-${rebuilds++}.sqlite`), { bulk: true });
          try {
            await project({ ...ports, views: fresh }, { batch });
            return await look(fresh);
          } finally {
            await fresh.close();
          }
        },
      });
    } finally {
      await views.close();
      await store.close();
    }
  });
}

/** A row as compared: everything but the order of its making. */
export interface ComparedRow {
  view: string;
  key: string;
  body: string;
  local: string;
  tags: string;
  due: string | null;
}

export async function rowsOf(views: ViewReader): Promise<ComparedRow[]> {
  const rows: ComparedRow[] = [];
  for (const view of [...viewNames].sort()) {
    for (const { key, body, local, tags, due } of await views.list(view, { limit: 1_000_000 })) {
      rows.push({ view, key, body, local, tags: [...tags].sort().join(' '), due });
    }
  }
  return rows;
}

export const feedOf = (views: ViewReader): Promise<FeedEntry[]> => views.feed({ limit: 1_000_000 });

/** The feed's lines about one package or request, in order. */
export async function linesAbout(views: ViewReader, key: string): Promise<FeedLine[]> {
  return (await feedOf(views)).filter((entry) => entry.key === key).map((entry) => JSON.parse(entry.body) as FeedLine);
}

/** The ports of a fold of events in memory. */
export const foldPorts = (events: readonly RecordedEvent[], judgedBy: Rules = rules): FoldPorts => ({
  ...{ codec, rules: judgedBy },
  streams: streamsIn(events),
});

/** Folds events in memory, nothing else; judged by `today`, or by the day the last one was recorded. */
export async function foldInMemory(events: readonly RecordedEvent[], today?: string, judgedBy: Rules = rules): Promise<ComparedRow[]> {
  const session = openSession(emptyBase);
  const folded = await foldEvents(session, events, { position: 0, date: '0000-01-01' }, foldPorts(events, judgedBy));
  const date = today ?? (events.length === 0 ? folded.date : dateAt(events.at(-1)!.recordedtime));
  await judgeDue(session, date, folded, { rules: judgedBy });
  return session
    .rows()
    .map(({ view, row }) => ({
      view,
      key: row.key,
      body: row.text,
      local: row.localText,
      tags: [...row.tags].sort().join(' '),
      due: row.due,
    }))
    .sort((a, b) => compare(a.view, b.view) || compare(a.key, b.key));
}

/** Ids of the facts among events that held before a moment, each subject sorted out by itself. */
export function heldBefore(
  events: readonly RecordedEvent[],
  end: number,
  sources: RecordContracts,
  retired: ReadonlySet<string> = new Set(),
): Set<string> {
  const sorted = [...byStream(events.filter(isFact)).values()].map((said) =>
    sortStates(
      said.map((event) => keptFact(event, codec.decode(event.data) as Fact, sources).state),
      retired,
      end,
    ),
  );
  return new Set(
    sorted
      .flatMap(({ chains, waiting }) => [...chains.flatMap((chain) => chain.states.map(({ state }) => state)), ...waiting])
      .map(({ event }) => event),
  );
}

export function digestOfRows(rows: readonly ComparedRow[]): string {
  const hash = createHash('sha256');
  for (const { view, key, body } of rows) hash.update(`${view}\0${key}\0${body}\n`);
  return `sha256:${hash.digest('hex')}`;
}

export async function allEvents(store: EventStore): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const batch of store.readAll(0)) events.push(...batch);
  return events;
}

const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
