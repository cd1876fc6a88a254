// What Prometheus may scrape: counters of every stage (law 11), how far each has come, and how services are.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { familyOf } from '../domain/events.ts';
import type { HubEvent } from '../domain/events.ts';
import type { EventPublisher } from '../ports/event-log.ts';
import type { AppendOutcome } from '../ports/event-store.ts';
import type { Supervised } from './supervise.ts';

export interface Metrics {
  /** Counts what passes through a publisher: facts as `published`, refusals as `quarantined`. */
  counted<Log extends EventPublisher>(log: Log): Log;
  recorded(events: readonly HubEvent[], outcomes: readonly AppendOutcome[]): void;
  answered(access: { operationId: string | null; status: number; ms: number }): void;
  /** Watches services from here on. */
  watch(services: readonly Supervised[]): void;
  /** Whether this process leads a service of which one works at a time. */
  leads(service: string, does: boolean): void;
  /** How many transfer requests a look found waiting at a utility, by every state there. */
  queued(utility: string, states: Readonly<Record<string, number>>): void;
  /** This process looks at no queue any more: what it found is told no longer. */
  lookedLast(): void;
  /** Asks at each scrape how many matters under supervision are open, by the last threshold they crossed. */
  matters(count: () => Promise<Readonly<Record<string, number>>>): void;
  /** Asks `value` at each scrape; a gauge that cannot be had is left out. */
  gauge(name: string, help: string, value: () => Promise<number>): void;
  /** The exposition format of Prometheus. */
  text(): Promise<{ type: string; text: string }>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const labelNames = ['source', 'outcome'] as const;
  const published = new Counter({ name: 'hub_adapter_records_total', help: 'Records that adapters passed on', labelNames, registers });
  const recordedEvents = new Counter({
    name: 'hub_recorder_events_total',
    help: 'Events that the recorder took from the log: recorded, or duplicates',
    labelNames: ['family', 'outcome'],
    registers,
  });
  const requests = new Histogram({
    name: 'hub_http_request_seconds',
    help: 'Requests answered, by operation and status',
    labelNames: ['operation', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    registers,
  });
  const leading = new Gauge({
    name: 'hub_service_leads',
    help: '1 in the process that does the work of a service that one does at a time, 0 in those that stand by',
    labelNames: ['service'],
    registers,
  });
  const queues = new Gauge({
    name: 'hub_dispatcher_requests',
    help: 'Transfer requests that wait at each utility, by state, at the last look of the dispatcher that leads',
    labelNames: ['utility', 'state'],
    registers,
  });
  let countMatters: (() => Promise<Readonly<Record<string, number>>>) | null = null;
  new Gauge({
    name: 'hub_supervisor_matters',
    help: 'Matters under supervision that are open, by the last threshold recorded',
    labelNames: ['level'],
    registers,
    async collect() {
      this.reset();
      const counts = (await countMatters?.().catch(() => null)) ?? {};
      for (const [level, n] of Object.entries(counts)) this.set({ level }, n);
    },
  });
  return {
    counted: (log) => ({
      ...log,
      async publish(events: HubEvent[]) {
        const place = await log.publish(events);
        for (const { source, type } of events) {
          const family = familyOf(type);
          if (family === 'quarantine') published.inc({ source, outcome: 'quarantined' });
          else if (family !== 'contact') published.inc({ source, outcome: 'published' });
        }
        return place;
      },
    }),
    recorded(events, outcomes) {
      events.forEach(({ type }, i) => recordedEvents.inc({ family: familyOf(type), outcome: outcomes[i]! }));
    },
    answered: ({ operationId, status, ms }) => requests.observe({ operation: operationId ?? 'none', status }, ms / 1000),
    leads: (service, does) => leading.set({ service }, does ? 1 : 0),
    queued(utility, states) {
      for (const [state, n] of Object.entries(states)) queues.set({ utility, state }, n);
    },
    lookedLast: () => queues.reset(),
    matters: (count) => void (countMatters = count),
    watch(services) {
      new Gauge({
        name: 'hub_service_up',
        help: '1 while a service runs, 0 while it waits for an engine',
        labelNames: ['service'],
        registers,
        collect() {
          for (const { name, waitingFor } of services) this.set({ service: name }, waitingFor() === null ? 1 : 0);
        },
      });
      new Gauge({
        name: 'hub_service_restarts',
        help: 'How often a service was started again since the process began',
        labelNames: ['service'],
        registers,
        collect() {
          for (const { name, restarts } of services) this.set({ service: name }, restarts());
        },
      });
    },
    gauge(name, help, value) {
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const now = await value().catch(() => null);
          if (now === null) this.remove();
          else this.set(now);
        },
      });
    },
    text: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
}
