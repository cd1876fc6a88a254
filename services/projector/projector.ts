// Folds the event store into views, a batch and its checkpoint in one transaction.
import { foldEvents, judgeDue } from './fold.ts';
import { openSession } from './session.ts';
import type { EventReader } from '../ports/event-store.ts';
import type { Checkpoint, ViewWriter } from '../ports/view-store.ts';
import type { FoldPorts } from './fold.ts';

export interface ProjectorPorts extends FoldPorts {
  store: Pick<EventReader, 'readAll' | 'head'>;
  views: ViewWriter;
  /** Today in Beijing, `YYYY-MM-DD`. */
  today: () => string;
}

export interface ProjectOptions {
  batch?: number;
  /** Follow the store until aborted. */
  live?: AbortSignal;
  /** Ends a catch-up between two batches, with the signal's reason thrown. */
  stop?: AbortSignal;
  onProgress?: (position: number) => void;
}

/** How many rows are kept in hand between batches: the single writer's view of them cannot go stale. */
const rowsInHand = 3_000;

/** Catches up with the store from the checkpoint, then judges what fell due by today; follows on when `live`. */
export async function project(ports: ProjectorPorts, options: ProjectOptions = {}): Promise<void> {
  const { store, views } = ports;
  const { batch = 1000, live } = options;
  let at = await views.checkpoint();
  const session = openSession(views);

  const fold: FoldPorts = { ...ports, commit };
  for await (const events of store.readAll(at.position, { batch })) {
    options.stop?.throwIfAborted();
    await commit(await foldEvents(session, events, at, fold));
  }
  await judgeToday();
  if (!live) return;
  for await (const events of store.readAll(at.position, { batch, live })) {
    if (events.length > 0) await commit(await foldEvents(session, events, at, fold));
    else await judgeToday();
  }

  async function judgeToday(): Promise<void> {
    const today = ports.today();
    // Events recorded before midnight are folded before what midnight brings, as in every rebuild.
    if (today > at.date && (await store.head()) === at.position) await commit(await judgeDue(session, today, at, fold));
  }
  async function commit(next: Checkpoint): Promise<void> {
    await views.commit(session.take(next));
    at = next;
    options.onProgress?.(at.position);
    if (session.size() > rowsInHand) session.forget();
  }
}
