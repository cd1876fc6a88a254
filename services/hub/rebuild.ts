// Rebuilds every view from the event store, aside, and puts the result in place at once.
import { HubError } from '../domain/errors.ts';
import { tookTooLong, withPatience } from '../ports/patience.ts';
import { project } from '../projector/projector.ts';
import { isDistributed } from './open-hub.ts';
import { recordPending } from './pending.ts';
import type { Hub } from './open-hub.ts';
import type { ProjectorPorts } from '../projector/projector.ts';

export function projectorPorts(hub: Hub): ProjectorPorts {
  const { store, views, codec, contracts, today } = hub;
  const erase = async (person: string): Promise<void> => {
    await hub.keys.erase(person, hub.now());
  };
  // Says which stream by nothing personal: subjects stay out of logs.
  const onParked: ProjectorPorts['onParked'] = (parked) => hub.notice('a stream is parked: an event of it cannot be applied', parked);
  return { store, views, codec, today, erase, onParked, rules: contracts };
}

export interface Rebuilt {
  events: number;
  /** Digest of the views as they were, caught up; null where there were none. */
  before: string | null;
  after: string;
}

/** Folds the whole store into new views; the old ones serve until the new ones are complete. Errors: DATA_LOCKED while a projector leads. */
export async function rebuildViews(
  hub: Hub,
  onProgress?: (position: number, head: number) => void,
  stop: AbortSignal = new AbortController().signal,
): Promise<Rebuilt> {
  if (!isDistributed(hub.config)) await recordPending(hub);
  await takeTheLead(hub, stop);
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

/** A projector that leads would fold on into the old views meanwhile. */
async function takeTheLead({ views }: Hub, stop: AbortSignal): Promise<void> {
  await withPatience(10_000, (signal) => views.lead(signal), stop).catch((cause: unknown) => {
    if (!tookTooLong(cause)) throw cause;
    throw new HubError('DATA_LOCKED', 'a projector is writing these views; stop every projector first', { cause });
  });
}

async function digestCaughtUp(hub: Hub, stop: AbortSignal): Promise<string> {
  await project(projectorPorts(hub), { stop });
  return hub.views.digest();
}
