// The portal over real HTTP, on views and keys in SQLite.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { canonicalJson, digestOf } from '../../services/domain/canonical.ts';
import { usccCheck } from '../../services/domain/identifiers/uscc.ts';
import { openSqlitePersonKeys } from '../../services/drivers/sqlite/person-keys.ts';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { portalOperations } from '../../services/portal/portal.ts';
import { serve } from '../drivers/http/fixture.ts';
import { commit, factRow, feedEntry, meterEvent, packageOf, packageRow, packageTypes, propertyEvent, transferRow } from './fixture.ts';
import type { TransferRequest } from '../../services/domain/transfers/request.ts';
import type { PersonKeys } from '../../services/ports/person-keys.ts';
import type { ViewStore } from '../../services/ports/view-store.ts';
import type { Served } from '../drivers/http/fixture.ts';

const uscc = `91110108MA0000000${usccCheck('91110108MA0000000')}`;
const idNumber = '11010519491231002X';
const unit = '110105001001GB00001F00010001';
const home = '朝阳区示例路1号2幢3单元401室';

describe('the portal', () => {
  let views: ViewStore;
  let keys: PersonKeys;
  let served: Served;
  let zhang: string;
  let li: string;
  const box = (person: string, name: string): string =>
    Buffer.from(keys.seal(person, { name, idType: 'citizen-id', idNumber, phone: null, address: home }).box).toString('base64');

  beforeEach(async () => {
    views = openSqliteViewStore(':memory:');
    keys = openSqlitePersonKeys(':memory:');
    zhang = keys.pseudonym('citizen-id', idNumber);
    li = keys.pseudonym('passport', 'E12345678');
    served = await serve('portal', portalOperations({ views, persons: keys, packages: packageTypes }));
  });
  afterEach(async () => {
    await served.close();
    await views.close();
    keys.close();
  });

  const list = async (path: string): Promise<{ items: Record<string, unknown>[]; next: string | null }> => {
    const { status, json, text } = await served.ask(path);
    assert.equal(status, 200, text);
    return json as never;
  };
  const idOf = (subject: string, premises = unit): string => encodeURIComponent(`low-voltage-residential~${subject}~${premises}`);

  it('answers a package with every item explained', async () => {
    const pack = packageOf({ kind: 'person', id: zhang }, unit);
    await commit(views, [packageRow(pack, { [zhang]: box(zhang, '张三') }), factRow('property', unit, { address: null })]);
    keys.save();
    const { json } = await served.ask(`/packages/${idOf(zhang)}`);
    assert.deepEqual(json, {
      id: pack.id,
      type: 'low-voltage-residential',
      title: { zh: '低压居民新装', en: 'Low-voltage residential' },
      subject: { kind: 'person', id: zhang, name: '张三' },
      premises: { key: unit, address: home },
      status: 'verified',
      statusTitle: { zh: '已核验', en: 'verified' },
      digest: digestOf(canonicalJson(pack)),
      contractVersion: 3,
      items: [
        {
          id: 'ownership',
          title: { zh: '物业权属', en: 'Ownership' },
          required: true,
          status: 'verified',
          statusTitle: { zh: '已核验', en: 'verified' },
          value: unit,
          evidence: 'property',
          event: propertyEvent,
          trueFrom: '2024-05-06T00:00:00.000Z',
          validUntil: '2030-01-01',
          learntAt: '2025-01-02T03:04:05.000Z',
          position: 7,
          rule: { id: 'held-by-applicant', version: 2, text: { zh: '权利人须为申请人', en: 'the holder must be the applicant' } },
          notices: [{ id: 'gone', version: 1, text: null }],
        },
        {
          id: 'equipment',
          title: { zh: '用电设备清单', en: 'Equipment list' },
          required: false,
          status: 'customer-supplied',
          statusTitle: { zh: '客户自传', en: 'customer-supplied' },
          value: null,
          evidence: null,
          event: null,
          trueFrom: null,
          validUntil: null,
          learntAt: null,
          position: null,
          rule: {
            id: 'supplied-by-the-customer',
            version: 1,
            text: { zh: '登记机关不掌握，由客户自行提供', en: 'no registry holds it; the customer supplies it' },
          },
          notices: [],
        },
      ],
    });
  });

  it('names an organisation as its registry does, and its premises in the clear', async () => {
    const named = packageOf({ kind: 'organisation', id: 'name:示例有限公司' }, 'u2');
    await commit(views, [
      packageRow(packageOf({ kind: 'organisation', id: uscc }, unit)),
      packageRow(named),
      factRow('enterprise', uscc, { name: '示例科技有限公司' }),
      factRow('property', unit, { address: '海淀区示例大街9号' }),
    ]);
    const { json } = await served.ask(`/packages/${idOf(uscc)}`);
    assert.deepEqual(
      [json['subject'], json['premises']],
      [
        { kind: 'organisation', id: uscc, name: '示例科技有限公司' },
        { key: unit, address: '海淀区示例大街9号' },
      ],
    );
    assert.deepEqual((await served.ask(`/packages/${encodeURIComponent(named.id)}`)).json['subject'], {
      kind: 'organisation',
      id: 'name:示例有限公司',
      name: '示例有限公司',
    });
  });

  it('knows nothing of an erased person any more, and says so', async () => {
    const pack = packageOf({ kind: 'person', id: zhang }, unit);
    await commit(views, [packageRow(pack, { [zhang]: box(zhang, '张三'), [li]: box(li, '李四') })]);
    keys.save();
    assert.match((await served.ask(`/packages/${idOf(zhang)}`)).text, /张三/);
    keys.erase(zhang, 0);
    const { json, text } = await served.ask(`/packages/${idOf(zhang)}`);
    assert.deepEqual(
      [json['subject'], json['premises']],
      [
        { kind: 'person', id: zhang, name: null, erased: true },
        { key: unit, address: null },
      ],
    );
    assert.ok(!text.includes('张三') && !text.includes(home));
  });

  it('gives the very bytes that the digest covers', async () => {
    const pack = packageOf({ kind: 'organisation', id: uscc }, unit);
    await commit(views, [packageRow(pack)]);
    const digest = (await served.ask(`/packages/${idOf(uscc)}`)).json['digest'] as string;
    const { text, headers } = await served.ask(`/packages/${idOf(uscc)}/content`);
    assert.equal(text, canonicalJson(pack));
    assert.equal(`sha256:${createHash('sha256').update(text).digest('hex')}`, digest);
    assert.equal(headers.get('content-type'), 'application/json');
    assert.equal(headers.get('content-digest'), `sha-256=:${createHash('sha256').update(text).digest('base64')}:`);
  });

  it('answers the same bytes each time', async () => {
    const rows = ['a', 'b', 'c'].map((premises) => packageRow(packageOf({ kind: 'organisation', id: uscc }, premises)));
    await commit(views, rows);
    const other = openSqliteViewStore(':memory:');
    const again = await serve('portal', portalOperations({ views: other, persons: keys, packages: packageTypes }));
    await commit(other, rows.reverse());
    const path = `/packages?subject=${uscc}`;
    assert.equal((await served.ask(path)).text, (await again.ask(path)).text);
    await again.close();
    await other.close();
  });

  it('finds packages by subject, premises, type and status', async () => {
    await commit(views, [
      packageRow(packageOf({ kind: 'organisation', id: uscc }, 'a')),
      packageRow(packageOf({ kind: 'organisation', id: uscc }, 'b', 'lapsed')),
      packageRow(packageOf({ kind: 'person', id: zhang }, 'b')),
    ]);
    const found = async (query: string) =>
      (await list(`/packages?${query}`)).items.map((item) => (item['id'] as string).split('~').slice(1).join());
    assert.deepEqual(await found(`subject=${uscc}`), [`${uscc},a`, `${uscc},b`]);
    assert.deepEqual(await found('premises=b'), [`${uscc},b`, `${zhang},b`]);
    assert.deepEqual(await found(`premises=b&subject=${zhang}`), [`${zhang},b`]);
    assert.deepEqual(await found(`subject=${uscc}&status=lapsed`), [`${uscc},b`]);
    assert.deepEqual(await found(`subject=${uscc}&type=other`), []);
    assert.deepEqual((await served.ask('/packages?status=lapsed')).json['code'], 'REQUEST_INVALID');
    assert.deepEqual((await served.ask('/packages/nothing')).json['code'], 'NOT_FOUND');
  });

  it('gives each row once, whatever the size of the pages', async () => {
    const keysOf = Array.from({ length: 40 }, (_, i) => `房${String(i).padStart(3, '0')}`);
    await commit(
      views,
      keysOf.map((premises, i) => packageRow(packageOf({ kind: 'organisation', id: uscc }, premises, i % 3 === 0 ? 'lapsed' : 'verified'))),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), fc.boolean(), async (limit, filtered) => {
        const wanted = filtered ? keysOf.filter((_, i) => i % 3 === 0) : keysOf;
        const seen: unknown[] = [];
        let next: string | null = '';
        while (next !== null) {
          const page = await list(`/packages?subject=${uscc}&limit=${limit}${filtered ? '&status=lapsed' : ''}${next && `&after=${next}`}`);
          assert.ok(page.items.length <= limit);
          seen.push(...page.items.map((item) => (item['premises'] as { key: string }).key));
          next = page.next;
        }
        assert.deepEqual(seen, wanted);
      }),
      { numRuns: 15 },
    );
  });

  it('refuses a cursor it never gave, and an identity number in an address', async () => {
    assert.equal((await served.ask(`/packages?subject=${uscc}&after=_w`)).status, 400);
    const { status, text } = await served.ask(`/packages?subject=${idNumber}`);
    assert.deepEqual([status, text.includes(idNumber)], [400, false]);
    assert.ok(text.includes('POST /subjects'));
  });

  it('exchanges an identity document for a subject', async () => {
    const ask = async (idType: string, number: string) =>
      (await served.ask('/subjects', { method: 'POST', body: { idType, idNumber: number } })).json['subject'];
    assert.equal(await ask('citizen-id', idNumber), zhang);
    assert.equal(await ask('citizen-id', ' 11010519491231002x'), zhang);
    assert.equal(await ask('passport', 'e1234 5678'), li);
    assert.equal(await ask('uscc', uscc), uscc);
    const { status, text } = await served.ask('/subjects', { method: 'POST', body: { idType: 'uscc', idNumber: uscc.toLowerCase() } });
    assert.deepEqual([status, text.includes('MA0000000')], [400, false]);
  });

  describe('transfer requests', () => {
    const request = (id: string, more: Partial<TransferRequest> = {}): TransferRequest => ({
      id,
      status: 'blocked',
      sellers: [{ kind: 'person', id: zhang, name: null }],
      buyers: [{ kind: 'person', id: li, name: null }],
      property: { unitCode: unit, certificateNo: null, area: '88.5', registeredOn: '2025-01-01', event: propertyEvent },
      meter: { consumerNo: '3201234567890', how: 'unit-code', score: 1, arrears: '12.50', event: meterEvent },
      candidates: [],
      blocks: [
        { code: 'arrears', event: meterEvent },
        { code: 'consent-missing', event: null },
      ],
      notices: [{ code: 'mortgaged', event: propertyEvent }],
      history: [{ event: propertyEvent, time: Date.UTC(2025, 0, 1), change: 'registered' }],
      ...more,
    });

    it('tell both parties, property, meter, what blocks, and the history', async () => {
      await commit(views, [transferRow(request('c1'), { [zhang]: box(zhang, '张三'), [li]: box(li, '李四') })]);
      keys.save();
      const { json } = await served.ask('/transfer-requests/c1');
      const { digest, ...rest } = json;
      assert.match(digest as string, /^sha256:/);
      assert.deepEqual(rest, {
        id: 'c1',
        status: 'blocked',
        statusTitle: { zh: '受阻', en: 'blocked' },
        sellers: [{ kind: 'person', id: zhang, name: '张三' }],
        buyers: [{ kind: 'person', id: li, name: '李四' }],
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
        history: [{ event: propertyEvent, time: '2025-01-01T00:00:00.000Z', change: 'registered' }],
      });
    });

    it('do not tell the home of an erased buyer out of the seller’s box', async () => {
      await commit(views, [transferRow(request('c1'), { [zhang]: box(zhang, '张三'), [li]: box(li, '李四') })]);
      keys.save();
      keys.erase(li, 0);
      const { json, text } = await served.ask('/transfer-requests/c1');
      assert.deepEqual(json['buyers'], [{ kind: 'person', id: li, name: null, erased: true }]);
      assert.deepEqual(json['sellers'], [{ kind: 'person', id: zhang, name: '张三' }]);
      assert.ok(!text.includes(home));
    });

    it('are found by status, party, premises and consumer number', async () => {
      const candidates = [{ consumerNo: '3200000000001', event: meterEvent, score: 0.6, addressLevel: null, holderIsSeller: true }];
      await commit(views, [
        transferRow(request('c1')),
        transferRow(request('c2', { status: 'review', meter: null, candidates })),
        transferRow(request('c3', { status: 'ready', buyers: [] })),
      ]);
      const found = async (query: string) => (await list(`/transfer-requests?${query}`)).items.map((item) => item['id']);
      assert.deepEqual(await found(''), ['c1', 'c2', 'c3']);
      assert.deepEqual(await found('status=review'), ['c2']);
      assert.deepEqual(await found(`subject=${li}`), ['c1', 'c2']);
      assert.deepEqual(await found('consumerNo=3201234567890&status=ready'), ['c3']);
      assert.deepEqual(await found(`premises=${unit}&limit=2`), ['c1', 'c2']);
    });
  });

  describe('the change feed', () => {
    interface Feed {
      items: Record<string, unknown>[];
      next: string;
      more: boolean;
    }
    const poll = async (query: string, scope?: string): Promise<Feed> => {
      const { json, status, text } = await served.ask(`/changes?${query}`, scope === undefined ? {} : { scope });
      assert.equal(status, 200, text);
      return json as unknown as Feed;
    };

    it('always gives a cursor, so that a client can poll', async () => {
      const empty = await poll('');
      assert.deepEqual([empty.items, empty.more], [[], false]);
      await commit(
        views,
        [],
        [feedEntry(1, {}), feedEntry(2, { change: 'withdrawn', status: null, was: 'verified', cause: { date: '2025-01-02' } })],
      );
      const first = await poll(`after=${empty.next}&limit=1`);
      assert.deepEqual([first.items.map(({ id }) => id), first.more], [['p1'], true]);
      const second = await poll(`after=${first.next}&limit=1`);
      assert.deepEqual([second.items.map(({ id }) => id), second.more], [['p2'], false]);
      assert.equal(second.items[0]!['cursor'], second.next);
      assert.deepEqual(await poll(`after=${second.next}`), { items: [], next: second.next, more: false });
    });

    it('shows only the kinds that one may read', async () => {
      const entries = Array.from({ length: 30 }, (_, i) => feedEntry(i + 1, { kind: i % 10 === 9 ? 'transfer-request' : 'package' }));
      await commit(views, [], entries);
      const kinds = async (scope: string) => new Set((await poll('', scope)).items.map(({ kind }) => kind));
      assert.deepEqual(await kinds('packages:read'), new Set(['package']));
      assert.deepEqual(await kinds('transfers:read'), new Set(['transfer-request']));
      const page = await poll('limit=2', 'transfers:read');
      assert.deepEqual([page.items.map(({ id }) => id), page.more], [['p10', 'p20'], true]);
      const rest = await poll(`limit=2&after=${page.next}`, 'transfers:read');
      assert.deepEqual([rest.items.map(({ id }) => id), rest.more], [['p30'], false]);
    });
  });

  it('tells what each application type needs, to whoever has a token', async () => {
    const { json } = await served.ask('/package-types', { headers: { Purpose: null } });
    assert.deepEqual(json, {
      items: [
        {
          id: 'low-voltage-residential',
          version: 3,
          title: { zh: '低压居民新装', en: 'Low-voltage residential' },
          target: 'held-property',
          items: [
            {
              id: 'ownership',
              title: { zh: '物业权属', en: 'Ownership' },
              oneOf: [
                {
                  evidence: 'property',
                  rules: [
                    {
                      id: 'held-by-applicant',
                      version: 2,
                      text: { zh: '权利人须为申请人', en: 'the holder must be the applicant' },
                      otherwise: 'mismatch',
                    },
                  ],
                },
              ],
            },
            { id: 'equipment', title: { zh: '用电设备清单', en: 'Equipment list' }, oneOf: [] },
          ],
        },
      ],
      next: null,
    });
  });

  it('keeps names, numbers and keys out of its log', async () => {
    await commit(views, [packageRow(packageOf({ kind: 'person', id: zhang }, unit), { [zhang]: box(zhang, '张三') })]);
    keys.save();
    await served.ask(`/packages/${idOf(zhang)}`);
    await served.ask(`/packages?subject=${zhang}`);
    await served.ask(`/packages?subject=${idNumber}`);
    await served.ask('/subjects', { method: 'POST', body: { idType: 'citizen-id', idNumber } });
    await served.ask('/subjects', { method: 'POST', body: { idType: idNumber, idNumber } });
    await served.ask(`/${idNumber}`, { headers: { Purpose: idNumber } });
    await served.ask('/packages?subject=a', { headers: { Purpose: idNumber, 'User-Agent': idNumber } });
    const text = JSON.stringify(served.log.lines);
    assert.equal(served.log.lines.filter(({ message }) => message === 'access').length, 7);
    for (const secret of [idNumber, '张三', home, zhang, unit]) assert.ok(!text.includes(secret));
    assert.deepEqual(
      served.log.lines.map(({ meta }) => meta['operationId']),
      ['getPackage', 'listPackages', 'listPackages', 'findSubject', 'findSubject', null, 'listPackages'],
    );
  });
});
