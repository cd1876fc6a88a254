// Rebuilds every view from the event store, aside, and puts the result in place at once.
import { renameSync, rmSync } from 'node:fs';
import { openSqliteViewStore } from '../drivers/sqlite/view-store.ts';
import { project } from '../projector/projector.ts';
import { filesOf } from './open-hub.ts';
import { recordPending } from './pending.ts';
import type { Hub } from './open-hub.ts';
import type { ProjectorPorts } from '../projector/projector.ts';

export function projectorPorts(hub: Hub): ProjectorPorts {
  const { store, views, codec, contracts, today } = hub;
  const erase = (person: string): void => void hub.keys.erase(person, hub.now());
  return { store, views, codec, today, erase, rules: { packages: contracts.packages, match: contracts.match } };
}

export interface Rebuilt {
  events: number;
  /** Digest of the views as they were, caught up; null where there were none. */
  before: string | null;
  after: string;
}

/** Folds the whole store into new views; the old ones serve until the new ones are complete. The hub's own views are closed. */
export async function rebuildViews(
  hub: Hub,
  onProgress?: (position: number, head: number) => void,
  stop: AbortSignal = new AbortController().signal,
): Promise<Rebuilt> {
  const { views: file } = filesOf(hub.config.dataDirectory);
  const aside = `${file}.rebuild`;
  for (const suffix of ['', '-wal', '-shm']) rmSync(aside + suffix, { force: true });
  await recordPending(hub);
  const before = (await hub.views.checkpoint()).position === 0 ? null : await digestCaughtUp(hub, stop);
  const head = await hub.store.head();
  const views = openSqliteViewStore(aside, { bulk: true });
  await project({ ...projectorPorts(hub), views }, { stop, onProgress: (position) => onProgress?.(position, head) });
  const after = await views.digest();
  await views.close();
  await hub.views.close();
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
  renameSync(aside, file);
  hub.views = openSqliteViewStore(file);
  return { events: head, before, after };
}

async function digestCaughtUp(hub: Hub, stop: AbortSignal): Promise<string> {
  await project(projectorPorts(hub), { stop });
  return hub.views.digest();
}
