// Rebuilds every view from the event store, aside, and puts the result in place at once.
import { project } from '../projector/projector.ts';
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

/** Folds the whole store into new views; the old ones serve until the new ones are complete. */
export async function rebuildViews(
  hub: Hub,
  onProgress?: (position: number, head: number) => void,
  stop: AbortSignal = new AbortController().signal,
): Promise<Rebuilt> {
  await recordPending(hub);
  const before = (await hub.views.checkpoint()).position === 0 ? null : await digestCaughtUp(hub, stop);
  const head = await hub.store.head();
  const views = await hub.views.aside();
  try {
    await project({ ...projectorPorts(hub), views }, { stop, onProgress: (position) => onProgress?.(position, head) });
  } catch (error) {
    await views.discard();
    throw error;
  }
  const after = await views.digest();
  await views.replace();
  return { events: head, before, after };
}

async function digestCaughtUp(hub: Hub, stop: AbortSignal): Promise<string> {
  await project(projectorPorts(hub), { stop });
  return hub.views.digest();
}
