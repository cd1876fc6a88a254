// Stories of companies that are not alone: branches and their parents, and mergers.
import assert from 'node:assert/strict';
import { asHolder, holders, licence, permit, project, title } from '../../../services/simulator/registers.ts';
import { branchOf } from '../../../services/simulator/stories/kin.ts';
import { changesOf, companyPackage, itemOf, packagesOf, statuses } from './reading.ts';
import { storyTeller } from './story.ts';
import type { Package } from '../../../services/domain/packages/judge.ts';
import type { Cast } from '../../../services/simulator/cast.ts';
import type { Fields } from '../../../services/simulator/registers.ts';
import type { ReadItem, ReadPackage } from './reading.ts';

/** Land of the first company, on which the second builds; what the licence of the second says beside. */
function building(cast: Cast, patch: Fields = {}) {
  const [owner, builder] = [cast.company(0), patch['SUPUNISCID'] ? branchOf(cast.company(0), cast.company(1)) : cast.company(1)];
  const site = cast.premises(0, '工业用地');
  const registers = { owner: licence(cast, owner), builder: licence(cast, builder), land: title(cast, site, [asHolder(owner)]) };
  const told = [
    registers.owner('设立登记', 0),
    registers.builder('设立登记', 10, patch),
    registers.land('100', 30),
    project(cast, builder, site)('办结', 60, { STATE: '1', APPROVE_DATE: cast.on(60) }),
    permit(cast, '建', 120, builder, site)('核发', 120),
  ];
  return { owner, builder, registers, told };
}

const asBranch = (cast: Cast): Fields => ({ ENTTYPE_CN: '有限责任公司分公司', SUPUNISCID: cast.company(0).uscc });
const why = ({ status, rule, notices }: ReadItem): unknown[] => [status, rule.id, ...notices.map(({ id }) => id)];

