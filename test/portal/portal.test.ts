// The portal over real HTTP, on views and keys in SQLite.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { canonicalJson, digestOf } from '../../services/domain/canonical.ts';
import { usccCheck } from '../../services/domain/identifiers/uscc.ts';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { portalOperations } from '../../services/portal/portal.ts';
import { serve } from '../drivers/http/fixture.ts';
import { commit, factRow, feedEntry, packageOf, packageRow, sourceRow, packageTypes, propertyEvent } from './fixture.ts';
import { home, idNumber, servePortal, unit } from './served-portal.ts';
import type { ServedPortal } from './served-portal.ts';

const uscc = `91110108MA0000000${usccCheck('91110108MA0000000')}`;

describe('the portal', () => {
  let portal: ServedPortal;
  beforeEach(async () => {
    portal = await servePortal();
  });
  afterEach(() => portal.close());
  const idOf = (subject: string, premises = unit): string => encodeURIComponent(`low-voltage-residential~${subject}~${premises}`);

  it('answers a package with every item explained', async () => {
    const pack = packageOf({ kind: 'person', id: portal.zhang }, unit);
    await commit(portal.views, [
      packageRow(pack, { [portal.zhang]: portal.box(portal.zhang, '张三') }),
      factRow('property', unit, { address: null }),
      sourceRow('property-right', portal.clock.now() - 60_000),
    ]);
    await portal.keys.save();
    const { json } = await portal.ask(`/packages/${idOf(portal.zhang)}`);
    assert.deepEqual(json, {
      id: pack.id,
      type: 'low-voltage-residential',
      title: { zh: '低压居民新装', en: 'Low-voltage residential' },
      subject: { kind: 'person', id: portal.zhang, name: '张三' },
      premises: { key: unit, address: home },
      status: 'verified',
      statusTitle: { zh: '已核验', en: 'verified' },
      acceptance: { state: 'complete', title: { zh: '齐全', en: 'complete' }, promises: [] },
      fresh: true,
      staleSources: [],
      digest: digestOf(canonicalJson(pack)),
      contractVersion: 3,
      rules: pack.rules,
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
          freshness: { source: 'property-right', lastContact: '2025-03-01T03:59:00.000Z', ageSeconds: 60, within: true },
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
          freshness: null,
        },
      ],
    });
  });

  it('names an organisation as its registry does, and its premises in the clear', async () => {
    const named = packageOf({ kind: 'organisation', id: 'name:示例有限公司' }, 'u2');
    await commit(portal.views, [
      packageRow(packageOf({ kind: 'organisation', id: uscc }, unit)),
      packageRow(named),
      factRow('enterprise', uscc, { name: '示例科技有限公司' }),
      factRow('property', unit, { address: '海淀区示例大街9号' }),
    ]);
    const { json } = await portal.ask(`/packages/${idOf(uscc)}`);
    assert.deepEqual(
      [json['subject'], json['premises']],
      [
        { kind: 'organisation', id: uscc, name: '示例科技有限公司' },
        { key: unit, address: '海淀区示例大街9号' },
      ],
    );
    assert.deepEqual((await portal.ask(`/packages/${encodeURIComponent(named.id)}`)).json['subject'], {
      kind: 'organisation',
      id: 'name:示例有限公司',
      name: '示例有限公司',
    });
  });

  it('knows nothing of an erased person any more, and says so', async () => {
    const pack = packageOf({ kind: 'person', id: portal.zhang }, unit);
    await commit(portal.views, [
      packageRow(pack, { [portal.zhang]: portal.box(portal.zhang, '张三'), [portal.li]: portal.box(portal.li, '李四') }),
    ]);
    await portal.keys.save();
    assert.match((await portal.ask(`/packages/${idOf(portal.zhang)}`)).text, /张三/);
    await portal.keys.erase(portal.zhang, 0);
    const { json, text } = await portal.ask(`/packages/${idOf(portal.zhang)}`);
    assert.deepEqual(
      [json['subject'], json['premises']],
      [
        { kind: 'person', id: portal.zhang, name: null, erased: true },
        { key: unit, address: null },
      ],
    );
    assert.ok(!text.includes('张三') && !text.includes(home));
  });

  it('answers what is known now, however often it was asked before', async () => {
    const path = `/packages/${idOf(uscc)}`;
    const ask = async (): Promise<unknown[]> => {
      const { json, text } = await portal.ask(path);
      assert.equal(text, JSON.stringify(json));
      assert.deepEqual((await portal.list(`/packages?subject=${uscc}`)).items, [json]);
      return [json['status'], (json['subject'] as { name: unknown }).name];
    };
    const row = packageRow(packageOf({ kind: 'organisation', id: uscc }, unit));
    await commit(portal.views, [row]);
    assert.deepEqual(
      [await ask(), await ask()],
      [
        ['verified', null],
        ['verified', null],
      ],
    );
    await commit(portal.views, [factRow('enterprise', uscc, { name: '甲公司' })]);
    assert.deepEqual(await ask(), ['verified', '甲公司']);
    const lapsed = packageRow(packageOf({ kind: 'organisation', id: uscc }, unit, 'lapsed'));
    await portal.views.commit({
      rows: [{ view: row.view, key: row.key, row: lapsed, was: row.tags }],
      feed: [],
      checkpoint: { position: 10, date: '2025-01-02' },
    });
    assert.deepEqual(await ask(), ['lapsed', '甲公司']);
  });

  it('gives the very bytes that the digest covers', async () => {
    const pack = packageOf({ kind: 'organisation', id: uscc }, unit);
    await commit(portal.views, [packageRow(pack)]);
    const digest = (await portal.ask(`/packages/${idOf(uscc)}`)).json['digest'] as string;
    const { text, headers } = await portal.ask(`/packages/${idOf(uscc)}/content`);
    assert.equal(text, canonicalJson(pack));
    assert.equal(`sha256:${createHash('sha256').update(text).digest('hex')}`, digest);
    assert.equal(headers.get('content-type'), 'application/json');
    assert.equal(headers.get('content-digest'), `sha-256=:${createHash('sha256').update(text).digest('base64')}:`);
  });

  it('answers the same bytes each time', async () => {
    const rows = ['a', 'b', 'c'].map((premises) => packageRow(packageOf({ kind: 'organisation', id: uscc }, premises)));
    await commit(portal.views, rows);
    const other = openSqliteViewStore(':memory:');
    const again = await serve('portal', portalOperations({ ...portal.ports, views: other }));
    await commit(other, rows.reverse());
    const path = `/packages?subject=${uscc}`;
    assert.equal((await portal.ask(path)).text, (await again.ask(path)).text);
    await again.close();
    await other.close();
  });

  it('finds packages by subject, premises, type and status', async () => {
    await commit(portal.views, [
      packageRow(packageOf({ kind: 'organisation', id: uscc }, 'a')),
      packageRow(packageOf({ kind: 'organisation', id: uscc }, 'b', 'lapsed')),
      packageRow(packageOf({ kind: 'person', id: portal.zhang }, 'b')),
    ]);
    const found = async (query: string) =>
      (await portal.list(`/packages?${query}`)).items.map((item) => (item['id'] as string).split('~').slice(1).join());
    assert.deepEqual(await found(`subject=${uscc}`), [`${uscc},a`, `${uscc},b`]);
    assert.deepEqual(await found('premises=b'), [`${uscc},b`, `${portal.zhang},b`]);
    assert.deepEqual(await found(`premises=b&subject=${portal.zhang}`), [`${portal.zhang},b`]);
    assert.deepEqual(await found(`subject=${uscc}&status=lapsed`), [`${uscc},b`]);
    assert.deepEqual(await found(`subject=${uscc}&type=other`), []);
    assert.deepEqual((await portal.ask('/packages?status=lapsed')).json['code'], 'REQUEST_INVALID');
    assert.deepEqual((await portal.ask('/packages/nothing')).json['code'], 'NOT_FOUND');
  });

  it('gives each row once, whatever the size of the pages', async () => {
    const keysOf = Array.from({ length: 40 }, (_, i) => `房${String(i).padStart(3, '0')}`);
    await commit(
      portal.views,
      keysOf.map((premises, i) => packageRow(packageOf({ kind: 'organisation', id: uscc }, premises, i % 3 === 0 ? 'lapsed' : 'verified'))),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), fc.boolean(), async (limit, filtered) => {
        const wanted = filtered ? keysOf.filter((_, i) => i % 3 === 0) : keysOf;
        const seen: unknown[] = [];
        let next: string | null = '';
        while (next !== null) {
          const page = await portal.list(
            `/packages?subject=${uscc}&limit=${limit}${filtered ? '&status=lapsed' : ''}${next && `&after=${next}`}`,
          );
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
    assert.equal((await portal.ask(`/packages?subject=${uscc}&after=_w`)).status, 400);
    const { status, text } = await portal.ask(`/packages?subject=${idNumber}`);
    assert.deepEqual([status, text.includes(idNumber)], [400, false]);
    assert.ok(text.includes('POST /subjects'));
  });

  it('exchanges an identity document for a subject', async () => {
    const ask = async (idType: string, number: string) =>
      (await portal.ask('/subjects', { method: 'POST', body: { idType, idNumber: number } })).json['subject'];
    assert.equal(await ask('citizen-id', idNumber), portal.zhang);
    assert.equal(await ask('citizen-id', ' 11010519491231002x'), portal.zhang);
    assert.equal(await ask('passport', 'e1234 5678'), portal.li);
    assert.equal(await ask('uscc', uscc), uscc);
    const { status, text } = await portal.ask('/subjects', { method: 'POST', body: { idType: 'uscc', idNumber: uscc.toLowerCase() } });
    assert.deepEqual([status, text.includes('MA0000000')], [400, false]);
  });

  describe('the change feed', () => {
    interface Feed {
      items: Record<string, unknown>[];
      next: string;
      more: boolean;
    }
    const poll = async (query: string, scope?: string): Promise<Feed> => {
      const { json, status, text } = await portal.ask(`/changes?${query}`, scope === undefined ? {} : { scope });
      assert.equal(status, 200, text);
      return json as unknown as Feed;
    };

    it('always gives a cursor, so that a client can poll', async () => {
      const empty = await poll('');
      assert.deepEqual([empty.items, empty.more], [[], false]);
      await commit(
        portal.views,
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
      await commit(portal.views, [], entries);
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
    const { json } = await portal.ask('/package-types', { headers: { Purpose: null } });
    assert.deepEqual(json, {
      items: [
        {
          id: 'low-voltage-residential',
          version: 3,
          region: null,
          effectiveFrom: null,
          rules: packageTypes[0]!.digest,
          legalBasis: '供电营业规则',
          title: { zh: '低压居民新装', en: 'Low-voltage residential' },
          target: 'held-property',
          promise: null,
          items: [
            {
              id: 'ownership',
              title: { zh: '物业权属', en: 'Ownership' },
              promisable: false,
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
            { id: 'equipment', title: { zh: '用电设备清单', en: 'Equipment list' }, promisable: false, oneOf: [] },
          ],
        },
      ],
      next: null,
    });
  });

  it('keeps names, numbers and keys out of its log', async () => {
    await commit(portal.views, [
      packageRow(packageOf({ kind: 'person', id: portal.zhang }, unit), { [portal.zhang]: portal.box(portal.zhang, '张三') }),
    ]);
    await portal.keys.save();
    await portal.ask(`/packages/${idOf(portal.zhang)}`);
    await portal.ask(`/packages?subject=${portal.zhang}`);
    await portal.ask(`/packages?subject=${idNumber}`);
    await portal.ask('/subjects', { method: 'POST', body: { idType: 'citizen-id', idNumber } });
    await portal.ask('/subjects', { method: 'POST', body: { idType: idNumber, idNumber } });
    await portal.ask(`/${idNumber}`, { headers: { Purpose: idNumber } });
    await portal.ask('/packages?subject=a', { headers: { Purpose: idNumber, 'User-Agent': idNumber } });
    const text = JSON.stringify(portal.log.lines);
    assert.equal(portal.log.lines.filter(({ message }) => message === 'access').length, 7);
    for (const secret of [idNumber, '张三', home, portal.zhang, unit]) assert.ok(!text.includes(secret));
    assert.deepEqual(
      portal.log.lines.map(({ meta }) => meta['operationId']),
      ['getPackage', 'listPackages', 'listPackages', 'findSubject', 'findSubject', null, 'listPackages'],
    );
  });
});
