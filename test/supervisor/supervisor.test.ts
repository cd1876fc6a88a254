// The supervisor over days that pass: each threshold once, whatever restarts, however many look, however long it slept.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { dayAfter, startOfDay } from '../../services/domain/time.ts';
import { occurrencesOf } from '../../services/domain/supervision.ts';
import { decideWithdrawal } from '../../services/domain/packages/commitments.ts';
import { countMatters } from '../../services/hub/supervising.ts';
import { readLedger } from '../../services/ports/read-ledger.ts';
import { superviseAll, superviseForever } from '../../services/supervisor/supervisor.ts';
import { digestOfRows, foldInMemory, allEvents, rowsOf } from '../support/fold.ts';
import { eventsTold, storyRecords } from '../support/simulated-events.ts';
import { factory } from '../support/told.ts';
import { codec } from '../support/project.ts';
import { inWorkbench, ownStep } from './workbench.ts';
import type { Ledger } from '../../services/domain/ledger.ts';
import type { Commitment, Supervision } from '../../services/domain/own-facts.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { TransferRequest } from '../../services/domain/transfers/request.ts';
import type { Workbench } from './workbench.ts';

// A sale entered on Tuesday 15 April 2025 that nobody has agreed to: five working days to get consent. Sunday the 27th is worked.
const consentStory = 'sale-consent-missing';
const thresholds = [
  'opened 2025-04-15 consent',
  'warned 2025-04-21 consent',
  'overdue 2025-04-23 consent',
  'escalated 2025-04-24 consent',
  'escalated-again 2025-04-28 consent',
];

const told = async (): Promise<Awaited<ReturnType<typeof eventsTold>>> => eventsTold(storyRecords(consentStory));

async function everyDay(bench: Workbench, from: string, to: string): Promise<void> {
  for (let date = from; date <= to; date = dayAfter(date)) await bench.day(date);
}

async function consent({ views, live, clock }: Workbench): Promise<void> {
  const [row] = await views.list('transfer-request', { limit: 1 });
  await live([granted(JSON.parse(row!.body) as TransferRequest, clock.now())]);
}

/** The first buyer agrees. */
function granted({ id, buyers }: TransferRequest, time: number): HubEvent {
  const fact = {
    change: 'granted',
    record: 'c-1',
    grantor: buyers[0]!.id,
    scope: 'joint-transfer',
    object: id,
    utilities: [],
    validUntil: null,
    basis: '同意书 8',
    by: 'counter',
  };
  return ownStep('authorisation', 'c-1', time, { fact, sequence: 1 });
}

/** A company without its planning permit, which is promised. */
const lacking = (): { records: ReturnType<typeof factory>['told']; id: string; permit: ReturnType<typeof factory>['told'][number] } => {
  const { told: all, id } = factory(1);
  return { records: all.slice(0, -1), id, permit: all.at(-1)! };
};
const packageOf = async ({ views }: Workbench, id: string): Promise<Package> =>
  JSON.parse((await views.get('package', id))!.body) as Package;

