// The audit API on what was refused or parked: sending a record again, and showing what nobody can read.
import assert from 'node:assert/strict';
import { auditOperations } from '../../services/audit/audit.ts';
import { HubError } from '../../services/domain/errors.ts';
import { streamOf } from '../../services/domain/events.ts';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { project } from '../../services/projector/projector.ts';
import { serve } from '../drivers/http/fixture.ts';
import { poisonAfter } from '../support/poison.ts';
import { historiesOf } from '../support/histories.ts';
import { codec, contracts, rules } from '../support/project.ts';
import { eventsTold } from '../support/simulated-events.ts';
import { factory } from '../support/told.ts';
import type { AuditPorts } from '../../services/audit/ports.ts';
import type { EventStore } from '../../services/ports/event-store.ts';
import type { ViewStore } from '../../services/ports/view-store.ts';
import type { Served } from '../drivers/http/fixture.ts';

const now = Date.UTC(2027, 0, 1);

describe('the audit API on what was refused', () => {
  let store: EventStore;
  let views: ViewStore;
  let served: Served;
  let redrive: AuditPorts['redrive'];

  const portsWith = (port: AuditPorts['redrive']): AuditPorts => ({
    ...{ store, views, codec, now: () => now, sources: contracts.sources, redrive: port },
    ...historiesOf({ store, views }),
  });
  beforeEach(async () => {
    store = openSqliteEventStore(':memory:', { now: () => now });
    views = openSqliteViewStore(':memory:');
    redrive = async () => assert.fail('nothing was to be sent again');
    served = await serve('audit', auditOperations(portsWith(async (id, corrections) => redrive!(id, corrections))));
  });
  afterEach(async () => {
    await served.close();
    await store.close();
    await views.close();
  });

  const correction = { method: 'POST', scope: 'quarantine:write', headers: { Purpose: 'correction' } };

  it('sends a refused record again, corrected, for those who may', async () => {
    const seen: unknown[] = [];
    const event = '018f0000-0000-8000-8000-0000000000ff';
    redrive = async (id, corrections) => {
      seen.push([id, corrections]);
      return { event };
    };
    const body = { corrections: { HH: '9900000000017' } };
    for (const consumer of ['data-steward', 'developer']) {
      const { status, json } = await served.ask('/quarantine/q1/redrive', { ...correction, consumer, body });
      assert.deepEqual([status, json], [200, { event }]);
    }
    assert.deepEqual(seen, Array(2).fill(['q1', body.corrections]));
    for (const consumer of ['auditor', 'application-portal']) {
      const refused = await served.ask('/quarantine/q1/redrive', { ...correction, consumer, headers: { Purpose: 'audit' }, body });
      assert.deepEqual([refused.status, refused.json['code']], [403, 'SCOPE_MISSING']);
    }
    assert.equal((await served.ask('/quarantine/q1/redrive', { ...correction, scope: 'audit:read', body })).json['code'], 'SCOPE_MISSING');
    for (const bad of [{}, { corrections: { HH: 1 } }, { corrections: {}, reason: 'none' }])
      assert.equal((await served.ask('/quarantine/q1/redrive', { ...correction, body: bad })).json['code'], 'REQUEST_INVALID');
    assert.equal(seen.length, 2);
  });

  it('lets a data steward see what was refused, and nothing else', async () => {
    const steward = { consumer: 'data-steward', scope: 'quarantine:write audit:read', headers: { Purpose: 'correction' } };
    assert.equal((await served.ask('/quarantine', steward)).status, 200);
    assert.equal((await served.ask('/quarantine/q1', steward)).json['code'], 'NOT_FOUND');
    for (const path of ['/events', '/parked', '/status', '/sources', '/packages/a', '/streams/quarantine/q1'])
      assert.equal((await served.ask(path, steward)).json['code'], 'SCOPE_MISSING', path);
  });

  it('tells why a corrected record is refused again, and what cannot be sent again at all', async () => {
    redrive = async () => ({ reason: 'check-digit', field: 'uscc' });
    const again = await served.ask('/quarantine/q1/redrive', { ...correction, body: { corrections: {} } });
    assert.deepEqual(
      [again.status, again.headers.get('content-type'), again.json['code'], again.json['reason'], again.json['field']],
      [422, 'application/problem+json', 'REFUSED_AGAIN', 'check-digit', 'uscc'],
    );
    for (const [code, status] of [
      ['NOT_FOUND', 404],
      ['USAGE', 400],
      ['ENGINE_UNAVAILABLE', 503],
    ] as const) {
      redrive = async () => Promise.reject(new HubError(code, 'why'));
      assert.equal((await served.ask('/quarantine/q1/redrive', { ...correction, body: { corrections: {} } })).status, status, code);
    }
  });

  it('says so where it may read and not publish', async () => {
    const reader = await serve('audit', auditOperations(portsWith(null)));
    try {
      const { status, json } = await reader.ask('/quarantine/q1/redrive', { ...correction, body: { corrections: {} } });
      assert.deepEqual([status, json['code']], [503, 'REDRIVE_ELSEWHERE']);
      assert.match(json['detail'] as string, /where the adapters run/);
    } finally {
      await reader.close();
    }
  });

  it('fault-48 tells which streams are parked, and shows what nobody can read as it is stored', async () => {
    const [good] = await eventsTold(factory(1).told);
    const bad = poisonAfter(good!, 'text in place of Avro');
    await store.append([good!, bad]);
    await project({ store, views, codec, rules, today: () => '2027-01-01' });
    const parked = {
      stream: streamOf(bad),
      reason: 'undecodable',
      event: bad.id,
      position: 2,
      lastPosition: 2,
      firstSeen: '2027-01-01T00:00:00.000Z',
      lastSeen: '2027-01-01T00:00:00.000Z',
      events: 1,
    };
    assert.deepEqual((await served.ask('/parked')).json, { items: [parked], next: null });
    const shown = (await served.ask('/events')).json['items'] as Record<string, unknown>[];
    assert.deepEqual(
      shown.map(({ type, dataschema, data }) => [type, dataschema, data === undefined]),
      [
        [`hub.${good!.type}.v1`, '/schemas/business-licence.v1.avsc', false],
        [`hub.${bad.type}`, undefined, true],
      ],
    );
    assert.deepEqual(Buffer.from(shown[1]!['avro'] as string, 'base64'), Buffer.from(bad.data));
    assert.deepEqual((await served.ask(`/events/${bad.id}`)).json, shown[1]);
    assert.equal(((await served.ask('/status')).json['views'] as Record<string, number>)['parked'], 1);
  });
});
