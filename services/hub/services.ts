// The services that `hub start` runs: what each does, with the ports it needs and no others.
import { setTimeout as sleep } from 'node:timers/promises';
import { pullForever } from '../adapters/pull.ts';
import { dispatch } from '../dispatcher/dispatcher.ts';
import { HubError } from '../domain/errors.ts';
import { together } from '../ports/all-of.ts';
import { whileLeading } from '../ports/leadership.ts';
import { project } from '../projector/projector.ts';
import { publishResults } from '../projector/publish-results.ts';
import { record } from '../recorder/recorder.ts';
import { dispatcherPorts, utilitySystems } from './dispatching.ts';
import { superviseForever } from '../supervisor/supervisor.ts';
import { projectorPorts } from './rebuild.ts';
import { countMatters, supervisorPorts } from './supervising.ts';
import type { Platform } from '../adapters/pull.ts';
import type { HttpLogger } from '../drivers/http/access-log.ts';
import type { Lead } from '../ports/leadership.ts';
import type { Metrics } from './metrics.ts';
import type { Hub } from './open-hub.ts';
import type { Health, Loop } from './supervise.ts';

export const serviceNames = ['adapters', 'recorder', 'projector', 'portal', 'audit', 'dispatcher', 'supervisor'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Services that write, of which a data directory without engines holds one each. */
export const writers: ReadonlySet<ServiceName> = new Set(['adapters', 'recorder', 'projector', 'dispatcher', 'supervisor']);

/** The names asked for, or all. Errors: USAGE. */
export function servicesNamed(names: readonly string[]): ServiceName[] {
  const unknown = names.filter((name) => !serviceNames.some((known) => known === name));
  if (unknown.length > 0)
    throw new HubError('USAGE', `there is no service ${unknown.join(', ')} 没有此服务; there are 可用 ${serviceNames.join(', ')}`);
  return names.length === 0 ? [...serviceNames] : serviceNames.filter((name) => names.includes(name));
}

/** What each service does; portal and audit only answer, and see to it that they can. */
export function loopsOf(hub: Hub, platform: Platform | null, metrics: Metrics, logger: HttpLogger): Record<ServiceName, Loop> {
  const { log, store, views, cursors, resultCursors, keys, results, leadership } = hub;
  const onFailure = (error: HubError): void => void logger.warn('source failed', { code: error.code, reason: error.message });
  async function leading(service: ServiceName, work: () => Promise<void>): Promise<void> {
    logger.info('leading', { service });
    metrics.leads(service, true);
    await work().finally(() => metrics.leads(service, false));
  }
  /** As one of many processes: works while it leads, and stands by, and is well, while another does. */
  function alone(service: ServiceName, signal: AbortSignal, work: (lead: Lead) => Promise<void>): Promise<void> {
    metrics.leads(service, false);
    return leadership.lead(service, signal, (lead) => leading(service, () => work(lead)));
  }
  return {
    async adapters(signal, health) {
      await keys.ready();
      const ports = { ...hub, log: metrics.counted(log) };
      const pulled = platform ? [...hub.contracts.sources.values()] : [];
      await together(signal, (each) => [
        watch(each, health, () => Promise.all([log.lag(), cursors.load('')])),
        ...pulled.map((contract) => pullForever(contract, platform!, ports, each, onFailure)),
      ]);
    },
    recorder: (signal, health) =>
      together(signal, (each) => [
        watch(each, health, () => Promise.all([log.lag(), store.head()])),
        record(hub, each, (events, outcomes) => metrics.recorded(events, outcomes)),
      ]),
    projector: (signal, health) => {
      metrics.leads('projector', false);
      return together(signal, (each) => [
        watch(each, health, () => store.head()),
        // Whoever does not lead stands by, and is well.
        views
          .lead(each)
          .then(() =>
            leading('projector', () =>
              together(each, (both) => [
                project(projectorPorts(hub), { live: both }),
                ...(results ? [publishResults({ views, results, cursors: resultCursors }, both)] : []),
              ]),
            ),
          ),
      ]);
    },
    supervisor: (signal, health) => {
      metrics.matters(() => countMatters(hub));
      return together(signal, (each) => [
        watch(each, health, () => Promise.all([views.checkpoint(), store.head()])),
        alone('supervisor', each, async (lead) => {
          await superviseForever(supervisorPorts(hub, whileLeading(metrics.counted(log), lead)), lead.signal);
        }),
      ]);
    },
    portal: (signal, health) => watch(signal, health, () => Promise.all([views.checkpoint(), keys.ready()])),
    audit: (signal, health) => watch(signal, health, () => Promise.all([views.checkpoint(), store.head()])),
    dispatcher: (signal, health) => {
      const systems = utilitySystems(hub.config.utilities);
      const notice = (text: string, fields: object): void => void logger.warn(text, fields);
      const dispatching = async (lead: Lead): Promise<void> => {
        const ports = dispatcherPorts(hub, systems, { log: whileLeading(metrics.counted(log), lead), notice, queued: metrics.queued });
        await dispatch(ports, lead.signal).finally(metrics.lookedLast);
      };
      return together(signal, (each) => [
        watch(each, health, () => Promise.all([views.checkpoint(), store.head()])),
        // Whom no address is configured for nothing is sent to, and the lead is for those who can.
        ...(systems.length === 0 ? [] : [alone('dispatcher', each, dispatching)]),
      ]);
    },
  };
}

const probeMs = 2_000;

/** Asks the engines of a service now and then, so that its health tells when they are gone and when they are back. */
async function watch(signal: AbortSignal, health: Health, reach: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    try {
      await reach();
      health.well();
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== 'ENGINE_UNAVAILABLE') throw error;
      health.ill(error.message);
    }
    await sleep(probeMs, undefined, { signal }).catch(() => undefined);
  }
}

export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
