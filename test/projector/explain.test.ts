// A package explained: for programs as a tree of causes, for a clerk in sentences.
import assert from 'node:assert/strict';
import { changeText } from '../../services/domain/change-texts.ts';
import { explanationLines } from '../../services/domain/explanation.ts';
import { clerkTime, startOfDay } from '../../services/domain/time.ts';
import { openExplainer } from '../../services/projector/explain.ts';
import { licence } from '../../services/simulator/registers.ts';
import { createClock } from '../support/clock.ts';
import { inWorkshop } from '../support/fold.ts';
import { codec, contracts, rules } from '../support/project.ts';
import { eventsTold } from '../support/simulated-events.ts';
import { factory } from '../support/told.ts';
import type { Explanation } from '../../services/domain/explanation.ts';
import type { PastOptions } from '../../services/ports/package-history.ts';
import type { Workshop } from '../support/fold.ts';

async function explained({ store, views }: Workshop, id: string, position?: number, options?: PastOptions): Promise<Explanation> {
  const explainer = openExplainer({ store, views, codec, rules, sources: contracts.sources });
  return (await explainer.explain(id, position ?? (await store.head()), options))!;
}

/** A factory whose licence was revoked and that never had a planning permit. */
async function tellRevoked(workshop: Workshop): Promise<{ id: string; events: { id: string; time: number; evidence: string }[] }> {
  const { cast, told, id } = factory(1);
  const register = licence(cast, cast.company(0));
  register('设立登记', 0);
  const events = await eventsTold([...told.slice(0, 3), register('吊销', 400, { REGSTATE: '2' })]);
  await workshop.live(events);
  return { id, events };
}

describe('an explanation of a package', () => {
  it('tells a clerk in Chinese what holds, what does not, by which rule, fact and record, and who was asked', async () => {
    const clock = createClock('2027-03-01');
    await inWorkshop(clock, async (workshop) => {
      const { id, events } = await tellRevoked(workshop);
      const [registered, , , revoked] = events;
      const lines = explanationLines(await explained(workshop, id), 'zh');
      const text = lines.join('\n');
      const [, uscc, project] = id.split('~');
      const row = (await workshop.views.get('package', id))!;
      assert.deepEqual(lines.slice(0, 4), [
        '高压新装/增容：失效',
        `申请人 ${uscc}（单位），用电地点或项目 ${project}，按 2027-03-01 判定（截至第 4 号事件）`,
        '共 4 项材料：2 项已核验，1 项缺失，1 项失效。',
        `依据：在线政务服务若干规定第7条；企业投资项目核准和备案管理条例第4条；城乡规划法第40条；摘要 ${(JSON.parse(row.local) as { digest: string }).digest}`,
      ]);
      const at = lines.indexOf('├─ 营业执照：失效');
      assert.deepEqual(lines.slice(at + 1, at + 7), [
        '│  不符合规则：营业执照须存续，未被吊销、注销、撤销（市场主体登记管理条例）（licence-in-good-standing 第 1 版）',
        `│  事实：吊销（营业执照 ${uscc}），${clerkTime(revoked!.time, 'zh')} 在来源处成立，本枢纽 2027年3月1日 12:00 收到`,
        '│  来源：市场监督管理局（营业执照），共享约定 business-licence@3，依据 优化营商环境条例第44条；在线政务服务若干规定第7条；数据共享协议',
        `│  记录 ${uscc}，记录摘要 ${revoked!.evidence}，事件 ${revoked!.id}（第 4 号）`,
        lines[at + 5]!,
        `│  此前：${clerkTime(registered!.time, 'zh')} 设立登记，已被“吊销”取代（事件 ${registered!.id}）`,
      ]);
      assert.match(lines[at + 5]!, /^│ {2}有效期至 \d{4}-\d\d-\d\d$/);
      assert.match(text, /└─ 建设工程规划许可证：缺失\n {3}规则：须有登记机关的记载（stated-by-a-registry 第 1 版）\n/);
      assert.equal(lines.at(-1), '   已查询：自然资源和规划局（建设工程规划许可证），没有相符的记载；尚未联系过该来源');
      assert.match(text, /├─ 项目审批、核准或备案：已核验\n│ {2}符合规则：项目审批、核准或备案须有效/);
    });
  });

  it('says the same in English', async () => {
    await inWorkshop(createClock(), async (workshop) => {
      const { id, events } = await tellRevoked(workshop);
      const text = explanationLines(await explained(workshop, id), 'en').join('\n');
      assert.match(text, /^New or increased high-voltage supply: lapsed\n/);
      assert.match(text, /4 items: 2 verified, 1 missing, 1 lapsed\./);
      assert.match(text, /Business licence: lapsed\n│ {2}Fails the rule: the licence must stand/);
      assert.ok(text.includes(`superseded by "licence revoked" (event ${events[0]!.id})`), text);
      assert.match(text, /states nothing that fits; never in contact/);
      // What registries and laws are called stays as they are; our own sentences do not.
      assert.ok(!/[：，。；]/.test(text.replaceAll(/(legal basis|Legal basis:?) .*/g, '')), text);
    });
  });

  it('is of any past moment on either axis, and of nothing when there was no such package', async () => {
    await inWorkshop(createClock(), async (workshop) => {
      const { id, events } = await tellRevoked(workshop);
      const { store, views } = workshop;
      const before = await explained(workshop, id, 3);
      assert.deepEqual([before.position, before.items[0]!.status, before.items[0]!.fact!.event], [3, 'verified', events[0]!.id]);
      assert.deepEqual(before.items[0]!.earlier, []);
      const valid = await explained(workshop, id, 4, { validAt: '2025-12-01' });
      assert.deepEqual([valid.date, valid.items[0]!.fact!.event], ['2025-12-01', events[0]!.id]);
      const explainer = openExplainer({ store, views, codec, rules, sources: contracts.sources });
      assert.equal(await explainer.explain(id, 1), null);
    });
  });

  it('names the source of a missing item with its last contact', async () => {
    await inWorkshop(createClock(), async (workshop) => {
      const { id } = await tellRevoked(workshop);
      // Another permit came from that source once.
      await workshop.live(await eventsTold(factory(2).told));
      const [asked, ...others] = (await explained(workshop, id)).items.at(-1)!.asked;
      assert.deepEqual([asked!.name, asked!.lastContact, others], ['planning-permit', startOfDay('2027-03-01') + 12 * 3_600_000, []]);
    });
  });

  it('has words for every change that a contract names', () => {
    for (const { family, fields } of contracts.sources.values())
      for (const change of fields['change']!.values!) assert.match(changeText(family, change).zh, /[\u4e00-\u9fff]/, `${family}.${change}`);
  });
});