describe('the supervisor', function () {
  this.timeout(60_000);

  it('records each threshold on the day that it is crossed, and no more', () =>
    inWorkbench('2025-04-15', async (bench) => {
      await bench.live(await told());
      await everyDay(bench, '2025-04-15', '2025-04-23');
      assert.deepEqual(await bench.recorded(), thresholds.slice(0, 3));
      await everyDay(bench, '2025-04-24', '2025-05-20');
      assert.deepEqual(await bench.recorded(), thresholds);
    }));

  it('has its open matters counted by the last threshold, and those that are settled not at all', () =>
    inWorkbench('2025-04-15', async (bench) => {
      const none = { opened: 0, warned: 0, overdue: 0, escalated: 0, 'escalated-again': 0 };
      assert.deepEqual(await countMatters(bench), none);
      await bench.live(await told());
      for (const [date, level] of [
        ['2025-04-15', 'opened'],
        ['2025-04-21', 'warned'],
        ['2025-04-23', 'overdue'],
        ['2025-04-24', 'escalated'],
        ['2025-04-28', 'escalated-again'],
      ] as const) {
        await bench.day(date);
        assert.deepEqual(await countMatters(bench), { ...none, [level]: 1 }, date);
      }
      await consent(bench);
      await bench.day('2025-04-29');
      assert.equal((await countMatters(bench))['escalated-again'], 0);
    }));

  it('catches up with what it slept through, each with the day on which it was crossed', () =>
    inWorkbench('2025-04-15', async (bench) => {
      await bench.live(await told());
      await bench.day('2025-05-20');
      assert.deepEqual(await bench.recorded(), thresholds);
      await bench.day('2025-05-21');
      assert.equal((await bench.recorded()).length, thresholds.length);
    }));

  it('records nothing twice when two look at once, or one looks before the views have what it recorded', () =>
    inWorkbench('2025-04-15', async (bench) => {
      await bench.live(await told());
      for (const date of ['2025-04-15', '2025-04-22', '2025-04-30']) {
        bench.clock.set(date);
        await bench.live([]);
        await Promise.all([superviseAll(bench.supervisor, date), superviseAll(bench.supervisor, date)]);
        await superviseAll(bench.supervisor, date);
      }
      await bench.live([]);
      assert.deepEqual(await bench.recorded(), thresholds);
    }));

  it('settles a matter on the day the step was taken, though it looks later, and opens no other for it', () =>
    inWorkbench('2025-04-15', async (bench) => {
      await bench.live(await told());
      await everyDay(bench, '2025-04-15', '2025-04-21');
      bench.clock.set('2025-04-22');
      await consent(bench);
      await bench.day('2025-04-25');
      const all = await bench.recorded();
      assert.deepEqual(
        all.filter((line) => line.endsWith('consent')),
        [...thresholds.slice(0, 2), 'settled 2025-04-22 consent'],
      );
      // What consent stood in the way of is waited for now.
      assert.ok(all.includes('opened 2025-04-22 submission'), all.join());
      const row = (await bench.views.list('supervision', { limit: 100 })).find(({ key }) => key.endsWith('~consent~-'));
      const [once] = occurrencesOf(JSON.parse(row!.body) as Ledger<Supervision>);
      assert.deepEqual(
        [once?.due, once?.settled, once?.responsible, once?.region],
        ['2025-04-22', '2025-04-22', 'transfer-desk', '510107'],
      );
    }));

  it('settles a promise that is withdrawn, and what there is no request for any more', () =>
    inWorkbench('2025-04-15', async (bench) => {
      const { records, id } = lacking();
      await bench.live(await eventsTold(records));
      await bench.promise(id, ['permit'], '2025-05-14');
      const gone: Supervision = {
        ...{
          change: 'opened',
          record: 'transfer-request~gone~review~-',
          kind: 'transfer-request',
          object: 'gone',
          step: 'review',
          utility: null,
        },
        ...{ since: '2025-04-14', due: '2025-04-16', responsible: 'account-review', region: null, to: null },
      };
      await bench.live([ownStep('supervision', gone.record, startOfDay('2025-04-14'), { fact: gone, sequence: 1 })]);
      await bench.day('2025-04-15');
      assert.deepEqual(await bench.recorded(), [
        'opened 2025-04-14 review',
        'opened 2025-04-15 evidence.permit',
        'settled 2025-04-15 review',
      ]);
      const ledger = await readLedger<Commitment>({ store: bench.store, codec }, 'commitment', id);
      const withdrawal = decideWithdrawal(ledger, { event: ledger!.steps[0]!.event, basis: '客户放弃', by: 'counter' });
      assert.ok('fact' in withdrawal);
      bench.clock.set('2025-04-17');
      await bench.live([ownStep('commitment', id, bench.clock.now(), withdrawal)]);
      assert.equal((await packageOf(bench, id)).acceptance.state, 'incomplete');
      await bench.day('2025-04-17');
      assert.deepEqual((await bench.recorded()).slice(3), ['settled 2025-04-17 evidence.permit']);
    }));

  it('leaves views that a rebuild and a fold in memory give again', () =>
    inWorkbench('2025-04-15', async (bench) => {
      await bench.live(await told());
      await everyDay(bench, '2025-04-15', '2025-04-30');
      const rows = await rowsOf(bench.views);
      assert.ok(rows.some(({ view }) => view === 'supervision'));
      await bench.rebuilt(async (fresh) => assert.deepEqual(await rowsOf(fresh), rows), 7);
      assert.equal(digestOfRows(await foldInMemory(await allEvents(bench.store))), await bench.views.digest());
    }));

  it('runs by itself: looks at the start, when something changes, and at every new day', () =>
    inWorkbench('2025-04-15', async (bench) => {
      const stop = new AbortController();
      const running = superviseForever(bench.supervisor, stop.signal, 1);
      const until = async (count: number): Promise<string[]> => {
        for (;;) {
          const all = await bench.recorded();
          if (all.length >= count) return all;
          await Promise.race([turn(), running]);
        }
      };
      await bench.live(await told());
      assert.deepEqual(await until(1), thresholds.slice(0, 1));
      bench.clock.set('2025-04-23');
      await bench.live([]);
      assert.deepEqual(await until(3), thresholds.slice(0, 3));
      await bench.live([]);
      await consent(bench);
      assert.ok((await until(4)).includes('settled 2025-04-23 consent'));
      stop.abort();
      await running;
    }));

  it('waits for views that are behind the store or the day: nothing is called late that was done', () =>
    inWorkbench('2025-04-15', async (bench) => {
      await bench.live(await told());
      await bench.day('2025-04-15');
      bench.clock.set('2025-04-20');
      const [row] = await bench.views.list('transfer-request', { limit: 1 });
      // In the store, and not folded yet.
      await bench.store.append([granted(JSON.parse(row!.body) as TransferRequest, bench.clock.now())]);
      bench.clock.set('2025-05-20');
      const stop = new AbortController();
      let looks = 0;
      const watched = { ...bench.supervisor, views: { ...bench.views, checkpoint: () => (looks++, bench.views.checkpoint()) } };
      const running = superviseForever(watched, stop.signal, 1);
      while (looks < 3) await turn();
      assert.deepEqual(await bench.recorded(), thresholds.slice(0, 1));
      await bench.live([]);
      while (!(await bench.recorded()).some((line) => line.startsWith('settled'))) await Promise.race([turn(), running]);
      stop.abort();
      await running;
      assert.ok(!(await bench.recorded()).includes('overdue 2025-04-23 consent'));
    }));
});

