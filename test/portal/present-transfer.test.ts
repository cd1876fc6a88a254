// Transfer requests as the portal answers them, over real HTTP.
import assert from 'node:assert/strict';
import { commit, meterEvent, propertyEvent, transferRow } from './fixture.ts';
import { home, servePortal, unit } from './served-portal.ts';
import type { TransferRequest } from '../../services/domain/transfers/request.ts';
import type { ServedPortal } from './served-portal.ts';

describe('transfer requests in the portal', () => {
  let portal: ServedPortal;
  beforeEach(async () => {
    portal = await servePortal();
  });
  afterEach(() => portal.close());

  const request = (id: string, more: Partial<TransferRequest> = {}): TransferRequest => ({
    id,
    status: 'blocked',
    sellers: [{ kind: 'person', id: portal.zhang, name: null }],
    buyers: [{ kind: 'person', id: portal.li, name: null }],
    property: { unitCode: unit, certificateNo: null, area: '88.5', registeredOn: '2025-01-01', event: propertyEvent },
    meter: { consumerNo: '3201234567890', how: 'unit-code', score: 1, arrears: '12.50', event: meterEvent },
    candidates: [],
    blocks: [
      { code: 'arrears', event: meterEvent },
      { code: 'consent-missing', event: null },
    ],
    notices: [{ code: 'mortgaged', event: propertyEvent }],
    entered: Date.UTC(2025, 0, 1),
    event: propertyEvent,
    life: {
      stage: 'returned',
      consent: { state: 'given', event: propertyEvent, basis: 'register' },
      ask: false,
      utilities: [
        {
          ...{
            utility: 'electricity',
            state: 'returned',
            attempt: 1,
            externalNo: 'G1',
            consumerNo: '3201234567890',
            code: 'E1',
            reason: '欠费',
          },
          ...{ event: meterEvent, time: Date.UTC(2025, 0, 3), next: null, may: true, undone: null, basis: propertyEvent, form: 'register' },
        },
      ],
    },
    ...more,
  });

  it('tell both parties, property, meter, what blocks, and the history', async () => {
    await commit(portal.views, [
      transferRow(request('c1'), { [portal.zhang]: portal.box(portal.zhang, '张三'), [portal.li]: portal.box(portal.li, '李四') }),
    ]);
    await portal.keys.save();
    const { json } = await portal.ask('/transfer-requests/c1');
    const { digest, ...rest } = json;
    assert.match(digest as string, /^sha256:/);
    assert.deepEqual(rest, {
      id: 'c1',
      status: 'blocked',
      statusTitle: { zh: '受阻', en: 'blocked' },
      sellers: [{ kind: 'person', id: portal.zhang, name: '张三' }],
      buyers: [{ kind: 'person', id: portal.li, name: '李四' }],
      property: {
        unitCode: unit,
        certificateNo: null,
        area: '88.5',
        registeredOn: '2025-01-01',
        address: home,
        event: propertyEvent,
        learntAt: '2025-01-02T03:04:05.000Z',
      },
      meter: { consumerNo: '3201234567890', how: 'unit-code', score: 1, arrears: '12.50', event: meterEvent, learntAt: null },
      candidates: [],
      blocks: [
        { code: 'arrears', text: { zh: '原户主欠费未结清', en: 'the old holder has arrears' }, event: meterEvent },
        { code: 'consent-missing', text: { zh: '尚未取得联合过户同意', en: 'nobody has agreed to the joint transfer yet' }, event: null },
      ],
      notices: [{ code: 'mortgaged', text: { zh: '房产设有抵押', en: 'the property is mortgaged' }, event: propertyEvent }],
      // Nothing was said of the case in this store.
      history: [],
      life: {
        stage: 'returned',
        stageTitle: { zh: '已退回', en: 'returned' },
        consent: { state: 'given', stateTitle: { zh: '已同意', en: 'given' }, event: propertyEvent, basis: 'register' },
        utilities: [
          {
            utility: 'electricity',
            title: { zh: '供电', en: 'electricity' },
            state: 'returned',
            stateTitle: { zh: '已退回', en: 'returned' },
            attempt: 1,
            externalNo: 'G1',
            code: 'E1',
            reason: '欠费',
            event: meterEvent,
            at: '2025-01-03T00:00:00.000Z',
            undone: null,
          },
        ],
        chosen: null,
      },
    });
  });

  it('do not tell the home of an erased buyer out of the seller’s box', async () => {
    await commit(portal.views, [
      transferRow(request('c1'), { [portal.zhang]: portal.box(portal.zhang, '张三'), [portal.li]: portal.box(portal.li, '李四') }),
    ]);
    await portal.keys.save();
    await portal.keys.erase(portal.li, 0);
    const { json, text } = await portal.ask('/transfer-requests/c1');
    assert.deepEqual(json['buyers'], [{ kind: 'person', id: portal.li, name: null, erased: true }]);
    assert.deepEqual(json['sellers'], [{ kind: 'person', id: portal.zhang, name: '张三' }]);
    assert.ok(!text.includes(home));
  });

  it('are found by status, party, premises and consumer number', async () => {
    const candidates = [{ consumerNo: '3200000000001', event: meterEvent, score: 0.6, addressLevel: null, holderIsSeller: true }];
    await commit(portal.views, [
      transferRow(request('c1')),
      transferRow(request('c2', { status: 'review', meter: null, candidates })),
      transferRow(request('c3', { status: 'ready', buyers: [] })),
    ]);
    const found = async (query: string) => (await portal.list(`/transfer-requests?${query}`)).items.map((item) => item['id']);
    assert.deepEqual(await found(''), ['c1', 'c2', 'c3']);
    assert.deepEqual(await found('status=review'), ['c2']);
    assert.deepEqual(await found(`subject=${portal.li}`), ['c1', 'c2']);
    assert.deepEqual(await found('consumerNo=3201234567890&status=ready'), ['c3']);
    assert.deepEqual(await found(`premises=${unit}&limit=2`), ['c1', 'c2']);
  });
});
