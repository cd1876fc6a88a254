// Brings recorder and projector to the end of what was published: by doing their work, or by waiting for those elsewhere.
import { setTimeout as sleep } from 'node:timers/promises';
import { project, refuseViewsAhead } from '../projector/projector.ts';
import { isDistributed } from './open-hub.ts';
import { recordPending } from './pending.ts';
import { projectorPorts } from './rebuild.ts';
import type { Hub } from './open-hub.ts';

/** Errors: VIEWS_AHEAD. */
export async function settle(hub: Hub, stop?: AbortSignal): Promise<void> {
  // Before anything is recorded: a store that was restored would soon look as far as its views.
  if (!isDistributed(hub.config)) await refuseViewsAhead(hub);
  await recordPending(hub, stop);
  if (!isDistributed(hub.config)) return project(projectorPorts(hub), stop ? { stop } : {});
  const head = await hub.store.head();
  while ((await hub.views.checkpoint()).position < head) await sleep(200, undefined, stop ? { signal: stop } : {});
}
