// Consents and chosen accounts over real HTTP: recorded before they are answered, and refused where they must be.
import assert from 'node:assert/strict';
import { project } from '../../services/projector/projector.ts';
import { rules, codec } from '../support/project.ts';
import { castOf, eventsTold, storyRecords } from '../support/simulated-events.ts';
import { servePortal } from './served-portal.ts';
import type { Authorisation, TransferStep } from '../../services/domain/own-facts.ts';
import type { ServedPortal } from './served-portal.ts';

describe('decisions in the portal', function () {
  this.timeout(20_000);
  let portal: ServedPortal;
  beforeEach(async () => {
    portal = await servePortal();
  });
  afterEach(() => portal.close());

  const send = (path: string, body: object, more: object = {}): ReturnType<ServedPortal['ask']> =>
    portal.ask(path, { method: 'POST', body, scope: 'transfers:write consents:write', ...more });
  const fold = (): Promise<void> => project({ store: portal.store, views: portal.views, codec, rules, today: portal.clock.today }, {});
  const factsOf = async <T>(stream: string): Promise<T[]> => {
    const found: T[] = [];
    for await (const { data } of portal.store.readStream(stream)) found.push(codec.decode(data) as T);
    return found;
  };
  const wish = (more: object = {}): object => ({ grantor: portal.li, scope: 'joint-transfer', object: 'SL1', basis: 'F-1', ...more });

  it('record a consent before they answer, once for the same consent', async () => {
    const { status, json } = await send('/consents', wish());
    assert.equal(status, 201);
    assert.deepEqual((await send('/consents', wish({ utilities: [], validUntil: null }))).json, json);
    const facts = await factsOf<Authorisation>(`authorisation-${json['id'] as string}`);
    assert.deepEqual(
      facts.map(({ change, grantor, object, by }) => [change, grantor, object, by]),
      [['granted', portal.li, 'SL1', 'developer']],
    );
  });

  it('answer nothing as done while no recorder runs', async () => {
    await portal.stopRecorder();
    assert.equal((await send('/consents', wish())).status, 503);
  });

  it('list consents as they stand on the day, and take a revocation', async () => {
    const { json } = await send('/consents', wish({ validUntil: '2025-03-31' }));
    await fold();
    const listed = async (): Promise<unknown[]> =>
      (await portal.list(`/consents?grantor=${portal.li}`)).items.map(({ state, basis }) => [state, basis]);
    assert.deepEqual(await listed(), [['granted', 'F-1']]);
    portal.clock.set('2025-04-01');
    assert.deepEqual(await listed(), [['expired', 'F-1']]);
    assert.equal((await send(`/consents/${json['id'] as string}/revocation`, { basis: 'F-2' })).status, 201);
    await fold();
    assert.deepEqual(await listed(), [['revoked', 'F-2']]);
    assert.deepEqual((await portal.list('/consents?object=SL1')).items.length, 1);
  });

  it('refuse what names a person, no case, or asks for what is not there', async () => {
    for (const [body, status] of [
      [wish({ grantor: '11010519491231002X' }), 400],
      [wish({ object: null }), 400],
      [wish({ basis: '13912345678' }), 400],
      [wish({ validUntil: '2024-01-01' }), 400],
      [wish({ utilities: ['telephone'] }), 400],
      [wish({ by: 'me' }), 400],
    ] as const)
      assert.equal((await send('/consents', body)).status, status, JSON.stringify(body));
    assert.equal((await send('/consents/c-none/revocation', { basis: 'F-2' })).status, 404);
    assert.equal((await portal.ask('/consents')).status, 400);
    assert.equal((await send('/transfer-requests/none/account', { consumerNo: '1', reason: 'why', by: 'me' })).status, 404);
  });

  it('want the scope for it', async () => {
    const scopes = (scope: string): object => ({ scope });
    assert.equal((await send('/consents', wish(), scopes('transfers:read'))).status, 403);
    assert.equal(
      (await send('/transfer-requests/x/account', { consumerNo: '1', reason: 'why', by: 'me' }, scopes('consents:write'))).status,
      403,
    );
    assert.equal((await send('/consents', wish(), scopes('consents:write'))).status, 201);
  });

  it('record which account a reviewer chose, and why', async () => {
    const cast = castOf();
    await portal.store.append(await eventsTold(storyRecords('sale-ambiguous-address', cast)));
    await fold();
    const path = `/transfer-requests/${cast.caseNo(0)}`;
    assert.equal(((await portal.ask(path)).json as { status: string }).status, 'review');
    const choice = { consumerNo: cast.consumerNo(0), reason: '现场核实', by: '王工' };
    assert.equal((await send(`${path}/account`, { ...choice, consumerNo: '9999999999999' })).status, 400);
    assert.equal((await send(`${path}/account`, choice)).status, 201);
    await fold();
    const { status, meter } = (await portal.ask(path)).json as { status: string; meter: { how: string; consumerNo: string } };
    assert.deepEqual([status, meter.how, meter.consumerNo], ['ready', 'chosen', cast.consumerNo(0)]);
    const [step] = await factsOf<TransferStep>(`transfer-request-${cast.caseNo(0)}`);
    assert.deepEqual([step!.change, step!.reason, step!.by], ['account-chosen', '现场核实', '王工 (developer)']);
    assert.deepEqual((await portal.list('/transfer-requests?stage=checked')).items.length, 1);
  });
});
