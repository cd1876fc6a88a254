// Brings recorder and projector to the end of what was published: by doing their work, or by waiting for those elsewhere.
import { setTimeout as sleep } from 'node:timers/promises';
import { project } from '../projector/projector.ts';
import { isDistributed } from './open-hub.ts';
import { recordPending } from './pending.ts';
import { projectorPorts } from './rebuild.ts';
import type { Hub } from './open-hub.ts';

export async function settle(hub: Hub, stop?: AbortSignal): Promise<void> {
  await recordPending(hub, stop);
  if (!isDistributed(hub.config)) return project(projectorPorts(hub), stop ? { stop } : {});
  const head = await hub.store.head();
  while ((await hub.views.checkpoint()).position < head) await sleep(200, undefined, stop ? { signal: stop } : {});
}
