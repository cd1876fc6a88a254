// Puts the dispatcher together: the utilities configured, and what it records with; for the service, and once for the demo.
import { join } from 'node:path';
import { dispatcherRounds } from '../dispatcher/dispatcher.ts';
import { utilityClients } from '../drivers/http/utility-system.ts';
import { startOfDay } from '../domain/time.ts';
import { projectFolder } from './open-hub.ts';
import { withRecorder } from './pending.ts';
import { recordingOn } from './recording.ts';
import { settle } from './settle.ts';
import type { UtilityAddress } from '../config/utilities.ts';
import type { DispatcherPorts } from '../dispatcher/ports.ts';
import type { EventPublisher } from '../ports/event-log.ts';
import type { UtilitySystem } from '../ports/utility-system.ts';
import type { Hub } from './open-hub.ts';

/** Clients of the utilities that have an address. Errors: CONTRACT_INVALID. */
export function utilitySystems(addresses: readonly UtilityAddress[]): UtilitySystem[] {
  return addresses.length === 0 ? [] : addresses.map(utilityClients(join(projectFolder, 'contracts', 'http', 'marketing.yaml')));
}

export function dispatcherPorts(
  hub: Hub,
  systems: readonly UtilitySystem[],
  { log = hub.log, ...hears }: { log?: EventPublisher } & Pick<DispatcherPorts, 'notice' | 'queued'>,
): DispatcherPorts {
  const { views, store, codec, keys, now } = hub;
  return { views, store, codec, persons: keys, recording: recordingOn(log), systems, now, ...hears };
}

/** More rounds than any request takes at a utility that answers. */
const roundsAtMost = 12;

/**
 * Dispatches until nothing is left to do, recording and folding in between; where nothing else runs. One utility after the
 * other, and every step at the start of the day, so that the same records give the same views again.
 */
export async function dispatchOnce(hub: Hub, signal: AbortSignal): Promise<void> {
  const ports = dispatcherPorts(hub, utilitySystems(hub.config.utilities), { notice: () => undefined });
  ports.now = () => startOfDay(hub.today());
  const rounds = dispatcherRounds(ports, { shortestMs: 0, longestMs: 0, pollMs: 0 });
  for (let n = 0; n < roundsAtMost && !signal.aborted; n++) {
    let left = 0;
    const look = async (): Promise<void> => {
      for (const round of rounds) {
        const { done, waiting } = await round(signal);
        left += done + waiting;
      }
    };
    await withRecorder(hub, look, undefined, signal);
    await settle(hub, signal);
    if (left === 0) return;
  }
}
