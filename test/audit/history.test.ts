// The past over the audit API: both time axes, versions, explanation and recall, on a simulated history with real boxes.
import assert from 'node:assert/strict';
import { auditOperations } from '../../services/audit/audit.ts';
import { canonicalJson } from '../../services/domain/canonical.ts';
import { serve } from '../drivers/http/fixture.ts';
import { createClock } from '../support/clock.ts';
import { allEvents, inWorkshop, linesAbout } from '../support/fold.ts';
import { historiesOf } from '../support/histories.ts';
import { access } from '../support/own-steps.ts';
import { codec, contracts } from '../support/project.ts';
import { castOf, eventsTold, simulatedEvents, storyRecords } from '../support/simulated-events.ts';
import { licence } from '../../services/simulator/registers.ts';
import { factory } from '../support/told.ts';
import type { JudgedLocal } from '../../services/ports/views.ts';
import type { Workshop } from '../support/fold.ts';
import type { Answer, Served } from '../drivers/http/fixture.ts';
import type { Clock } from '../support/clock.ts';

type Get = (path: string) => Promise<Answer['json']>;

async function inAudit(clock: Clock, use: (workshop: Workshop, get: Get, served: Served) => Promise<void>): Promise<void> {
  await inWorkshop(clock, async (workshop) => {
    const { store, views } = workshop;
    const ports = { ...historiesOf(workshop), store, views, codec, sources: contracts.sources, now: clock.now, redrive: null };
    const served = await serve('audit', auditOperations(ports));
    const get: Get = async (path) => {
      const { status, json, text } = await served.ask(path);
      assert.equal(status, 200, text);
      return json;
    };
    try {
      await use(workshop, get, served);
    } finally {
      await served.close();
    }
  });
}

const pathOf = (id: string): string => `/packages/${encodeURIComponent(id)}`;

