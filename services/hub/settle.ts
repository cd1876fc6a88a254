// Records what is still in the log and folds what is in the store.
import { project } from '../projector/projector.ts';
import { recordPending } from './pending.ts';
import { projectorPorts } from './rebuild.ts';
import type { Hub } from './open-hub.ts';

export async function settle(hub: Hub, stop?: AbortSignal): Promise<void> {
  await recordPending(hub);
  await project(projectorPorts(hub), stop ? { stop } : {});
}
