// Runs services until told to stop: each gets the ports it needs; what waiting cannot mend ends them all.
import { allOf } from '../ports/all-of.ts';
import { serveApis } from './serve-apis.ts';
import { passGate } from './gate.ts';
import { createMetrics } from './metrics.ts';
import { loopsOf, untilAborted } from './services.ts';
import { supervise } from './supervise.ts';
import type { Platform } from '../adapters/pull.ts';
import type { HttpLogger } from '../drivers/http/access-log.ts';
import type { Hub } from './open-hub.ts';
import type { ServiceName } from './services.ts';
import type { Supervised } from './supervise.ts';

export interface RunningHub {
  /** Where APIs, health and metrics are. */
  url: string;
  /** Resolves when everything has stopped; rejects with what failed. */
  stopped: Promise<void>;
}

/** Starts services. They stop in order when `stop` is aborted: what is under way is finished first. */
export async function startServices(
  hub: Hub,
  services: readonly ServiceName[],
  platform: Platform | null,
  logger: HttpLogger,
  stop: AbortSignal,
): Promise<RunningHub> {
  const failed = new AbortController();
  const signal = AbortSignal.any([stop, failed.signal]);
  const metrics = createMetrics();
  const running: Supervised[] = [];
  hub.notice = (message, meta) => void logger.warn(message, meta);
  await passGate(hub);
  let goal: number | null = null;
  const ready = async (): Promise<string[]> => {
    const reasons = reasonsAgainst(running);
    if (reasons.length > 0 || !services.includes('projector')) return reasons;
    // Ready once views hold what was in the store at the start; stale after that is served, and told (law 10).
    goal ??= await hub.store.head();
    return (await hub.views.checkpoint()).position >= goal ? [] : ['views are catching up with the event store'];
  };
  // The port first: a service that cannot be reached must not begin to write.
  const server = await serveApis(hub, services, { logger, metrics, ready });
  const loops = loopsOf(hub, platform, metrics, logger);
  for (const name of services) running.push(supervise(name, loops[name], { signal, logger }));
  metrics.watch(running);
  if (services.includes('recorder')) metrics.gauge('hub_log_lag', 'Events in the log that are not recorded yet', () => hub.log.lag());
  if (services.includes('projector')) {
    metrics.gauge('hub_store_position', 'Position of the newest event', () => hub.store.head());
    const folded = async (): Promise<number> => (await hub.views.checkpoint()).position;
    metrics.gauge('hub_projector_position', 'Position of the last event folded into views, by whichever projector leads', folded);
    const parked = async (): Promise<number> => (await hub.views.count('parked'))[''] ?? 0;
    metrics.gauge('hub_parked_streams', 'Streams that wait because one of their events could not be applied', parked);
  }
  const ended = running.map(({ done }) =>
    done.catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  return { url: server.url, stopped: allOf([...ended, untilAborted(signal).then(() => server.close())]) };
}

/** What services wait for; none when all are well. */
function reasonsAgainst(running: readonly Supervised[]): string[] {
  const waiting = running.flatMap(({ name, waitingFor }) => {
    const reason = waitingFor();
    return reason === null ? [] : [`${name}: ${reason}`];
  });
  if (running.length === 0) return ['starting'];
  return waiting;
}