describe('the audit API on the past', () => {
  it('answers a package as known at a moment and as valid at a date, each by itself', async () => {
    const clock = createClock('2027-03-01');
    await inAudit(clock, async ({ live }, get, served) => {
      const { cast, told, id } = factory(1);
      const register = licence(cast, cast.company(0));
      register('设立登记', 0);
      await live(await eventsTold(told));
      clock.set('2027-03-10');
      const [revoked] = await eventsTold([register('吊销', 400, { REGSTATE: '2' })]);
      await live([revoked!]);
      const status = async (query: string) => ((await get(`${pathOf(id)}?${query}`))['package'] as { status: string }).status;
      // It was revoked in 2025 and we learnt of it in 2027.
      assert.equal(await status(''), 'lapsed');
      assert.equal(await status('recordedAsOf=2027-03-05T00:00:00%2B08:00'), 'verified');
      assert.equal(await status('validAt=2027-03-01'), 'lapsed');
      const before = cast.on(380);
      assert.equal(await status(`validAt=${before}`), 'verified');
      assert.equal(await status(`recordedAsOf=2027-03-05T00:00:00Z&validAt=2027-03-01`), 'verified');
      assert.deepEqual((await get(`${pathOf(id)}?validAt=${before}`))['validAt'], before);
      // Before the project was filed there was no such package.
      assert.equal((await served.ask(`${pathOf(id)}?validAt=${cast.on(40)}`)).status, 404);
    });
  });

  it('pages through every version, which are those of the change feed', async () => {
    const clock = createClock('2027-03-01');
    await inAudit(clock, async ({ live, views }, get, served) => {
      const told = storyRecords('sale-found-by-unit-code');
      for (const event of await eventsTold(told)) {
        await live([event]);
        clock.pass(1);
      }
      const [request] = await views.list('transfer-request', { limit: 1 });
      const items: Record<string, unknown>[] = [];
      for (let next: string | null = ''; next !== null;) {
        const page: Answer['json'] = await get(`/transfer-requests/${request!.key}/versions?limit=1${next === '' ? '' : `&after=${next}`}`);
        items.push(...(page['items'] as Record<string, unknown>[]));
        next = page['next'] as string | null;
      }
      const lines = (await linesAbout(views, request!.key)).filter(({ kind }) => kind === 'transfer-request');
      assert.deepEqual(
        items.map(({ change, status, was, digest, cause }) => ({ change, status, was, digest, cause })),
        lines.map(({ change, status, was, digest, cause }) => ({ change, status, was, digest, cause })),
      );
      assert.equal(canonicalJson(items.at(-1)!['body']), request!.body);
      const past = await get(`/transfer-requests/${request!.key}?position=${String(items[0]!['position'])}`);
      assert.equal(past['digest'], items[0]!['digest']);
      assert.equal((await served.ask('/transfer-requests/none/versions')).status, 404);
      assert.equal((await served.ask('/packages/none/versions')).status, 404);
    });
  });

  it('explains a package in a tree and in sentences, and recalls who relied on its licence', async () => {
    const clock = createClock('2027-03-01');
    await inAudit(clock, async ({ live, views }, get, served) => {
      const { told, id } = factory(1);
      const events = await eventsTold(told);
      await live(events);
      const { digest } = JSON.parse((await views.get('package', id))!.local) as JudgedLocal;
      const read = access('package', id, digest, clock.now());
      await live([read]);
      const explained = await get(`${pathOf(id)}/explanation`);
      assert.equal(explained['digest'], digest);
      assert.match((explained['text'] as { zh: string }).zh, /^高压新装\/增容：已核验\n/);
      const page: Answer['json'] = await get(`/recall?event=${events[0]!.id}`);
      const [found, ...others] = page['items'] as Record<string, unknown>[];
      assert.deepEqual([found!['kind'], found!['id'], others.length, page['next']], ['package', id, 0, null]);
      assert.deepEqual(
        (found!['accesses'] as Record<string, unknown>[]).map((each) => [each['event'], each['consumer'], each['digest']]),
        [[read.id, 'application-portal', digest]],
      );
      assert.equal((await served.ask('/recall?event=018f0000-0000-8000-8000-0000000000ff')).status, 404);
      assert.equal((await served.ask('/recall')).status, 400);
    });
  });

  it('shows an enterprise over time and among its kin', async () => {
    await inAudit(createClock('2027-03-01'), async ({ live }, get, served) => {
      const cast = castOf();
      const [company, branch] = [cast.company(0), cast.company(1)];
      const register = licence(cast, company);
      const told = [register('设立登记', 0), register('变更登记', 40, { ENTNAME: '改名后有限公司' })];
      const events = await eventsTold([...told, licence(cast, branch)('设立登记', 60, { SUPUNISCID: company.uscc })]);
      await live(events);
      assert.deepEqual(await get(`/enterprises/${company.uscc}`), {
        uscc: company.uscc,
        organisationCode: company.uscc.slice(8, 17),
        name: '改名后有限公司',
        formerNames: [company.name],
        status: 'active',
        event: events[1]!.id,
        conflicts: [],
        parent: null,
        successor: null,
        branches: [branch.uscc],
        predecessors: [],
      });
      assert.equal((await get(`/enterprises/${branch.uscc}`))['parent'], company.uscc);
      assert.equal((await served.ask(`/enterprises/${cast.company(2).uscc}`)).status, 404);
      assert.equal((await served.ask('/enterprises/91')).status, 400);
    });
  });

  it('goes through a recall page by page, and opens no box', async () => {
    const clock = createClock('2027-03-01');
    await inAudit(clock, async ({ live, store, views }, get) => {
      await live([
        ...(await simulatedEvents({ seed: 'audit', subjects: 30, dirty: 0.1 })),
        ...(await eventsTold(storyRecords('sale-found-by-unit-code'))),
      ]);
      const [told] = await views.find('status:ready', { view: 'transfer-request', after: 'SL510107000039999', limit: 1 });
      assert.ok(told, 'the story has a request');
      const texts: string[] = [];
      for (const { id } of (await allEvents(store)).filter((_, i) => i % 9 === 0)) {
        const whole = (await get(`/recall?event=${id}&limit=500`))['items'];
        const paged: unknown[] = [];
        for (let next: string | null = ''; next !== null;) {
          const page: Answer['json'] = await get(`/recall?event=${id}&limit=1${next === '' ? '' : `&after=${next}`}`);
          paged.push(...(page['items'] as unknown[]));
          next = page['next'] as string | null;
        }
        assert.deepEqual(paged, whole);
        texts.push(JSON.stringify(whole));
      }
      texts.push(JSON.stringify(await get(`/transfer-requests/${told.key}/versions`)));
      for (const { key } of await views.list('package', { limit: 40 })) {
        texts.push(JSON.stringify(await get(`${pathOf(key)}/explanation`)), JSON.stringify(await get(`${pathOf(key)}/versions`)));
      }
      const all = texts.join('\n');
      assert.ok(all.length > 100_000);
      // Persons stand under pseudonyms, and nothing looks like an identity or telephone number of one.
      for (const number of [0, 1, 2, 3]) assert.ok(!all.includes(castOf().person(number).name), `person ${number} is named`);
      assert.ok(!/"sealed":"|\D\d{17}[\dX]"/.test(all));
    });
  });
});
