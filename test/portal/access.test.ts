// Who was given what is in the store before it is given; where it cannot be recorded, nothing is given.
import assert from 'node:assert/strict';
import { usccCheck } from '../../services/domain/identifiers/uscc.ts';
import { startOfDay } from '../../services/domain/time.ts';
import { portalOperations } from '../../services/portal/portal.ts';
import { serve } from '../drivers/http/fixture.ts';
import { commit, packageOf, packageRow, transferRow } from './fixture.ts';
import { home, idNumber, servePortal, unit } from './served-portal.ts';
import type { Authorisation } from '../../services/domain/own-facts.ts';
import type { TransferRequest } from '../../services/domain/transfers/request.ts';
import type { RowChange } from '../../services/ports/view-store.ts';
import type { ServedPortal } from './served-portal.ts';

const uscc = `91110108MA0000000${usccCheck('91110108MA0000000')}`;
const company = (premises: string, status?: 'lapsed') => packageOf({ kind: 'organisation', id: uscc }, premises, status);
const at = (id: string): string => `/packages/${encodeURIComponent(id)}`;
const consentEvent = '018f0000-0000-8000-8000-0000000000aa';

/** The ledger of one consent as the projector keeps it. */
function consentRow(id: string, grantor: string, ...changes: Partial<Authorisation>[]): RowChange {
  const facts = changes.map((more) => ({
    ...{
      change: 'granted',
      record: id,
      grantor,
      scope: 'data-use',
      object: null,
      utilities: [],
      validUntil: null,
      basis: 'F1',
      by: 'clerk',
    },
    ...more,
  }));
  const steps = facts.map((fact, i) => ({
    event: i === 0 ? consentEvent : `${consentEvent.slice(0, -1)}${i}`,
    time: i,
    sequence: i + 1,
    fact,
  }));
  const row = {
    view: 'consent',
    key: id,
    body: JSON.stringify({ id, steps }),
    local: '{"learnt":{}}',
    tags: [`grantor:${grantor}`],
    due: null,
  };
  return { view: 'consent', key: id, row, was: null };
}

