// The audit API over real HTTP, on an event store and views in SQLite.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { auditOperations } from '../../services/audit/audit.ts';
import { canonicalJson, digestOf } from '../../services/domain/canonical.ts';
import { deriveEventId } from '../../services/domain/events.ts';
import { openAvroCodec } from '../../services/drivers/avro/event-codec.ts';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { openSqlitePersonKeys } from '../../services/drivers/sqlite/person-keys.ts';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { loadContracts } from '../../services/drivers/yaml/contracts.ts';
import { root, serve } from '../drivers/http/fixture.ts';
import { historiesOf } from '../support/histories.ts';
import { commit, packageOf, packageRow, propertyEvent } from '../portal/fixture.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { MeterAccount } from '../../services/domain/facts.ts';
import type { PersonKeys } from '../../services/ports/person-keys.ts';
import type { EventStore } from '../../services/ports/event-store.ts';
import type { ViewRow, ViewStore } from '../../services/ports/view-store.ts';
import type { PackageHistory, PastOptions } from '../../services/ports/package-history.ts';
import type { Served } from '../drivers/http/fixture.ts';

const codec = openAvroCodec(join(root, 'schemas'));
const { sources } = loadContracts(join(root, 'contracts'));
const start = Date.UTC(2025, 0, 1);
const hour = 3_600_000;
const name = '张三';
const idNumber = '11010519491231002X';

