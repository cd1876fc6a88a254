// Stories of 免提资 packages: what a customer gets who submits nothing, and what becomes of it when the facts turn.
import assert from 'node:assert/strict';
import { asHolder, holders, licence, permit, title } from '../../../services/simulator/registers.ts';
import { changesOf, companyPackage, itemOf, packagesOf, personId, statuses } from './reading.ts';
import { building } from './building.ts';
import { storyTeller } from './story.ts';
import type { Cast } from '../../../services/simulator/cast.ts';
import type { Fields, Register } from '../../../services/simulator/registers.ts';
import type { ReadPackage } from './reading.ts';

/** The registers of a company with an office. */
function office(cast: Cast, patch: Fields = {}) {
  const company = cast.company(0);
  const registers = { licence: licence(cast, company), title: title(cast, cast.premises(0, '办公'), [asHolder(company)]) };
  return { registers, told: [registers.licence('设立登记', 0), registers.title('100', 25, patch)] };
}

describe('packages, as stories', () => {
  const story = storyTeller();

  story('a company that submits nothing gets a complete high-voltage package', ({ given, when, then }) => {
    let pack: ReadPackage;
    given('licence, land, filed project and works permit in four registers', async ({ tell, cast }) => tell(...building(cast).told));
    when('the application portal asks for its package', async (world) => {
      pack = await companyPackage(world, 'high-voltage');
    });
    then('every item is verified, and names its event and its rule', () => {
      assert.deepEqual(statuses(pack), { licence: 'verified', premises: 'verified', approval: 'verified', permit: 'verified' });
      assert.equal(pack.status, 'verified');
      for (const item of pack.items) assert.ok(item.event !== null && item.rule.id !== '');
    });
  });

  story('a package grows as the registers speak, whichever speaks first', ({ given, when, then }) => {
    given('the works permit alone, then the project', async ({ tell, cast }) => {
      const { told } = building(cast);
      await tell(told[3]!, told[2]!);
    });
    then('the package says what is still missing', async (world) => {
      const [pack] = (await packagesOf(world, world.cast.company(0).uscc)).values();
      assert.equal(pack!.status, 'missing');
      assert.deepEqual([itemOf(pack!, 'approval').status, itemOf(pack!, 'licence').status], ['verified', 'missing']);
    });
    when('licence and title arrive late', async ({ tell, cast }) => {
      const { told } = building(cast);
      await tell(told[0]!, told[1]!);
    });
    then('it is complete', async (world) => assert.equal((await companyPackage(world, 'high-voltage')).status, 'verified'));
  });

  story('a licence is revoked after the package was read', ({ given, when, then }) => {
    let before: ReadPackage;
    let revoke: Register;
    given('a complete package that the portal has read', async (world) => {
      const { told, registers } = building(world.cast);
      revoke = registers.licence;
      await world.tell(...told);
      before = await companyPackage(world, 'high-voltage');
      assert.equal(before.status, 'verified');
    });
    when('the market regulator revokes the licence', async ({ tell }) => tell(revoke('吊销', 250, { REGSTATE: '2' })));
    then('the package has lapsed, under another digest', async (world) => {
      const after = await companyPackage(world, 'high-voltage');
      assert.deepEqual([after.status, itemOf(after, 'licence').status], ['lapsed', 'lapsed']);
      assert.notEqual(after.digest, before.digest);
    });
    then('the feed names the revocation as the cause', async (world) => {
      const last = (await changesOf(world, before.id)).at(-1)!;
      assert.deepEqual([last.was, last.status, last.cause.type], ['verified', 'lapsed', 'business-licence.revoked']);
    });
  });

  story('a rescission of the licence is itself reversed', ({ given, when, then }) => {
    let register: Register;
    given('a package lapsed by 撤销登记', async (world) => {
      const { told, registers } = building(world.cast);
      register = registers.licence;
      await world.tell(...told, register('撤销登记', 250, { REGSTATE: '5' }));
      assert.equal((await companyPackage(world, 'high-voltage')).status, 'lapsed');
    });
    when('the rescission is undone (撤销恢复)', async ({ tell }) => tell(register('撤销恢复', 280, { REGSTATE: '1' })));
    then('the package is as it was', async (world) => assert.equal((await companyPackage(world, 'high-voltage')).status, 'verified'));
  });

  story('the name changed between permit and licence', ({ given, when, then }) => {
    let register: Register;
    given('a permit that bears the name alone', async ({ tell, cast }) => {
      const { told, registers } = building(cast, { permit: { buildunitcode: '' } });
      register = registers.licence;
      await tell(...told);
    });
    when('the company changes its name', async ({ tell, cast }) =>
      tell(register('变更登记', 140, { ENTNAME: cast.company(0).name.replace('有限公司', '集团有限公司') })),
    );
    then('the permit is still its own', async (world) => {
      const pack = await companyPackage(world, 'high-voltage');
      assert.equal(itemOf(pack, 'permit').status, 'verified');
    });
  });

  story('a permit runs out at midnight', ({ given, when, then }) => {
    given('a works permit that is good until day 200', async ({ tell, cast, until }) => {
      await tell(...building(cast, { permit: { yxqz: cast.on(200) } }).told);
      await until(200);
    });
    then('it holds on its last day', async (world) => assert.equal((await companyPackage(world, 'high-voltage')).status, 'verified'));
    when('the day is over and no event came', async ({ until }) => until(201));
    then('it has lapsed, by the date alone', async (world) => {
      const pack = await companyPackage(world, 'high-voltage');
      assert.deepEqual([pack.status, itemOf(pack, 'permit').rule.id], ['lapsed', 'within-validity']);
      assert.equal((await changesOf(world, pack.id)).at(-1)!.cause.date, world.cast.on(201));
    });
  });

  story('an approval is extended before it ends', ({ given, when, then }) => {
    let register: Register;
    given('a filing good until day 230', async ({ tell, cast }) => {
      const { told, registers } = building(cast, { project: { VALID_UNTIL: cast.on(230) } });
      register = registers.project;
      await tell(...told);
    });
    when('it is extended on day 220 and day 231 comes', async ({ tell, until }) => {
      await tell(register('延期', 220, { VALID_UNTIL: '2034-12-31' }));
      await until(231);
    });
    then('nothing has lapsed', async (world) => assert.equal((await companyPackage(world, 'high-voltage')).status, 'verified'));
  });

  story('the permit was given to somebody else', ({ given, then }) => {
    given('a works permit for another builder', async ({ tell, cast }) => {
      const site = cast.premises(0, '工业用地');
      await tell(...building(cast).told.slice(0, 3), permit(cast, '建', 120, cast.company(1), site)('核发', 120));
    });
    then('it does not count, and the rule says why', async (world) => {
      const pack = await companyPackage(world, 'high-voltage');
      assert.deepEqual([itemOf(pack, 'permit').status, itemOf(pack, 'permit').rule.id], ['mismatch', 'permitted-for-applicant']);
    });
  });

  story('a presale permit is no planning permit', ({ given, then }) => {
    given('everything but the works permit, and a presale permit', async ({ tell, cast }) =>
      tell(...building(cast, { permit: { zzlx: '商品房预售许可证' } }).told),
    );
    then('the planning permit is missing', async (world) =>
      assert.equal(itemOf(await companyPackage(world, 'high-voltage'), 'permit').status, 'missing'),
    );
  });

  story('a shop is seized, then released', ({ given, when, then }) => {
    let register: Register;
    given('a verified low-voltage package', async (world) => {
      const { told, registers } = office(world.cast);
      register = registers.title;
      await world.tell(...told);
      assert.equal((await companyPackage(world, 'low-voltage-business')).status, 'verified');
    });
    when('a court seizes the premises', async ({ tell }) => tell(register('800', 90, { SFCF: '1' })));
    then('the package has lapsed', async (world) => assert.equal((await companyPackage(world, 'low-voltage-business')).status, 'lapsed'));
    when('the seizure is lifted', async ({ tell }) => tell(register('800', 120, { SFCF: '0' })));
    then('it is verified again', async (world) => assert.equal((await companyPackage(world, 'low-voltage-business')).status, 'verified'));
  });

  story('a mortgage is told and stands in no one’s way', ({ given, then }) => {
    given('an office with a mortgage', async ({ tell, cast }) => tell(...office(cast, { SFDY: '1' }).told));
    then('the package is verified, with a notice', async (world) => {
      const pack = await companyPackage(world, 'low-voltage-business');
      assert.equal(pack.status, 'verified');
      assert.deepEqual(
        itemOf(pack, 'premises').notices.map(({ id }) => id),
        ['not-mortgaged'],
      );
    });
  });

  story('a licence listed as abnormal is told and stands', ({ given, when, then }) => {
    let register: Register;
    given('an office', async ({ tell, cast }) => {
      const { told, registers } = office(cast);
      register = registers.licence;
      await tell(...told);
    });
    when('the company is listed as abnormal', async ({ tell }) => tell(register('列入经营异常名录', 60, { ABNORMAL: '1' })));
    then('the package is verified, with a notice', async (world) => {
      const pack = await companyPackage(world, 'low-voltage-business');
      assert.equal(pack.status, 'verified');
      assert.deepEqual(
        itemOf(pack, 'licence').notices.map(({ id }) => id),
        ['not-listed-abnormal'],
      );
    });
  });

  story('吊销 is not 注销, and neither may apply', ({ given, when, then }) => {
    let register: Register;
    given('a shop', async ({ tell, cast }) => {
      const { told, registers } = office(cast);
      register = registers.licence;
      await tell(...told);
    });
    for (const [what, day, change, state] of [
      ['its licence is revoked (吊销未注销)', 100, '吊销', '2'],
      ['it is deregistered after that (注销)', 160, '注销登记', '3'],
    ] as const) {
      when(what, async ({ tell }) => tell(register(change, day, { REGSTATE: state })));
      then('its package has lapsed', async (world) =>
        assert.equal(itemOf(await companyPackage(world, 'low-voltage-business'), 'licence').status, 'lapsed'),
      );
    }
  });

  story('a company rests (歇业) and opens again', ({ given, when, then }) => {
    let register: Register;
    given('a shop that has filed 歇业', async ({ tell, cast }) => {
      const { told, registers } = office(cast);
      register = registers.licence;
      await tell(...told, register('歇业备案', 60, { REGSTATE: '7' }));
    });
    then('it may not apply', async (world) => assert.equal((await companyPackage(world, 'low-voltage-business')).status, 'lapsed'));
    when('it opens again', async ({ tell }) => tell(register('恢复经营', 120, { REGSTATE: '1' })));
    then('it may', async (world) => assert.equal((await companyPackage(world, 'low-voltage-business')).status, 'verified'));
  });

  story('the office is sold: the former owner’s package lapses and the new owner’s appears', ({ given, when, then }) => {
    let register: Register;
    given('two companies, the first of which holds the office', async ({ tell, cast }) => {
      const { told, registers } = office(cast);
      register = registers.title;
      await tell(...told, licence(cast, cast.company(1))('设立登记', 10));
    });
    when('the register shows the second', async ({ tell, cast }) =>
      tell(register('200', 80, { QLRLB: holders([asHolder(cast.company(1))]) })),
    );
    then('the first has lapsed and the second is verified', async (world) => {
      assert.equal((await companyPackage(world, 'low-voltage-business')).status, 'lapsed');
      assert.equal((await companyPackage(world, 'low-voltage-business', 1)).status, 'verified');
    });
  });

  story('a family moves into a flat without a meter', ({ given, then }) => {
    given('a flat held by two people', async ({ tell, cast }) =>
      tell(title(cast, cast.premises(0, '成套住宅'), [cast.person(0), cast.person(1)])('100', 40)),
    );
    then('each of them finds a verified package, under a pseudonym, with the name opened', async (world) => {
      for (const role of [0, 1]) {
        const subject = await personId(world, role);
        assert.match(subject, /^p-/);
        const pack = (await packagesOf(world, subject)).get('low-voltage-residential')!;
        assert.deepEqual([pack.status, pack.subject.name], ['verified', world.cast.person(role).name]);
      }
    });
  });

  story('a register’s mistyped identity number is told', ({ given, then }) => {
    const wrong = (number: string): string => number.slice(0, -1) + (number.endsWith('1') ? '2' : '1');
    given('a flat whose holder’s number fails its check digit', async ({ tell, cast }) => {
      const person = { ...cast.person(0), idNumber: wrong(cast.person(0).idNumber) };
      await tell(title(cast, cast.premises(0, '成套住宅'), [person])('100', 40));
    });
    then('the identity is a mismatch, not silently accepted', async ({ audit, hub }) => {
      const [row] = await hub.views.list('package', { limit: 10 });
      const { items } = JSON.parse(row!.body) as ReadPackage;
      assert.equal(items.find(({ id }) => id === 'identity')!.status, 'mismatch');
      assert.equal((await audit('/status')).status, 200);
    });
  });

  story('a parking space calls for a charger, not for a shop', ({ given, then }) => {
    given('a parking space held by a person', async ({ tell, cast }) =>
      tell(title(cast, cast.premises(0, '车位'), [cast.person(0)])('100', 40)),
    );
    then('there is a charging-pile package and no other', async (world) => {
      const packs = await packagesOf(world, await personId(world, 0));
      assert.deepEqual([...packs.keys()], ['ev-charger']);
    });
  });

  story('one code was registered under two names', ({ given, when, then }) => {
    let register: Register;
    given('a shop, and a first registration of the same code under another name', async ({ tell, cast }) => {
      const { told, registers } = office(cast);
      register = registers.licence;
      await tell(...told, licence(cast, cast.company(0))('设立登记', 40, { ENTNAME: '模拟另一家（测试）有限公司' }));
    });
    then('neither is picked', async (world) => {
      const item = itemOf(await companyPackage(world, 'low-voltage-business'), 'licence');
      assert.deepEqual([item.status, item.rule.id], ['mismatch', 'no-contradiction-at-the-source']);
    });
    when('the register corrects itself (更正)', async ({ tell }) => tell(register('更正', 60)));
    then('the package is verified', async (world) =>
      assert.equal((await companyPackage(world, 'low-voltage-business')).status, 'verified'),
    );
  });

  story('a register writes a state that nobody knows', ({ given, when, then }) => {
    given('a verified package', async (world) => {
      await world.tell(...building(world.cast).told);
      assert.equal((await companyPackage(world, 'high-voltage')).status, 'verified');
    });
    when('a new permit has the state "8", and another no readable last day', async ({ tell, cast }) => {
      const site = cast.premises(0, '工业用地');
      await tell(permit(cast, '建', 150, cast.company(0), site)('核发', 150, { status: '8' }));
      await tell(permit(cast, '建', 151, cast.company(0), site)('核发', 151, { yxqz: '三年以内' }));
    });
    then('neither is taken for a good one: both wait in quarantine for a person', async ({ audit }) => {
      const { body } = await audit<{ items: { reason: string; field: string }[] }>('/quarantine?limit=10');
      assert.deepEqual(body.items.map(({ field, reason }) => `${field}:${reason}`).sort(), [
        'status:unknown-code',
        'validUntil:not-a-date',
      ]);
    });
  });

  story('the same record comes twice, and late', ({ given, when, then }) => {
    let before: ReadPackage;
    given('a shop', async (world) => {
      await world.tell(...office(world.cast).told);
      before = await companyPackage(world, 'low-voltage-business');
    });
    when('every record is delivered again, backwards, a year later', async ({ tell, cast, until }) => {
      await until(300);
      await tell(...office(cast).told.reverse());
    });
    then('nothing has changed, and nothing was told', async (world) => {
      assert.equal((await companyPackage(world, 'low-voltage-business')).digest, before.digest);
      assert.deepEqual([before.status, (await changesOf(world, before.id)).length], ['verified', 1]);
    });
  });
});
