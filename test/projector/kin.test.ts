// Branches, parents and mergers: judged by stated rules or told, the same whatever order registers speak in.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createAdapter } from '../../services/adapters/adapter.ts';
import { explanationLines } from '../../services/domain/explanation.ts';
import { enterpriseReader } from '../../services/projector/enterprise.ts';
import { asHolder, licence, permit, project, title } from '../../services/simulator/registers.ts';
import { deliveries, kinHistories } from '../support/arbitrary.ts';
import { createClock } from '../support/clock.ts';
import { foldInMemory, inWorkshop } from '../support/fold.ts';
import { historiesOf } from '../support/histories.ts';
import { codec, contractOf } from '../support/project.ts';
import { castOf, eventsTold, keysInMemory, storyRecords } from '../support/simulated-events.ts';
import { shop } from '../support/told.ts';
import type { HubEvent, RecordedEvent } from '../../services/domain/events.ts';
import type { Item, Package } from '../../services/domain/packages/judge.ts';
import type { Cast } from '../../services/simulator/cast.ts';
import type { Fields, SimulatedRecord } from '../../services/simulator/registers.ts';

/** As a store would have them, each once, all on one day. */
function recorded(events: readonly HubEvent[]): RecordedEvent[] {
  const once = [...new Map(events.map((event) => [event.id, event])).values()];
  return once.map((event, i) => ({ ...event, position: i + 1, revision: 0, recordedtime: Date.UTC(2026, 4, 1) }));
}

const known = async (events: readonly HubEvent[]): Promise<string[]> =>
  (await foldInMemory(recorded(events))).map(({ view, key, body }) => `${view} ${key} ${body}`);

/** Land of one company, and a project and permit of another; what each company's licence says beside. */
function builtOn(cast: Cast, owner: Fields, builder: Fields, land: Fields = {}): SimulatedRecord[] {
  const site = cast.premises(0, '工业用地');
  const [one, other] = [cast.company(0), cast.company(1)];
  return [
    licence(cast, one)('设立登记', 0, owner),
    licence(cast, other)('设立登记', 0, builder),
    title(cast, site, [{ ...asHolder(one), ...land }])('100', 30),
    project(cast, other, site)('办结', 60, { STATE: '1' }),
    permit(cast, '建', 120, other, site)('核发', 120),
  ];
}
const goneTo = (code: string): Fields => ({ REGSTATE: '4', SUCUNISCID: code });

/** The high-voltage package of the cast's second company, the same in every order tried. */
async function packageOf(cast: Cast, told: readonly SimulatedRecord[]): Promise<Package> {
  const events = await eventsTold(told);
  const orders = [events, events.toReversed(), [...events.slice(2), ...events.slice(0, 2)]];
  const [rows] = await Promise.all(orders.map(known));
  for (const order of orders) assert.deepEqual(await known(order), rows);
  const key = `package high-voltage~${cast.company(1).uscc}~${cast.projectCode()} `;
  return JSON.parse(rows!.find((row) => row.startsWith(key))!.slice(key.length)) as Package;
}
const item = (pack: Package, id: string): Item => pack.items.find((candidate) => candidate.id === id)!;
const told = ({ status, rule, notices }: Item): unknown[] => [status, rule.id, ...notices.map(({ id }) => id)];

