// Stories of what operators, clerks and auditors rely on: promises, limits, the past, explanations, copies, freshness.
import assert from 'node:assert/strict';
import { storyRecords } from '../../support/simulated-events.ts';
import { building } from './building.ts';
import { changesOf, companyPackage, itemOf } from './reading.ts';
import { storyTeller } from './story.ts';
import type { SupervisionReport } from '../../../services/domain/supervision-report.ts';
import type { ReadPackage } from './reading.ts';
import type { World } from './world.ts';

interface Accepted extends ReadPackage {
  acceptance: { state: string; promises: { item: string; state: string }[] };
  fresh: boolean;
  staleSources: string[];
}
const pathOf = ({ id }: Pick<ReadPackage, 'id'>): string => `/packages/${encodeURIComponent(id)}`;
const accepted = async (world: World): Promise<Accepted> => (await companyPackage(world, 'high-voltage')) as Accepted;

/** Everything but the works permit is there, and the permit is promised by a day. */
async function promised(world: World, deadline: number): Promise<void> {
  await world.tell(...building(world.cast).told.slice(0, 3));
  const pack = await companyPackage(world, 'high-voltage');
  const body = JSON.stringify({ items: ['permit'], deadline: world.cast.on(deadline), basis: '容缺受理承诺书1号' });
  const answer = await world.portal(`${pathOf(pack)}/commitments`, { method: 'POST', body });
  assert.ok(answer.status === 200 || answer.status === 201, JSON.stringify(answer.body));
}

