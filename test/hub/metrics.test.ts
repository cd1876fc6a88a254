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
});
