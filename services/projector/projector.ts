// Folds the event store into views, a batch and its checkpoint in one transaction.
import { foldEvents, judgeDue } from './fold.ts';
import { openSession } from './session.ts';
import type { EventReader } from '../ports/event-store.ts';
import type { ViewWriter } from '../ports/view-store.ts';
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
  onProgress?: (position: number) => void;
}

/** Catches up with the store from the checkpoint, then judges what fell due by today; follows on when `live`. */
export async function project(ports: ProjectorPorts, options: ProjectOptions = {}): Promise<void> {
  const { store, views } = ports;
  const { batch = 1000, live } = options;
  let at = await views.checkpoint();
  await catchUp();
  if (!live) return;
  const idle = AbortSignal.any([live]);
  for await (const events of store.readAll(at.position, { batch, live: idle })) {
    await apply(events);
    await tick();
  }

  async function catchUp(): Promise<void> {
    for await (const events of store.readAll(at.position, { batch })) await apply(events);
    await tick();
  }
  async function apply(events: Parameters<typeof foldEvents>[1]): Promise<void> {
    const session = openSession(views);
    at = await foldEvents(session, events, at, ports);
    await views.commit(session.changes(at));
    options.onProgress?.(at.position);
  }
  async function tick(): Promise<void> {
    const today = ports.today();
    if (today <= at.date) return;
    const session = openSession(views);
    at = await judgeDue(session, today, at, ports.rules);
    await views.commit(session.changes(at));
  }
}