describe('the audit API', () => {
  let store: EventStore;
  let views: ViewStore;
  let keys: PersonKeys;
  let served: Served;
  let person: string;
  let clock: number;
  let asked: [string, number, PastOptions | undefined][];
  let history: PackageHistory;
  const pack = packageOf({ kind: 'organisation', id: 'name:示例' }, 'u1');

  beforeEach(async () => {
    clock = start;
    asked = [];
    store = openSqliteEventStore(':memory:', { now: () => clock });
    views = openSqliteViewStore(':memory:');
    keys = openSqlitePersonKeys(':memory:');
    person = keys.pseudonym('citizen-id', idNumber);
    history = {
      ...historiesOf({ store, views }).history,
      async asOf(id, position, options) {
        asked.push([id, position, options]);
        const local = {
          target: 'held-property:u1' as const,
          digest: '',
          learnt: { [propertyEvent]: { source: 'property-right', recordedtime: start, position: 1 } },
          sealed: {},
        };
        return id === pack.id
          ? { package: pack, local, position, date: '2025-01-01' }
          : { package: null, local: null, position, date: '2025-01-01' };
      },
    };
    served = await serve(
      'audit',
      auditOperations({ ...historiesOf({ store, views }), store, views, codec, history, sources, now: () => clock, redrive: null }),
    );
  });
  afterEach(async () => {
    await served.close();
    await store.close();
    await views.close();
    await keys.close();
  });

  function opened(consumerNo: string, sequence: number | null, change = 'opened'): HubEvent {
    const sealed = keys.seal(person, { name, idType: 'citizen-id', idNumber, phone: null, address: '示例路1号' });
    const fact: MeterAccount = {
      change,
      record: consumerNo,
      warnings: [],
      consumerNo,
      holder: { kind: 'person', id: person, name: null, idType: 'citizen-id', idValid: true, nameKey: 'k', share: null, sealed },
      unitCode: null,
      address: null,
      addressKeys: ['t1'],
      category: 'residential',
      capacity: '8',
      arrears: null,
      organisation: null,
      openedOn: '2025-01-01',
      status: 'active',
    };
    const time = start + (sequence ?? 0) * hour;
    return {
      id: deriveEventId(time, 'meter-account', consumerNo, sequence, Buffer.from(change)),
      source: 'meter-account',
      type: `meter-account.${change}`,
      subject: consumerNo,
      time,
      sequence,
      contract: 'meter-account@1',
      evidence: 'hmac-sha256:abc',
      reader: 0,
      traceparent: null,
      data: codec.encode('meter-account', fact),
    };
  }

  type Page = { items: Record<string, unknown>[]; next: string | null };
  const page = async (path: string): Promise<Page> => {
    const { status, json, text } = await served.ask(path);
    assert.equal(status, 200, text);
    return json as unknown as Page;
  };
  const walk = async (path: string, limit: number): Promise<unknown[]> => {
    const seen: unknown[] = [];
    for (let next: string | null = ''; next !== null;) {
      const got: Page = await page(`${path}limit=${limit}${next && `&after=${next}`}`);
      assert.ok(got.items.length <= limit);
      seen.push(...got.items.map(({ position }) => position));
      next = got.next;
    }
    return seen;
  };

  it('answers an event as a CloudEvent, decoded yet sealed, with its stored bytes', async () => {
    const event = opened('3201', 1);
    await store.append([event]);
    const { json, headers, text } = await served.ask(`/events/${event.id}`);
    const { avro, data, ...envelope } = json;
    assert.equal(headers.get('content-type'), 'application/cloudevents+json');
    assert.deepEqual(envelope, {
      specversion: '1.0',
      id: event.id,
      source: '/sources/meter-account',
      type: 'hub.meter-account.opened.v1',
      subject: '3201',
      time: '2025-01-01T01:00:00.000Z',
      dataschema: '/schemas/meter-account.v1.avsc',
      datacontenttype: 'application/json',
      recordedtime: '2025-01-01T00:00:00.000Z',
      sequence: 1,
      contract: 'meter-account@1',
      evidence: 'hmac-sha256:abc',
      position: 1,
      revision: 0,
      stream: 'meter-account-3201',
    });
    assert.deepEqual(Buffer.from(avro as string, 'base64'), Buffer.from(event.data));
    const { holder, consumerNo } = data as { holder: Record<string, unknown>; consumerNo: string };
    assert.deepEqual([consumerNo, holder['id'], holder['sealed']], ['3201', person, { person, sealed: true }]);
    assert.ok(!text.includes(name) && !text.includes(idNumber));
  });

  it('names the refused record whose content is sealed', async () => {
    const content = keys.seal('q-1', { name: idNumber, idType: null, idNumber: null, phone: null, address: null });
    const fact = {
      change: 'quarantined',
      record: 'q-1',
      source: 'meter-account',
      mapping: 'platform',
      reason: 'missing',
      field: 'consumerNo',
      position: 'a.csv:2',
      persons: [],
      content,
    };
    const event: HubEvent = {
      ...opened('x', null),
      id: deriveEventId(0, 'meter-account', 'q-1', null, Buffer.from('q')),
      type: 'quarantine.quarantined',
      subject: 'q-1',
      time: 0,
      data: codec.encode('quarantine', fact),
    };
    await store.append([event]);
    const { json } = await served.ask(`/events/${event.id.toUpperCase()}`);
    assert.deepEqual((json['data'] as { content: unknown }).content, { person: 'q-1', sealed: true });
    assert.ok(!('sequence' in json));
  });

  it('reads a stream by revision, whatever the size of the pages', async () => {
    await store.append([...Array.from({ length: 23 }, (_, i) => opened('3201', i, 'changed')), opened('3202', 1)]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (limit) => {
        assert.deepEqual(
          await walk('/streams/meter-account/3201?', limit),
          Array.from({ length: 23 }, (_, i) => i + 1),
        );
      }),
      { numRuns: 10 },
    );
    assert.equal((await served.ask('/streams/meter-account/none')).json['code'], 'NOT_FOUND');
    assert.equal((await served.ask('/streams/other/3201')).json['code'], 'REQUEST_INVALID');
  });

  it('finds events by subject, family, type and time', async () => {
    await store.append([opened('a', 1), opened('b', 2), opened('a', 3, 'closed'), opened('c', 4, 'closed')]);
    const found = async (query: string) => (await page(`/events?${query}`)).items.map(({ position }) => position);
    assert.deepEqual(await found(''), [1, 2, 3, 4]);
    assert.deepEqual(await found('subject=a'), [1, 3]);
    assert.deepEqual(await found('family=business-licence'), []);
    for (const type of ['meter-account.closed', 'hub.meter-account.closed.v1']) assert.deepEqual(await found(`type=${type}`), [3, 4]);
    assert.deepEqual(await found('timeFrom=2025-01-01T02:00:00Z&timeTo=2025-01-01T11:00:00%2B08:00'), [2, 3]);
    assert.deepEqual(await walk('/events?', 3), [1, 2, 3, 4]);
    for (const query of ['timeFrom=yesterday', 'type=..', 'after=_w', 'after=YWJj'])
      assert.equal((await served.ask(`/events?${query}`)).status, 400, query);
    assert.equal((await served.ask('/events/018f0000-0000-8000-8000-0000000000ff')).json['code'], 'NOT_FOUND');
  });

  it('answers a package as of a past position or time', async () => {
    await store.append([opened('a', 1)]);
    clock += hour;
    await store.append([opened('b', 2)]);
    const path = `/packages/${encodeURIComponent(pack.id)}`;
    const { json } = await served.ask(`${path}?position=1`);
    assert.deepEqual(json, {
      id: pack.id,
      position: 1,
      date: '2025-01-01',
      validAt: null,
      digest: digestOf(canonicalJson(pack)),
      package: JSON.parse(canonicalJson(pack)) as object,
      learnt: [{ event: propertyEvent, source: 'property-right', recordedtime: '2025-01-01T00:00:00.000Z', position: 1 }],
    });
    for (const moment of ['2025-01-01T01:00:00Z', '2025-01-01T08:59:59.999%2B08:00', '2024-12-31T23:59:59Z', '2026-01-01T00:00:00Z'])
      await served.ask(`${path}?recordedAsOf=${moment}`);
    await served.ask(`${path}?validAt=2024-05-01`);
    await served.ask(`${path}?position=1&validAt=2024-05-01`);
    assert.deepEqual(
      asked.map(([, position, options]) => [position, options]),
      [
        [1, {}],
        [2, { date: '2025-01-01' }],
        [1, { date: '2025-01-01' }],
        [0, { date: '2025-01-01' }],
        // Nobody knows yet what a later day will bring.
        [2, { date: '2025-01-01' }],
        [2, { date: '2025-01-01', validAt: '2024-05-01' }],
        [1, { validAt: '2024-05-01' }],
      ],
    );
    for (const query of [
      'position=1&recordedAsOf=2025-01-01T01:00:00Z',
      'position=3',
      'position=-1',
      'validAt=2025-02-30',
      'recordedAsOf=now',
    ])
      assert.equal((await served.ask(`${path}?${query}`)).status, 400, query);
    assert.equal((await served.ask('/packages/none?position=1')).json['code'], 'NOT_FOUND');
  });

  it('tells why and where a record was refused, and not what it said', async () => {
    const row = (id: string, source: string, state: string): ViewRow => ({
      view: 'quarantine',
      key: id,
      tags: [`source:${source}`, `state:${state}`],
      due: null,
      body: JSON.stringify({ id, source, mapping: 'platform', reason: 'missing', field: 'consumerNo', state }),
      local: JSON.stringify({
        ...{ became: state, event: '00000000-0000-8000-8000-000000000001', evidence: 'none' },
        place: 'accounts.jsonl:7',
        persons: [person],
        content: 'c2VhbGVk',
        firstSeen: start,
        lastSeen: start + hour,
      }),
    });
    await commit(views, [
      row('q1', 'meter-account', 'quarantined'),
      row('q2', 'meter-account', 'redriven'),
      row('q3', 'property-right', 'quarantined'),
    ]);
    const found = async (query: string) => (await page(`/quarantine?${query}`)).items.map(({ id }) => id);
    assert.deepEqual(
      [await found(''), await found('source=meter-account'), await found('source=meter-account&state=redriven')],
      [['q1', 'q2', 'q3'], ['q1', 'q2'], ['q2']],
    );
    assert.deepEqual((await served.ask('/quarantine/q1')).json, {
      id: 'q1',
      source: 'meter-account',
      mapping: 'platform',
      reason: 'missing',
      field: 'consumerNo',
      state: 'quarantined',
      place: 'accounts.jsonl:7',
      firstSeen: '2025-01-01T00:00:00.000Z',
      lastSeen: '2025-01-01T01:00:00.000Z',
      event: '00000000-0000-8000-8000-000000000001',
      recordedAs: null,
    });
    assert.equal((await served.ask('/quarantine/q9')).json['code'], 'NOT_FOUND');
  });

  it('tells how every source is doing', async () => {
    const { items, next } = await page('/sources');
    assert.deepEqual(
      [items.map(({ name: source, state }) => [source, state]), next],
      [[...sources.keys()].sort().map((source) => [source, 'never']), null],
    );
  });

  it('tells how far the hub is, with the digest of its views', async () => {
    await store.append(Array.from({ length: 12 }, (_, i) => opened('a', i, 'changed')));
    await commit(views, [packageRow(pack)]);
    const { json } = await served.ask('/status');
    assert.deepEqual(
      [json['viewsDigest'], json['head'], json['checkpoint'], json['lag'], json['packages'], json['transferRequests']],
      [await views.digest(), 12, { position: 9, date: '2025-01-02' }, 3, { verified: 1 }, {}],
    );
    await views.commit({
      rows: [{ view: 'package', key: pack.id, row: null, was: packageRow(pack).tags }],
      feed: [],
      checkpoint: { position: 10, date: '2025-01-02' },
    });
    assert.equal((await served.ask('/status')).json['viewsDigest'], await views.digest());
  });

  it('is for auditors alone', async () => {
    for (const path of [
      '/status',
      '/events',
      '/sources',
      '/quarantine',
      '/packages/a',
      '/streams/erasure/a',
      '/events/018f0000-0000-8000-8000-0000000000ff',
      '/quarantine/a',
      '/parked',
    ]) {
      assert.equal((await served.ask(path, { scope: 'packages:read transfers:read' })).json['code'], 'SCOPE_MISSING', path);
      assert.equal((await served.ask(path, { consumer: 'application-portal' })).json['code'], 'SCOPE_MISSING', path);
      assert.equal((await served.ask(path, { headers: { Authorization: null } })).status, 401, path);
    }
  });
});
