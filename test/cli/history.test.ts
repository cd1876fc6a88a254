// The past on the command line: both time axes, versions, explanation in Chinese, and recall.
import assert from 'node:assert/strict';
import { projectorPorts } from '../../services/hub/rebuild.ts';
import { project } from '../../services/projector/projector.ts';
import { licence } from '../../services/simulator/registers.ts';
import { createClock } from '../support/clock.ts';
import { inHub, run, runJson, runOne } from '../support/command.ts';
import { access } from '../support/own-steps.ts';
import { eventsTold, storyRecords } from '../support/simulated-events.ts';
import { factory } from '../support/told.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { JudgedLocal } from '../../services/ports/views.ts';

describe('the past on the command line', () => {
  const folder = useTempFolder();
  const clock = createClock('2027-03-01');
  const { now } = clock;
  const { cast, told, id } = factory(1);
  const caseNo = 'SL510107000040000';
  let events: HubEvent[];
  let read: HubEvent;
  const hub = (...args: string[]) => run([...args, '--data', folder()], { now });
  const status = async (...args: string[]): Promise<string> =>
    (await runOne<Package>(['packages', 'show', id, '--data', folder(), ...args], { now })).status;

  const live = (what: readonly HubEvent[]): Promise<void> =>
    inHub(
      folder(),
      async (opened) => {
        await opened.store.append([...what]);
        await project(projectorPorts(opened));
      },
      now,
    );

  beforeEach(async () => {
    clock.set('2027-03-01');
    const register = licence(cast, cast.company(0));
    register('设立登记', 0);
    events = await eventsTold(told);
    await live([...events, ...(await eventsTold(storyRecords('sale-found-by-unit-code')))]);
    const digest = await inHub(folder(), async ({ views }) => JSON.parse((await views.get('package', id))!.local) as JudgedLocal, now);
    read = access('package', id, digest.digest, now());
    await live([read]);
    clock.set('2027-03-10');
    events.push(...(await eventsTold([register('吊销', 400, { REGSTATE: '2' })])));
    await live(events.slice(-1));
  });

  it('shows a package as known at a position or time, and as valid at a date', async () => {
    assert.equal(await status(), 'lapsed');
    assert.equal(await status('--recorded-as-of', '4'), 'verified');
    assert.equal(await status('--recorded-as-of', '2027-03-05T00:00:00+08:00'), 'verified');
    assert.equal(await status('--recorded-as-of', '2027-03-10'), 'lapsed');
    assert.equal(await status('--recorded-as-of', '20270309'), 'verified');
    assert.equal(await status('--valid-at', cast.on(380)), 'verified');
    assert.equal(await status('--recorded-as-of', '4', '--valid-at', '2027-03-01'), 'verified');
    const mistakes: [string[], RegExp][] = [
      [['--recorded-as-of', '99999'], /lies beyond the newest event/],
      [['--recorded-as-of', 'lately'], /is no position and no time/],
      [['--valid-at', '2027-02-30'], /is no date/],
      [['--valid-at', cast.on(40)], /there was then no package/],
    ];
    for (const [args, message] of mistakes) {
      const { code, error } = await hub('packages', 'show', id, ...args);
      assert.equal(code, 2);
      assert.match(error.join('\n'), message);
    }
  });

  it('shows a transfer request as it was, and its versions', async () => {
    const versions = await runJson<{ position: number; status: string; digest: string; body: object }>(
      ['transfers', 'history', caseNo, '--data', folder()],
      { now },
    );
    assert.ok(versions.length >= 1);
    const [first] = versions;
    const past = await runOne<{ digest: string }>(
      ['transfers', 'show', caseNo, '--recorded-as-of', String(first!.position), '--data', folder()],
      { now },
    );
    assert.equal(past.digest, first!.digest);
    assert.equal((await hub('transfers', 'history', 'none')).code, 2);
    assert.equal((await hub('transfers', 'show', caseNo, '--recorded-as-of', '0')).code, 2);
  });

  it('lists every version of a package with its cause', async () => {
    const { out } = await hub('packages', 'history', id);
    const [head, ...lines] = out.join('\n').split('\n');
    assert.match(head!, /^序号 +获知 +状态 +原因 +摘要$/);
    assert.match(lines.at(-1)!, new RegExp(`2027年3月10日 12:00 +失效 +吊销 business-licence\\.revoked ${events.at(-1)!.id} +sha256:`));
  });

  it('explains in Chinese, in English, and whole for programs', async () => {
    const chinese = (await hub('packages', 'explain', id)).out.join('\n');
    assert.match(chinese, /^高压新装\/增容：失效\n/);
    assert.match(chinese, /├─ 营业执照：失效\n│ {2}不符合规则：营业执照须存续/);
    assert.match((await hub('packages', 'explain', id, '--english')).out.join('\n'), /Business licence: lapsed/);
    const before = (await hub('packages', 'explain', id, '--recorded-as-of', '4')).out.join('\n');
    assert.match(before, /├─ 营业执照：已核验\n│ {2}符合规则/);
    const tree = await runOne<{ items: { fact: { event: string } | null }[] }>(['packages', 'explain', id, '--data', folder()], { now });
    assert.equal(tree.items[0]!.fact!.event, events.at(-1)!.id);
    assert.equal((await hub('packages', 'explain', 'none')).code, 2);
  });

  it('recalls what relied on a fact, until when, and who had read it', async () => {
    const text = (await hub('recall', '--event', events[0]!.id)).out.join('\n');
    assert.ok(text.includes(`申请包 ${id}`), text);
    assert.match(text, /自 2027年3月1日 12:00（第 3 号）至 2027年3月10日 12:00（第 \d+ 号），原因 吊销 business-licence\.revoked/);
    assert.ok(text.includes(`查阅 application-portal（electricity-application） 2027年3月1日 12:00  事件 ${read.id}`), text);
    const [found] = await runJson<{ id: string; periods: { from: { recordedtime: string } }[] }>(
      ['recall', '--event', events[0]!.id, '--data', folder()],
      { now },
    );
    assert.deepEqual([found!.id, found!.periods[0]!.from.recordedtime], [id, '2027-03-01T04:00:00.000Z']);
    assert.match((await hub('recall', '--event', read.id)).out.join('\n'), /nothing ever relied on it/);
    assert.equal((await hub('recall', '--event', '018f0000-0000-8000-8000-0000000000ff')).code, 2);
  });

  it('says how old the data of each item is', async () => {
    const { out } = await hub('packages', 'show', id);
    assert.match(out.join('\n'), /来源 营业执照 business-licence {2}最近联系 2027年3月10日 12:00\n/);
    assert.match(out.join('\n'), /已核验（数据未及时更新）/);
    const shown = await runOne<{ fresh: boolean; staleSources: string[] }>(['packages', 'show', id, '--data', folder()], { now });
    assert.equal(shown.fresh, false);
    assert.deepEqual(shown.staleSources, ['planning-permit', 'project-approval', 'property-right']);
  });

  it('shows an enterprise by its code, in both languages', async () => {
    const { uscc, name } = cast.company(0);
    const shown = await hub('enterprise', uscc);
    assert.equal(shown.code, 0);
    assert.match(shown.out.join('\n'), new RegExp(`^${name}  ${uscc}  吊销未注销 revoked\n组织机构代码`));
    const unknown = await hub('enterprise', '91350100M000100Y43');
    assert.deepEqual([unknown.code, unknown.error.length], [2, 1]);
    assert.equal((await hub('enterprise', 'nonsense')).code, 2);
  });
});
