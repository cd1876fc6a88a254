// What Prometheus may scrape.
import assert from 'node:assert/strict';
import { createMetrics } from '../../services/hub/metrics.ts';
import { smallEvents } from '../support/events.ts';
import type { EventPublisher } from '../../services/ports/event-log.ts';

describe('metrics', () => {
  const valueOf = (text: string, metric: string): string | undefined =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${metric} `))
      ?.slice(metric.length + 1);

  it('count what passes each stage, so that conservation is a query', async () => {
    const metrics = createMetrics();
    const log: EventPublisher = { publish: async (events) => String(events.length), recorded: async () => undefined };
    const events = smallEvents(6).map((event) => ({ ...event, source: 'property-right' }));
    const [refused, contact] = smallEvents(2, 6);
    const published = [
      ...events,
      { ...refused!, source: 'property-right', type: 'quarantine.quarantined' },
      { ...contact!, source: 'property-right', type: 'contact.polled' },
    ];
    assert.equal(await metrics.counted(log).publish(published), '8');
    metrics.recorded(events, ['recorded', 'recorded', 'duplicate', 'recorded', 'recorded', 'duplicate']);
    metrics.answered({ operationId: 'getPackage', status: 200, ms: 3 });
    const { type, text } = await metrics.text();
    assert.match(type, /^text\/plain; version=/);
    const family = events[0]!.type.split('.')[0]!;
    assert.equal(valueOf(text, 'hub_adapter_records_total{source="property-right",outcome="published"}'), '6');
    assert.equal(valueOf(text, 'hub_adapter_records_total{source="property-right",outcome="quarantined"}'), '1');
    assert.equal(valueOf(text, `hub_recorder_events_total{family="${family}",outcome="recorded"}`), '4');
    assert.equal(valueOf(text, `hub_recorder_events_total{family="${family}",outcome="duplicate"}`), '2');
    assert.equal(valueOf(text, 'hub_http_request_seconds_count{operation="getPackage",status="200"}'), '1');
  });

  it('do not count what was not published', async () => {
    const metrics = createMetrics();
    const log: EventPublisher = { publish: async () => Promise.reject(new Error('down')), recorded: async () => undefined };
    await assert.rejects(metrics.counted(log).publish(smallEvents(3)));
    assert.ok(!(await metrics.text()).text.includes('hub_adapter_records_total{'));
  });

  it('tell how services are, and leave out what cannot be had', async () => {
    const metrics = createMetrics();
    let waiting: string | null = null;
    metrics.watch([{ name: 'recorder', waitingFor: () => waiting, restarts: () => 3, done: Promise.resolve() }]);
    let lag = async (): Promise<number> => 7;
    metrics.gauge('hub_log_lag', 'lag', () => lag());
    let { text } = await metrics.text();
    assert.deepEqual(
      [
        valueOf(text, 'hub_service_up{service="recorder"}'),
        valueOf(text, 'hub_service_restarts{service="recorder"}'),
        valueOf(text, 'hub_log_lag'),
      ],
      ['1', '3', '7'],
    );
    waiting = 'Kafka';
    lag = async () => Promise.reject(new Error('down'));
    ({ text } = await metrics.text());
    assert.deepEqual([valueOf(text, 'hub_service_up{service="recorder"}'), valueOf(text, 'hub_log_lag')], ['0', undefined]);
  });

  it('tell who leads, and nothing of those that need no leader', async () => {
    const metrics = createMetrics();
    const seen = async (): Promise<unknown> => {
      const { text } = await metrics.text();
      return ['dispatcher', 'recorder'].map((service) => valueOf(text, `hub_service_leads{service="${service}"}`));
    };
    metrics.leads('dispatcher', false);
    assert.deepEqual(await seen(), ['0', undefined]);
    metrics.leads('dispatcher', true);
    assert.deepEqual(await seen(), ['1', undefined]);
  });

  it('tell how many requests wait where, until this process looks no more', async () => {
    const metrics = createMetrics();
    const waiting = async (utility: string, state: string): Promise<string | undefined> =>
      valueOf((await metrics.text()).text, `hub_dispatcher_requests{utility="${utility}",state="${state}"}`);
    metrics.queued('water', { none: 3, unknown: 1 });
    metrics.queued('electricity', { none: 0, unknown: 2 });
    metrics.queued('water', { none: 2, unknown: 0 });
    assert.deepEqual(
      [await waiting('water', 'none'), await waiting('water', 'unknown'), await waiting('electricity', 'unknown')],
      ['2', '0', '2'],
    );
    metrics.lookedLast();
    assert.deepEqual([await waiting('water', 'none'), await waiting('electricity', 'unknown')], [undefined, undefined]);
  });

  it('ask for open matters at each scrape, and leave them out while they cannot be had', async () => {
    const metrics = createMetrics();
    const overdue = async (): Promise<string | undefined> =>
      valueOf((await metrics.text()).text, 'hub_supervisor_matters{level="overdue"}');
    assert.equal(await overdue(), undefined);
    let n = 4;
    metrics.matters(async () => (n < 0 ? Promise.reject(new Error('down')) : { overdue: n }));
    assert.equal(await overdue(), '4');
    n = 5;
    assert.equal(await overdue(), '5');
    n = -1;
    assert.equal(await overdue(), undefined);
  });
});
