// Supervision over the audit API: matters by state, role and region, pages, and figures that add up.
import assert from 'node:assert/strict';
import { auditOperations } from '../../services/audit/audit.ts';
import { supervisionOf } from '../../services/hub/supervising.ts';
import { codec, contracts } from '../support/project.ts';
import { historiesOf } from '../support/histories.ts';
import { eventsTold, storyRecords, castOf } from '../support/simulated-events.ts';
import { factory } from '../support/told.ts';
import { inWorkbench } from '../supervisor/workbench.ts';
import { serve } from '../drivers/http/fixture.ts';
import type { MatterLine } from '../../services/ports/supervision.ts';
import type { SupervisionReport } from '../../services/domain/supervision-report.ts';
import type { Served } from '../drivers/http/fixture.ts';
import type { Workbench } from '../supervisor/workbench.ts';

/** Two sales entered on 15 April 2025 without consent, and a package on a promise, supervised for a month from 15 April 2025. */
const served = (use: (api: Served, bench: Workbench) => Promise<void>): Promise<void> =>
  inWorkbench('2025-04-15', async (bench) => {
    const { store, views, live, clock } = bench;
    for (const number of [773, 5_000]) await live(await eventsTold(storyRecords('sale-consent-missing', castOf(number))));
    const { told, id } = factory(3);
    await live(await eventsTold(told.slice(0, -1)));
    await bench.promise(id, ['permit'], '2025-05-13');
    for (const date of ['2025-04-15', '2025-04-22', '2025-04-25', '2025-05-12']) await bench.day(date);
    const supervision = supervisionOf({ views, contracts, today: clock.today });
    const ports = {
      ...historiesOf({ store, views }),
      supervision,
      store,
      views,
      codec,
      sources: contracts.sources,
      now: clock.now,
      redrive: null,
    };
    const api = await serve('audit', auditOperations(ports));
    try {
      await use(api, bench);
    } finally {
      await api.close();
    }
  });

const list = async (api: Served, query: string): Promise<{ items: MatterLine[]; next: string | null }> => {
  const { status, json, text } = await api.ask(`/supervision${query}`);
  assert.equal(status, 200, text);
  return json as never;
};
const stepsOf = ({ items }: { items: MatterLine[] }): string[] => items.map(({ step, state }) => `${step} ${state}`).sort();

describe('supervision over the audit API', function () {
  this.timeout(60_000);

  it('tells what is open, with its limit, its days left, who is to act and who was told', () =>
    served(async (api) => {
      const all = await list(api, '');
      assert.deepEqual(stepsOf(all), ['consent escalated-again', 'consent escalated-again', 'evidence.permit warning']);
      const { object, id, ...consent } = all.items.find(({ step }) => step === 'consent')!;
      assert.equal(id, `transfer-request~${object}~consent~-`);
      assert.deepEqual(consent, {
        kind: 'transfer-request',
        step: 'consent',
        utility: null,
        since: '2025-04-15',
        due: '2025-04-22',
        region: consent.region,
        state: 'escalated-again',
        settled: null,
        title: { zh: '取得当事人同意', en: 'Obtain consent' },
        stateTitle: { zh: '二级督办', en: 'escalated again' },
        daysLeft: -12,
        responsible: { role: 'transfer-desk', title: { zh: '联合过户受理岗', en: 'Joint transfer desk' } },
        escalatedTo: { role: 'supervision-office', title: { zh: '督办部门', en: 'Supervising department' } },
        yearsUnknown: [],
      });
      assert.match(consent.region ?? '', /^\d{6}$/);
    }));

  it('tells those of a state, a role, a region, and page by page', () =>
    served(async (api) => {
      assert.deepEqual(stepsOf(await list(api, '?state=warning')), ['evidence.permit warning']);
      assert.deepEqual(stepsOf(await list(api, '?state=within')), []);
      assert.deepEqual(stepsOf(await list(api, '?responsible=application-desk')), ['evidence.permit warning']);
      const region = (await list(api, '?responsible=transfer-desk')).items[0]!.region!;
      assert.ok((await list(api, `?region=${region.slice(0, 4)}`)).items.every((matter) => matter.region?.startsWith(region.slice(0, 4))));
      assert.deepEqual(stepsOf(await list(api, '?region=99')), []);
      const paged: MatterLine[] = [];
      for (let after = '', pages = 0; pages < 10; pages++) {
        const page = await list(api, `?limit=1${after}`);
        paged.push(...page.items);
        if (page.next === null) break;
        after = `&after=${page.next}`;
      }
      assert.deepEqual(paged, (await list(api, '')).items);
    }));

  it('tells what is settled', () =>
    served(async (api, bench) => {
      const { told } = factory(3);
      bench.clock.set('2025-05-13');
      await bench.live(await eventsTold(told.slice(-1)));
      await bench.day('2025-05-14');
      const { items } = await list(api, '?state=settled');
      assert.deepEqual(
        items.map(({ step, settled, state }) => [step, settled, state]),
        [['evidence.permit', '2025-05-13', 'settled']],
      );
    }));

  it('gives figures that add up', () =>
    served(async (api) => {
      const { json } = await api.ask('/supervision/report?period=month&date=2025-04-30');
      const { total, by, from, to } = json as unknown as SupervisionReport;
      assert.deepEqual([from, to], ['2025-04-01', '2025-04-30']);
      assert.deepEqual(
        [total.carried, total.received, total.finished, total.open, total.overdue, total.escalated, total.escalatedAgain],
        [0, 3, 0, 3, 2, 2, 2],
      );
      assert.deepEqual(Object.keys(by.type), ['high-voltage', 'joint-transfer']);
      const day = (await api.ask('/supervision/report?period=day')).json as unknown as SupervisionReport;
      assert.deepEqual([day.from, day.total.carried, day.total.open], ['2025-05-12', 3, 3]);
    }));

  it('refuses what it cannot use', () =>
    served(async (api) => {
      const refused = async (path: string): Promise<number> => (await api.ask(path)).status;
      assert.equal(await refused('/supervision?state=late'), 400);
      assert.equal(await refused('/supervision?responsible=nobody'), 400);
      assert.equal(await refused('/supervision?region=Jiangsu'), 400);
      assert.equal(await refused('/supervision/report?period=year'), 400);
      assert.equal(await refused('/supervision/report?period=day&date=2025-02-30'), 400);
      assert.equal((await api.ask('/supervision', { scope: 'packages:read' })).status, 403);
    }));
});