describe('branches and mergers, as stories', () => {
  const story = storyTeller();

  story('a branch builds on the land of its company', ({ given, when, then }) => {
    let pack: ReadPackage;
    given('a project and a permit of the branch, and land of its parent', async ({ tell, cast }) =>
      tell(...building(cast, asBranch(cast)).told),
    );
    when('the application portal asks for the package of the branch', async (world) => {
      pack = await companyPackage(world, 'high-voltage', 1);
    });
    then('all is its own but the land, which is neither verified nor a stranger’s', () => {
      assert.deepEqual(statuses(pack), { licence: 'verified', premises: 'mismatch', approval: 'verified', permit: 'verified' });
      assert.equal(itemOf(pack, 'premises').rule.id, 'parent-authorises');
    });
    then('its content, whose digest is in the package, names the parent and the event that says so', async ({ portal, cast }) => {
      const { status, body } = await portal<Package>(`/packages/${encodeURIComponent(pack.id)}/content`);
      const [related] = body.items.find(({ id }) => id === 'premises')?.related ?? [];
      assert.deepEqual([status, related?.kin, related?.id, related?.events.length], [200, 'parent', cast.company(0).uscc, 1]);
    });
    then('an auditor is told whose land it is, and what would settle it', async ({ audit, cast }) => {
      const { body } = await audit<{ text: { zh: string; en: string } }>(`/packages/${encodeURIComponent(pack.id)}/explanation`);
      assert.ok(body.text.zh.includes(`隶属企业：${cast.company(0).name}`) && body.text.zh.includes('须由客户提供隶属企业的授权'));
      assert.ok(body.text.en.includes("the customer must supply the parent's authorisation"));
    });
    when('the company has the land registered in the name of the branch', async ({ tell, cast }) => {
      const { registers, builder } = building(cast, asBranch(cast));
      registers.land('100', 30);
      await tell(registers.land('200', 150, { QLRLB: holders([asHolder(builder)]) }));
    });
    then('the package is complete', async (world) => assert.equal((await companyPackage(world, 'high-voltage', 1)).status, 'verified'));
  });

  story('the company of a branch loses its licence, and gets it back', ({ given, when, then }) => {
    let setting: ReturnType<typeof building>;
    given('a branch with land of its own', async ({ tell, cast }) => {
      setting = building(cast, asBranch(cast));
      await tell(...setting.told, setting.registers.land('200', 130, { QLRLB: holders([asHolder(setting.builder)]) }));
    });
    when('the regulator rescinds the registration of the company', async ({ tell }) =>
      tell(setting.registers.owner('撤销登记', 200, { REGSTATE: '5' })),
    );
    then('the licence of the branch is flagged, and the feed names the cause', async (world) => {
      const pack = await companyPackage(world, 'high-voltage', 1);
      assert.deepEqual(why(itemOf(pack, 'licence')), ['mismatch', 'parent-stands']);
      const last = (await changesOf(world, pack.id)).at(-1)!;
      assert.deepEqual([last.was, last.status, last.cause.type], ['verified', 'mismatch', 'business-licence.rescinded']);
    });
    when('the rescission is undone', async ({ tell }) => tell(setting.registers.owner('撤销恢复', 240, { REGSTATE: '1' })));
    then('all is well again', async (world) => assert.equal((await companyPackage(world, 'high-voltage', 1)).status, 'verified'));
  });

  story('a company takes over the one on whose land it builds', ({ given, when, then }) => {
    let setting: ReturnType<typeof building>;
    given('land of another company', async (world) => {
      setting = building(world.cast);
      await world.tell(...setting.told);
      assert.equal(itemOf(await companyPackage(world, 'high-voltage', 1), 'premises').status, 'lapsed');
    });
    when('the other is struck off, merged into it', async ({ tell, cast }) =>
      tell(setting.registers.owner('注销登记', 200, { REGSTATE: '4', SUCUNISCID: cast.company(1).uscc })),
    );
    then('the land must first be registered anew', async (world) => {
      const pack = await companyPackage(world, 'high-voltage', 1);
      assert.deepEqual(why(itemOf(pack, 'premises')), ['mismatch', 'right-registered-anew']);
      assert.equal((await changesOf(world, pack.id)).at(-1)!.cause.type, 'business-licence.deregistered');
    });
    then('a recall of the striking-off finds the package', async ({ audit, portal, cast, hub }) => {
      const { body } = await portal<{ items: { cause: { event: string } }[] }>('/changes?limit=500');
      const event = body.items.at(-1)!.cause.event;
      assert.equal((await hub.store.get(event))!.subject, cast.company(0).uscc);
      const { body: recall } = await audit<{ items: { id: string }[] }>(`/recall?event=${event}`);
      assert.ok(recall.items.some(({ id }) => id.startsWith(`high-voltage~${cast.company(1).uscc}`)));
    });
    when('it is', async ({ tell }) => tell(setting.registers.land('200', 240, { QLRLB: holders([asHolder(setting.builder)]) })));
    then('the package is complete', async (world) => assert.equal((await companyPackage(world, 'high-voltage', 1)).status, 'verified'));
  });

  story('the company that was to build is merged away, and by mistake', ({ given, when, then }) => {
    let setting: ReturnType<typeof building>;
    const heir = (cast: Cast) => cast.company(2);
    given('a complete package', async (world) => {
      setting = building(world.cast);
      await world.tell(
        ...setting.told,
        setting.registers.land('200', 130, { QLRLB: holders([asHolder(setting.builder)]) }),
        licence(world.cast, heir(world.cast))('设立登记', 140),
      );
      assert.equal((await companyPackage(world, 'high-voltage', 1)).status, 'verified');
    });
    when('the company is struck off, merged into a third', async ({ tell, cast }) =>
      tell(setting.registers.builder('注销登记', 200, { REGSTATE: '4', SUCUNISCID: heir(cast).uscc })),
    );
    then('its package lapses and says who goes on', async (world) =>
      assert.deepEqual(why(itemOf(await companyPackage(world, 'high-voltage', 1), 'licence')), [
        ...['lapsed', 'licence-in-good-standing', 'merged-away'],
      ]),
    );
    then('the third has a package: the project goes on, the land must be registered anew', async (world) => {
      const pack = await companyPackage(world, 'high-voltage', 2);
      assert.deepEqual(why(itemOf(pack, 'approval')), ['verified', 'approval-in-force', 'claims-pass-on']);
      assert.deepEqual(why(itemOf(pack, 'permit')), ['verified', 'permit-in-force', 'claims-pass-on']);
      assert.deepEqual(why(itemOf(pack, 'premises')), ['mismatch', 'right-registered-anew']);
    });
    when('the striking-off turns out to be an error of the register (更正)', async ({ tell }) =>
      tell(setting.registers.builder('更正', 210, { REGSTATE: '1', SUCUNISCID: '' })),
    );
    then('the first has its package back, and the third has none', async (world) => {
      assert.equal((await companyPackage(world, 'high-voltage', 1)).status, 'verified');
      assert.equal((await packagesOf(world, heir(world.cast).uscc)).size, 0);
    });
  });

  story('the company that is said to go on was never registered', ({ given, when, then }) => {
    given('land, project and permit of a company that is struck off', async ({ tell, cast }) => {
      const { told, registers } = building(cast);
      await tell(...told, registers.builder('注销登记', 200, { REGSTATE: '4', SUCUNISCID: cast.company(5).uscc }));
    });
    then('nobody is taken for its heir, and the package says that it is not clear who is', async (world) => {
      const pack = await companyPackage(world, 'high-voltage', 1);
      assert.deepEqual(why(itemOf(pack, 'licence')), ['lapsed', 'licence-in-good-standing', 'succession-clear']);
      assert.equal((await packagesOf(world, world.cast.company(5).uscc)).size, 0);
    });
    when('it is registered after all', async ({ tell, cast }) => tell(licence(cast, cast.company(5))('设立登记', 210)));
    then('it goes on', async (world) => {
      assert.equal(itemOf(await companyPackage(world, 'high-voltage', 5), 'permit').status, 'verified');
      assert.deepEqual(why(itemOf(await companyPackage(world, 'high-voltage', 1), 'licence')).at(-1), 'merged-away');
    });
  });
});