describe('accesses', () => {
  let portal: ServedPortal;
  beforeEach(async () => {
    portal = await servePortal();
  });
  afterEach(() => portal.close());
  const consents = (...rows: RowChange[]): Promise<void> =>
    portal.views.commit({ rows, feed: [], checkpoint: { position: 10, date: '2025-03-01' } });

  it('are in the store when the package is answered, with consumer, purpose, case, version and legal basis', async () => {
    const pack = company('a');
    await commit(portal.views, [packageRow(pack)]);
    const { status, json } = await portal.ask(at(pack.id), { headers: { 'Business-Case': 'GZ-2025/0001' } });
    assert.equal(status, 200);
    assert.deepEqual(
      (await portal.accesses(pack.id)).map(({ id: _, ...rest }) => rest),
      [
        {
          change: 'read',
          record: '2025-03-01~developer~electricity-application~GZ-2025/0001',
          consumer: 'developer',
          purpose: 'electricity-application',
          case: 'GZ-2025/0001',
          kind: 'package',
          object: pack.id,
          digest: json['digest'],
          basis: 'developer@1 a clause',
          type: 'access.read',
          time: startOfDay('2025-03-01'),
        },
      ],
    );
  });

  it('are one a day for what is read again, in this process and in others, and one more for each other reason or version', async () => {
    const pack = company('a');
    await commit(portal.views, [packageRow(pack)]);
    const other = await serve('portal', portalOperations(portal.ports));
    try {
      for (const served of [portal, portal, other]) {
        assert.equal((await served.ask(at(pack.id))).status, 200);
        assert.equal((await served.ask(`${at(pack.id)}/content`)).status, 200);
      }
      const count = async (): Promise<number> => (await portal.accesses(pack.id)).length;
      assert.equal(await count(), 1);
      await portal.ask(at(pack.id), { headers: { Purpose: 'customer-service' } });
      await portal.ask(at(pack.id), { headers: { 'Business-Case': 'one' } });
      await portal.ask(at(pack.id), { consumer: 'application-portal' });
      assert.equal(await count(), 4);
      await commit(portal.views, [packageRow(company('a', 'lapsed'))]);
      await portal.ask(at(pack.id));
      assert.equal(await count(), 5);
      portal.clock.pass(1);
      await portal.ask(at(pack.id));
      await portal.ask(at(pack.id));
      assert.equal(await count(), 6);
    } finally {
      await other.close();
    }
  });

  it('are recorded once and together when many ask at once', async () => {
    const packs = ['a', 'b', 'c'].map((premises) => company(premises));
    await commit(
      portal.views,
      packs.map((pack) => packageRow(pack)),
    );
    const published: number[] = [];
    const { publish } = portal.events;
    portal.events.publish = (events) => {
      published.push(events.length);
      return publish(events);
    };
    const answers = await Promise.all([...packs, ...packs, ...packs].map(({ id }) => portal.ask(at(id))));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(
      published.reduce((sum, n) => sum + n, 0),
      3,
    );
    // The first goes alone; what came while it was under way went as one.
    assert.ok(published.length <= 3, String(published));
    const before = published.length;
    await portal.list(`/packages?subject=${uscc}`);
    assert.equal(published.length, before, 'what is known to be recorded is not published again');
  });

  it('are recorded in one go for all the packages of a list', async () => {
    const packs = Array.from({ length: 30 }, (_, i) => company(`u${String(i).padStart(2, '0')}`));
    await commit(
      portal.views,
      packs.map((pack) => packageRow(pack)),
    );
    let calls = 0;
    const { publish } = portal.events;
    portal.events.publish = (events) => {
      calls++;
      return publish(events);
    };
    assert.equal((await portal.list(`/packages?subject=${uscc}&limit=20`)).items.length, 20);
    assert.deepEqual([calls, await portal.store.head()], [1, 20]);
    for (const { id } of packs.slice(0, 20)) assert.equal((await portal.accesses(id)).length, 1);
    assert.equal((await portal.accesses(packs[20]!.id)).length, 0, 'what was not given was not accessed');
  });

  it('name the consent in force, and the contract once it is revoked or has run out', async () => {
    const pack = packageOf({ kind: 'person', id: portal.zhang }, unit);
    await commit(portal.views, [packageRow(pack, { [portal.zhang]: portal.box(portal.zhang, '张三') })]);
    await portal.keys.save();
    await consents(consentRow('c1', portal.zhang, { validUntil: '2025-03-01' }));
    const basis = async (): Promise<string> => {
      assert.equal((await portal.ask(at(pack.id))).status, 200);
      return (await portal.accesses(pack.id)).at(-1)!.basis;
    };
    assert.equal(await basis(), `consent ${consentEvent}`);
    portal.clock.pass(1);
    assert.equal(await basis(), 'developer@1 a clause');
    await consents(consentRow('c2', portal.zhang, { object: pack.id }, { change: 'revoked', object: pack.id }));
    portal.clock.pass(1);
    assert.equal(await basis(), 'developer@1 a clause');
    await consents(consentRow('c3', portal.zhang, { object: 'another' }), consentRow('c4', portal.zhang, { scope: 'joint-transfer' }));
    portal.clock.pass(1);
    assert.equal(await basis(), 'developer@1 a clause');
  });

  it('notice on the same day that a consent was revoked', async () => {
    const pack = company('a');
    await commit(portal.views, [packageRow(pack)]);
    await consents(consentRow('c1', uscc, {}));
    let later = 0;
    const soon = await serve('portal', portalOperations({ ...portal.ports, now: () => portal.clock.now() + later }));
    await soon.ask(at(pack.id));
    await consents(consentRow('c1', uscc, {}, { change: 'revoked' }));
    later = 6_000;
    await soon.ask(at(pack.id));
    await soon.close();
    assert.deepEqual(
      (await portal.accesses(pack.id)).map(({ basis }) => basis),
      [`consent ${consentEvent}`, 'developer@1 a clause'],
    );
  });

  it('of a transfer request rest on the consents of all whom it is about, or the contract besides', async () => {
    const request = {
      ...{ id: 'c1', status: 'ready', candidates: [], blocks: [], notices: [], history: [], meter: null },
      sellers: [{ kind: 'person', id: portal.zhang, name: null }],
      buyers: [{ kind: 'person', id: portal.li, name: null }],
      life: { stage: 'checked', consent: { state: 'given', event: null, basis: null }, ask: false, utilities: [] },
      property: { unitCode: unit, certificateNo: null, area: null, registeredOn: null, event: consentEvent },
    } as unknown as TransferRequest;
    await commit(portal.views, [transferRow(request)]);
    await consents(consentRow('k1', portal.li, { scope: 'joint-transfer', object: 'c1' }));
    const headers = { Purpose: 'meter-transfer' };
    assert.equal((await portal.ask('/transfer-requests/c1', { headers })).status, 200);
    assert.equal((await portal.ask('/transfer-requests', { headers })).status, 200);
    const [first, ...more] = await portal.accesses('c1');
    assert.deepEqual(
      [first!.kind, first!.object, first!.basis, more.length],
      ['transfer-request', 'c1', `consent ${consentEvent}; developer@1 a clause`, 0],
    );
  });

  it('that cannot be recorded in time give nothing: 503, when to try again, and no word of the package', async () => {
    await portal.close();
    portal = await servePortal({ patience: 150 });
    const pack = packageOf({ kind: 'person', id: portal.zhang }, unit);
    const known = company('known');
    await commit(portal.views, [packageRow(pack, { [portal.zhang]: portal.box(portal.zhang, '张三') }), packageRow(known)]);
    await portal.keys.save();
    assert.equal((await portal.ask(at(known.id))).status, 200);
    await portal.stopRecorder();
    for (const path of [at(pack.id), `${at(pack.id)}/content`, `/packages?subject=${portal.zhang}`]) {
      const { status, headers, json, text } = await portal.ask(path);
      assert.deepEqual([status, headers.get('content-type'), headers.get('retry-after')], [503, 'application/problem+json', '5']);
      assert.equal(json['code'], 'NOT_RECORDED');
      for (const secret of ['张三', home, portal.zhang, unit]) assert.ok(!text.includes(secret));
    }
    assert.equal((await portal.accesses(pack.id)).length, 0);
    assert.equal((await portal.ask(at(known.id))).status, 200, 'what is recorded already is given');
    assert.ok(!JSON.stringify(portal.log.lines).includes(unit));
  });

  it('refuse a case number that is a person’s number, without repeating it', async () => {
    const pack = company('a');
    await commit(portal.views, [packageRow(pack)]);
    for (const number of [idNumber, `case-${idNumber.toLowerCase()}`, '13812345678', 'tel:13812345678', 'a b', '']) {
      const { status, text } = await portal.ask(at(pack.id), { headers: { 'Business-Case': number } });
      assert.equal(status, 400, number);
      assert.ok(!/\d{11}/.test(text), text);
    }
    assert.equal((await portal.accesses(pack.id)).length, 0);
    assert.equal((await portal.ask(at(pack.id), { headers: { 'Business-Case': '20250301138123456789' } })).status, 200);
  });

  it('are none of what is not there', async () => {
    assert.equal((await portal.ask('/packages/nothing')).status, 404);
    assert.equal(await portal.store.head(), 0);
  });
});