describe('what people rely on, as stories', () => {
  const story = storyTeller();

  story('a package is accepted on a promise, and completes by itself', ({ given, when, then }) => {
    given('everything but the works permit, which is promised', async (world) => promised(world, 75));
    then('it is accepted on that promise', async (world) => {
      const { acceptance, status } = await accepted(world);
      assert.deepEqual([acceptance.state, status], ['on-promise', 'missing']);
    });
    when('the permit arrives in time', async ({ tell, cast }) => tell(building(cast).told[3]!));
    then('the package is complete and nobody did anything', async (world) => {
      const { acceptance, status } = await accepted(world);
      assert.deepEqual([acceptance.state, acceptance.promises[0]?.state, status], ['complete', 'kept', 'verified']);
    });
  });

  story('a promise is not kept: the package is overdue and the matter goes up two levels', ({ given, when, then }) => {
    given('a promised works permit', async (world) => promised(world, 75));
    when('the deadline passes', async ({ until, supervise }) => {
      await supervise();
      await until(76);
      await supervise();
    });
    then('the package is overdue, by the date alone', async (world) => {
      const pack = await accepted(world);
      assert.equal(pack.acceptance.state, 'overdue');
      assert.equal((await changesOf(world, pack.id)).at(-1)!.cause.date, world.cast.on(76));
    });
    when('two more weeks go by', async ({ until, supervise }) => {
      await until(90);
      await supervise();
    });
    then('the supervising department has it', async ({ audit }) => {
      const { body } = await audit<{ items: { kind: string; state: string }[] }>('/supervision?limit=50');
      assert.deepEqual(
        body.items.filter(({ kind }) => kind === 'commitment').map(({ state }) => state),
        ['escalated-again'],
      );
    });
  });

  story('a review that nobody makes is warned of, and escalated', ({ given, when, then }) => {
    given('a sale that nobody has consented to', async ({ tell, cast, supervise }) => {
      await tell(...storyRecords('sale-consent-missing', cast));
      await supervise();
    });
    when('a month goes by', async ({ until, supervise }) => {
      await until(240);
      await supervise();
    });
    then('it is escalated, with the desk that should have acted', async ({ audit }) => {
      const { body } = await audit<{ items: { step: string; state: string; responsible: { role: string } }[] }>('/supervision?limit=50');
      const matter = body.items.find(({ step }) => step === 'consent')!;
      assert.deepEqual([matter.state, matter.responsible.role], ['escalated-again', 'transfer-desk']);
    });
    then('the month’s figures count it', async ({ audit, cast }) => {
      const { body } = await audit<SupervisionReport>(`/supervision/report?period=month&date=${cast.on(240)}`);
      assert.equal(body.by.step['consent']!.openOverdue, 1);
    });
  });

  story('what was known then, and what was valid that day, are two questions', ({ given, then }) => {
    let id: string;
    let position: number;
    given('a complete package, and a revocation that became known later', async (world) => {
      const { told, registers } = building(world.cast);
      await world.tell(...told);
      ({ id } = await companyPackage(world, 'high-voltage'));
      position = await world.hub.store.head();
      await world.until(280);
      // Revoked on day 200, told on day 280.
      await world.tell(registers.licence('吊销', 200, { REGSTATE: '2' }));
      assert.equal((await companyPackage(world, 'high-voltage')).status, 'lapsed');
    });
    const past = async ({ audit }: World, query: string): Promise<string> => {
      const { status, body } = await audit<{ package: { status: string } }>(`/packages/${encodeURIComponent(id)}?${query}`);
      assert.equal(status, 200, JSON.stringify(body));
      return body.package.status;
    };
    then('as known before, it stood', async (world) => assert.equal(await past(world, `position=${position}`), 'verified'));
    then('as we know now, on day 190 it stood', async (world) =>
      assert.equal(await past(world, `validAt=${world.cast.on(190)}`), 'verified'),
    );
    then('as we know now, on day 210 it did not', async (world) =>
      assert.equal(await past(world, `validAt=${world.cast.on(210)}`), 'lapsed'),
    );
    then('as known then, on day 210 it did', async (world) =>
      assert.equal(await past(world, `position=${position}&validAt=${world.cast.on(210)}`), 'verified'),
    );
  });

  story('a clerk asks why', ({ given, then }) => {
    given('a package lapsed by a revocation', async ({ tell, cast }) => {
      const { told, registers } = building(cast);
      await tell(...told, registers.licence('吊销', 250, { REGSTATE: '2' }));
    });
    then('the explanation leads from the package to the record of the regulator', async (world) => {
      const pack = await companyPackage(world, 'high-voltage');
      const { status, body } = await world.audit(`/packages/${encodeURIComponent(pack.id)}/explanation`);
      assert.equal(status, 200);
      const text = JSON.stringify(body);
      for (const part of ['吊销', '市场监督管理局', itemOf(pack, 'licence').event!, 'licence-in-good-standing', world.cast.company(0).uscc])
        assert.ok(text.includes(part), part);
    });
  });

  story('a licence is revoked after its package was read: the reader is found', ({ given, when, then }) => {
    let read: ReadPackage;
    given('a package that the portal has read', async (world) => {
      await world.tell(...building(world.cast).told);
      read = await companyPackage(world, 'high-voltage');
    });
    when('the licence is revoked', async ({ tell, cast }) => {
      const { registers } = building(cast);
      await tell(registers.licence('吊销', 250, { REGSTATE: '2' }));
    });
    then('a recall of the old licence names package, reader and version', async (world) => {
      const { body } = await world.audit<{ items: { id: string; accesses: { consumer: string; digest: string }[]; periods: unknown[] }[] }>(
        `/recall?event=${itemOf(read, 'licence').event}`,
      );
      const found = body.items.find(({ id }) => id === read.id)!;
      assert.ok(found.periods.length > 0);
      assert.ok(found.accesses.some(({ consumer, digest }) => consumer === 'application-portal' && digest === read.digest));
    });
  });

  story('a source falls silent: what it stated is served, and said to be old', ({ given, when, then }) => {
    given('a complete package', async ({ tell, cast }) => tell(...building(cast).told));
    when('nobody has been in contact for a month', async ({ until }) => until(160));
    then('it is verified, and not fresh', async (world) => {
      const pack = await accepted(world);
      assert.deepEqual([pack.status, pack.fresh], ['verified', false]);
      assert.ok(pack.staleSources.includes('business-licence'));
    });
  });

  story('a copy is made for one purpose, and its making is on record', ({ given, when, then }) => {
    let id: string;
    let jws: string;
    given('a complete package', async (world) => {
      await world.tell(...building(world.cast).told);
      ({ id } = await companyPackage(world, 'high-voltage'));
    });
    when('the portal asks for a signed copy', async ({ copy, cast }) => {
      jws = await copy(id, { case: 'CASE-1', validUntil: cast.on(150), maker: '模拟供电公司' });
    });
    then('the copy names case and maker', () => {
      const payload = Buffer.from(jws.split('.')[1]!, 'base64url').toString();
      for (const part of ['CASE-1', '模拟供电公司', 'electricity-application', 'sha256:']) assert.ok(payload.includes(part), part);
    });
    then('the store holds who was given it', async ({ hub }) => {
      const { events } = await hub.store.query({ family: 'access', type: 'access.exported', limit: 10 });
      assert.equal(events.length, 1);
    });
  });
});
