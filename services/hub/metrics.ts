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
