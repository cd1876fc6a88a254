// Folds the event store into views, a batch and its checkpoint in one transaction.
import { HubError } from '../domain/errors.ts';
import { failpoint } from '../ports/failpoint.ts';
import { foldEvents, judgeDue } from './fold.ts';
import { openSession } from './session.ts';
import { tellDifferences } from './tell-differences.ts';
import type { EventReader } from '../ports/event-store.ts';
import type { Checkpoint, ViewReader, ViewWriter } from '../ports/view-store.ts';
import type { FoldPorts } from './fold.ts';

export interface ProjectorPorts extends Omit<FoldPorts, 'streams'> {
  store: Pick<EventReader, 'readAll' | 'head' | 'readStream'>;
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
const rowsInHand = 4_000;

/**
 * Refuses views that are further than the store they follow from, as after the store was restored from a backup: to fold
 * on would mix two histories. A rebuild is the way out. Best asked before anything is recorded. Errors: VIEWS_AHEAD.
 */
export async function refuseViewsAhead({ store, views }: { store: Pick<EventReader, 'head'>; views: Pick<ViewReader, 'checkpoint'> }) {
  // In this order: a store that grows meanwhile is never taken for one that is behind.
  const { position } = await views.checkpoint();
  const head = await store.head();
  if (position > head)
    throw new HubError(
      'VIEWS_AHEAD',
      `views are at position ${position}, and the event store ends at ${head}; run hub replay to rebuild them`,
    );
}

/**
 * Catches up with the store from the checkpoint, then judges what fell due by today; follows on when `live`.
 * Errors: VIEWS_AHEAD when `live`.
 */
export async function project(ports: ProjectorPorts, options: ProjectOptions = {}): Promise<void> {
  const { store, views } = ports;
  const { batch = 250, live } = options;
  if (live) await refuseViewsAhead(ports);
  let at = await views.checkpoint();
  const session = openSession(views);
  // There are such rows where these views take the place of others.
  const told = (await views.list('told', { limit: 1 })).length > 0;

  const fold: FoldPorts = { ...ports, streams: store, commit };
  for await (const events of store.readAll(at.position, { batch })) {
    options.stop?.throwIfAborted();
    await commit(await foldEvents(session, events, at, fold));
  }
  await judgeToday();
  if (told) await tellDifferences(views, at);
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
    failpoint('projector-folded');
    await views.commit(session.take(next));
    failpoint('projector-committed');
    at = next;
    options.onProgress?.(at.position);
    if (session.size() > rowsInHand) session.forget();
  }
}