describe('a promise', function () {
  this.timeout(60_000);

  it('completes by itself when the evidence arrives', () =>
    inWorkbench('2026-03-02', async (bench) => {
      const { records, id, permit } = lacking();
      await bench.live(await eventsTold(records));
      assert.equal((await packageOf(bench, id)).acceptance.state, 'incomplete');
      await bench.promise(id, ['permit'], '2026-03-20');
      const promised = await packageOf(bench, id);
      assert.deepEqual([promised.acceptance.state, promised.status], ['on-promise', 'missing']);
      assert.equal((await bench.views.find('acceptance:on-promise', { view: 'package' })).length, 1);
      await bench.day('2026-03-05');
      bench.clock.set('2026-03-10');
      await bench.live(await eventsTold([permit]));
      const complete = await packageOf(bench, id);
      assert.deepEqual(
        [complete.acceptance.state, complete.acceptance.promises[0]?.state, complete.status],
        ['complete', 'kept', 'verified'],
      );
      await bench.day('2026-03-12');
      assert.deepEqual(await bench.recorded(), ['opened 2026-03-02 evidence.permit', 'settled 2026-03-10 evidence.permit']);
      const rows = await rowsOf(bench.views);
      await bench.rebuilt(async (fresh) => assert.deepEqual(await rowsOf(fresh), rows));
    }));

  it('is overdue from the day after the deadline without any event, and escalates; late evidence completes it all the same', () =>
    inWorkbench('2026-03-02', async (bench) => {
      const { records, id, permit } = lacking();
      await bench.live(await eventsTold(records));
      await bench.promise(id, ['permit'], '2026-03-20');
      await everyDay(bench, '2026-03-03', '2026-03-20');
      assert.equal((await packageOf(bench, id)).acceptance.state, 'on-promise');
      await everyDay(bench, '2026-03-21', '2026-03-31');
      assert.equal((await packageOf(bench, id)).acceptance.state, 'overdue');
      const reached = [
        'opened 2026-03-02 evidence.permit',
        'warned 2026-03-18 evidence.permit',
        'overdue 2026-03-21 evidence.permit',
        'escalated 2026-03-24 evidence.permit',
        'escalated-again 2026-03-27 evidence.permit',
      ];
      assert.deepEqual(await bench.recorded(), reached);
      const rows = await rowsOf(bench.views);
      await bench.rebuilt(async (fresh) => assert.deepEqual(await rowsOf(fresh), rows), 3);
      bench.clock.set('2026-04-01');
      await bench.live(await eventsTold([permit]));
      await bench.day('2026-04-02');
      assert.equal((await packageOf(bench, id)).acceptance.state, 'complete');
      assert.deepEqual(await bench.recorded(), [...reached, 'settled 2026-04-01 evidence.permit']);
    }));

  it('costs nothing where none was ever made', () =>
    inWorkbench('2026-03-02', async (bench) => {
      const { records } = lacking();
      let looked = 0;
      const get = bench.views.get.bind(bench.views);
      bench.views.get = (view, key) => {
        if (view === 'commitment') looked++;
        return get(view, key);
      };
      await bench.live(await eventsTold(records));
      assert.equal(looked, 0);
    }));
});