describe('enterprises and their kin', function () {
  this.timeout(120_000);

  it('are judged the same whatever the order in which registers speak, and every rule of kin comes up', async () => {
    const seen = new Set<string>();
    const way = kinHistories(40).chain((list) => fc.tuple(fc.constant(list), deliveries(list.length)));
    const property = fc.asyncProperty(way, async ([list, order]) => {
      const events = await eventsTold(list);
      const rows = await known(events);
      assert.deepEqual(await known(order.map((i) => events[i]!)), rows);
      for (const [, id] of rows.join().matchAll(/"id":"([a-z-]+)","version":1/g)) seen.add(id!);
    });
    await fc.assert(property, { numRuns: 300, endOnFailure: true });
    const rules = ['parent-authorises', 'branch-confirms', 'right-registered-anew', 'claims-pass-on', 'succession-clear', 'merged-away'];
    for (const id of [...rules, 'parent-stands', 'parent-known']) assert.ok(seen.has(id), id);
  });

  it('keep apart what a register has in the name of the parent, or of a branch', async () => {
    const cast = castOf(41);
    const [one, other] = [cast.company(0).uscc, cast.company(1).uscc];
    const branch = item(await packageOf(cast, builtOn(cast, {}, { SUPUNISCID: one })), 'premises');
    assert.deepEqual(told(branch), ['mismatch', 'parent-authorises']);
    assert.deepEqual(
      branch.related!.map(({ kin, id }) => [kin, id]),
      [['parent', one]],
    );
    const parent = item(await packageOf(cast, builtOn(cast, { SUPUNISCID: other }, {})), 'premises');
    assert.deepEqual(told(parent), ['mismatch', 'branch-confirms']);
    const strangers = item(await packageOf(cast, builtOn(cast, {}, {})), 'premises');
    assert.deepEqual([...told(strangers), strangers.related], ['lapsed', 'held-by-applicant', undefined]);
  });

  it('cannot do by kinship what fails for the owner too', async () => {
    const cast = castOf(42);
    const told42 = builtOn(cast, {}, { SUPUNISCID: cast.company(0).uscc });
    const seized = title(cast, cast.premises(0, '工业用地'), [asHolder(cast.company(0))]);
    seized('100', 30);
    const pack = await packageOf(cast, [...told42, seized('800', 90, { SFCF: '1' })]);
    assert.deepEqual(told(item(pack, 'premises')), ['lapsed', 'not-seized']);
  });

  it('flag a branch whose parent was struck off, is not known, or is the branch itself', async () => {
    const cast = castOf(43);
    const [one, other] = [cast.company(0).uscc, cast.company(1).uscc];
    const licenceOf = async (owner: Fields, parent: string): Promise<unknown[]> =>
      told(item(await packageOf(cast, builtOn(cast, owner, { SUPUNISCID: parent })), 'licence'));
    assert.deepEqual(await licenceOf({}, one), ['verified', 'licence-in-good-standing']);
    for (const REGSTATE of ['2', '3', '4', '5']) assert.deepEqual(await licenceOf({ REGSTATE }, one), ['mismatch', 'parent-stands']);
    assert.deepEqual(await licenceOf({ REGSTATE: '7' }, one), ['verified', 'licence-in-good-standing']);
    assert.deepEqual(await licenceOf({}, cast.company(5).uscc), ['verified', 'licence-in-good-standing', 'parent-known']);
    assert.deepEqual(await licenceOf({}, other), ['verified', 'licence-in-good-standing', 'parent-known']);
  });

  it('do not take a parent from statements that contradict each other', async () => {
    const cast = castOf(44);
    const elsewhere = licence(cast, cast.company(1))('设立登记', 0, { SUPUNISCID: cast.company(3).uscc });
    const pack = await packageOf(cast, [...builtOn(cast, {}, { SUPUNISCID: cast.company(0).uscc }), elsewhere]);
    assert.deepEqual(told(item(pack, 'licence')).slice(0, 2), ['mismatch', 'no-contradiction-at-the-source']);
    assert.equal(item(pack, 'premises').status === 'verified', false);
  });

  it('follow mergers link by link, and only those that took effect', async () => {
    const cast = castOf(45);
    const [third, heir] = [cast.company(2), cast.company(1).uscc];
    const between = licence(cast, third)('设立登记', 10, goneTo(heir));
    const premises = item(await packageOf(cast, [...builtOn(cast, goneTo(third.uscc), {}), between]), 'premises');
    assert.deepEqual(told(premises), ['mismatch', 'right-registered-anew']);
    assert.deepEqual([premises.related!.length, premises.related![0]!.events.length], [1, 2]);
    // While it is not struck off, a merger is a plan.
    const planned = await packageOf(cast, builtOn(cast, { SUCUNISCID: heir }, {}));
    assert.deepEqual(told(item(planned, 'premises')), ['lapsed', 'held-by-applicant']);
  });

  it('trust no succession that runs in a circle, contradicts itself, or ends at a branch', async () => {
    const cast = castOf(46);
    const [one, other, third] = [0, 1, 2].map((role) => cast.company(role).uscc) as [string, string, string];
    const premisesOf = async (owner: Fields, builder: Fields, ...more: SimulatedRecord[]): Promise<unknown[]> =>
      told(item(await packageOf(cast, [...builtOn(cast, owner, builder), ...more]), 'premises'));
    assert.deepEqual(await premisesOf(goneTo(other), goneTo(one)), ['mismatch', 'succession-clear']);
    const otherwise = licence(cast, cast.company(0))('设立登记', 0, goneTo(third));
    const [status, rule] = await premisesOf(goneTo(other), {}, otherwise);
    // Which of the two statements is the later by id decides whether the builder is named at all; it is never verified.
    assert.ok(status !== 'verified' && (rule === 'succession-clear' || rule === 'held-by-applicant'));
    assert.deepEqual(await premisesOf(goneTo(other), { SUPUNISCID: third }), ['lapsed', 'held-by-applicant']);
  });

  it('have no heir where the one that is named was never registered, and say so', async () => {
    const cast = castOf(47);
    const nobody = cast.company(6).uscc;
    const rows = await known(await eventsTold(builtOn(cast, {}, goneTo(nobody))));
    const packages = rows.filter((row) => row.startsWith('package ')).map((row) => JSON.parse(row.slice(row.indexOf('{'))) as Package);
    assert.ok(packages.every(({ subject }) => subject.id !== nobody));
    const pack = packages.find(({ type }) => type === 'high-voltage')!;
    assert.deepEqual(told(item(pack, 'licence')), ['lapsed', 'licence-in-good-standing', 'succession-clear']);
  });

  it('are not guessed by a name that a stranger comes to share', async () => {
    const cast = castOf(48);
    const list = builtOn(cast, {}, { SUPUNISCID: cast.company(0).uscc }, { idNumber: '' });
    assert.deepEqual(told(item(await packageOf(cast, list), 'premises')), ['mismatch', 'parent-authorises']);
    const namesake = licence(cast, cast.company(3))('设立登记', 200, { ENTNAME: cast.company(0).name });
    assert.deepEqual(told(item(await packageOf(cast, [...list, namesake]), 'premises')), ['lapsed', 'held-by-applicant']);
  });

  it('show in an enterprise’s view: parent and branches, predecessors and successor', async () => {
    const cast = castOf(49);
    const codes = [0, 1, 2, 3].map((role) => cast.company(role).uscc).sort();
    const [a, b, c, d] = codes as [string, string, string, string];
    const said = (uscc: string, patch: Fields): SimulatedRecord => {
      const company = [0, 1, 2, 3].map((role) => cast.company(role)).find((each) => each.uscc === uscc)!;
      return licence(cast, company)('设立登记', 0, patch);
    };
    const list = [said(a, {}), said(b, { SUPUNISCID: a }), said(c, { SUPUNISCID: a }), said(d, goneTo(a))];
    await inWorkshop(createClock(), async ({ live, views }) => {
      await live(await eventsTold(list));
      const { read } = enterpriseReader(views);
      const kinOf = async (uscc: string): Promise<object> => {
        const { parent, successor, branches, predecessors } = (await read(uscc))!;
        return { parent, successor, branches, predecessors };
      };
      assert.deepEqual(await kinOf(a), { parent: null, successor: null, branches: [b, c], predecessors: [d] });
      assert.deepEqual(await kinOf(b), { parent: a, successor: null, branches: [], predecessors: [] });
      assert.deepEqual(await kinOf(d), { parent: null, successor: a, branches: [], predecessors: [] });
      assert.equal(await read(cast.company(6).uscc), null);
    });
  });

  it('are named in the explanation, in both languages, with what would settle it', async () => {
    await inWorkshop(createClock(), async ({ live, views, store }) => {
      const cast = castOf(50);
      await live(await eventsTold(storyRecords('branch-on-parents-land', cast)));
      const [row] = await views.list('package', { limit: 10 });
      const explained = (await historiesOf({ store, views }).explainer.explain(row!.key, await store.head()))!;
      const { name, uscc } = cast.company(0);
      const zh = explanationLines(explained, 'zh').find((line) => line.includes('parent-authorises'))!;
      const en = explanationLines(explained, 'en').find((line) => line.includes('parent-authorises'))!;
      assert.match(zh, /须由客户提供隶属企业的授权/);
      assert.ok(zh.includes(`隶属企业：${name}（${uscc}）`), zh);
      assert.match(en, /the customer must supply the parent's authorisation/);
      assert.ok(en.includes(`parent: ${name} (${uscc})`), en);
    });
  });
});

describe('a record that says nothing of kin', () => {
  /** Made before licences could say anything of it. */
  const before = {
    platform: ['01967b08-7510-875c-8f78-7271c9663545', '0196fbc7-7110-880b-840d-833762d0074c'],
    file: '0127ba19-b800-818b-a9dc-112895f1a6fc',
    views: 'sha256:65d308384a25966a96520be0472c66efb839ca686d5d1cb60d8858ba76211539',
    package: 'sha256:1273b289ed8bbc9267bd97dee1d97ee7f706fb376674aea6acd511e343e431e5',
    story: 'sha256:1f19c2dd519a76d167aa1595f38db8e84f4cef8e10f352426955c727432b051e',
  };

  it('has the event id that it always had, from the platform and from a file, and is written as it always was', async () => {
    const events = await eventsTold(shop(31, '2054-12-31').told);
    assert.deepEqual(
      events.map(({ id }) => id),
      before.platform,
    );
    const published: HubEvent[] = [];
    const log = { publish: async (list: HubEvent[]) => String(published.push(...list)), recorded: async () => undefined };
    const keys = keysInMemory();
    const adapter = createAdapter(contractOf('business-licence'), 'registrations', 'imported', { log, codec, keys, now: () => 0 });
    const fields = {
      ...{ uscc: '91110108551385082Q', name: '模拟甲有限公司', reg_date: '2010-04-02', type: '有限责任公司' },
      ...{ capital_raw: '500万元', business_scope: '模拟', address: '北京市海淀区模拟路1号' },
    };
    await adapter.take([{ position: 'a', fields }], null);
    await keys.close();
    assert.equal(published[0]!.id, before.file);
    for (const { data } of [events[0]!, published[0]!]) assert.equal(codec.schemaOf(data), 'business-licence.v1');
  });

  it('gives the views and packages that it always gave', async () => {
    for (const [list, digest] of [
      [shop(31, '2054-12-31').told, before.views],
      [storyRecords('build-licence-restored', castOf(32)), before.story],
    ] as const) {
      await inWorkshop(createClock(), async ({ live, views }) => {
        await live(await eventsTold(list));
        assert.equal(await views.digest(), digest);
        if (digest !== before.views) return;
        const [row] = await views.list('package', { limit: 1 });
        assert.equal((JSON.parse(row!.local) as { digest: string }).digest, before.package);
      });
    }
  });

  it('has another id, in the newer version, as soon as it does say something', async () => {
    const cast = castOf(51);
    const [plain, branch] = await eventsTold([
      licence(cast, cast.company(0))('设立登记', 0),
      licence(cast, cast.company(0))('设立登记', 0, { SUPUNISCID: cast.company(1).uscc }),
    ]);
    assert.notEqual(plain!.id, branch!.id);
    assert.equal(codec.schemaOf(branch!.data), 'business-licence.v2');
  });

  it('has the other’s code left out with a warning where that fails its check', async () => {
    const cast = castOf(52);
    const [event] = await eventsTold([licence(cast, cast.company(0))('设立登记', 0, { SUPUNISCID: '91110108717809965C' })]);
    const fact = codec.decode(event!.data) as { warnings: string[]; parentUscc?: string };
    assert.deepEqual([fact.parentUscc, fact.warnings], [undefined, ['parentUscc:check-digit']]);
  });
});
