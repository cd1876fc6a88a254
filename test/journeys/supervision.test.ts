// Promises and supervision by the command line, and with the services running: taken, overdue, escalated, settled, counted.
import assert from 'node:assert/strict';
import { readConfig } from '../../services/config/config.ts';
import { dateAt } from '../../services/domain/time.ts';
import { openHub } from '../../services/hub/open-hub.ts';
import { withRecorder } from '../../services/hub/pending.ts';
import { settle } from '../../services/hub/settle.ts';
import { startServices } from '../../services/hub/start.ts';
import { inHub, run, runJson, runOne } from '../support/command.ts';
import { createClock } from '../support/clock.ts';
import { until } from '../support/processes.ts';
import { pseudonymKey } from '../support/project.ts';
import { eventsTold, storyRecords } from '../support/simulated-events.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { factory } from '../support/told.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { SupervisionReport } from '../../services/domain/supervision-report.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { MatterLine } from '../../services/ports/supervision.ts';
import type { TakenPromise } from '../../services/ports/promises.ts';
import type { Clock } from '../support/clock.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('supervision', function () {
  this.timeout(120_000);
  const folder = useTempFolder();

  const take = (events: HubEvent[], clock: Clock): Promise<void> =>
    inHub(
      folder('d'),
      async (hub) => {
        await withRecorder(hub, () => hub.log.publish(events));
        await settle(hub);
      },
      clock.now,
    );

  /** Runs recorder, projector and supervisor until `done` holds. */
  async function supervisedUntil(clock: Clock, done: (lines: string[]) => boolean): Promise<string[]> {
    const hub = await openHub(
      readConfig({ HUB_PSEUDONYM_KEY: pseudonymKey.toString('hex'), HUB_PORT: '0' }, { data: folder('d') }),
      clock.now,
    );
    const stop = new AbortController();
    const { stopped } = await startServices(hub, ['recorder', 'projector', 'supervisor'], null, silent, stop.signal);
    const lines = async (): Promise<string[]> =>
      (await hub.store.query({ family: 'supervision', limit: 100 })).events.map(({ type, time }) => `${type} ${dateAt(time)}`);
    try {
      await until('recorded', async () => done(await lines()));
      return await lines();
    } finally {
      stop.abort();
      await stopped;
      await hub.close();
    }
  }

  it('is told by the command line before and after the supervisor ran, and its figures add up', async () => {
    const clock = createClock('2025-04-22');
    const now = { now: clock.now };
    const here = ['--data', folder('d')];
    await take(await eventsTold(storyRecords('sale-consent-missing')), clock);
    const [before] = await runJson<MatterLine>(['supervise', ...here], now);
    assert.deepEqual([before?.step, before?.state, before?.daysLeft, before?.due], ['consent', 'warning', 0, '2025-04-22']);
    assert.deepEqual(await runJson<MatterLine>(['supervise', '--state', '逾期', ...here], now), []);

    clock.set('2025-04-24');
    const recorded = await supervisedUntil(clock, (lines) => lines.length >= 4);
    const events = ['opened 2025-04-15', 'warned 2025-04-21', 'overdue 2025-04-23', 'escalated 2025-04-24'];
    assert.deepEqual(
      recorded,
      events.map((event) => `supervision.${event}`),
    );
    // Begun anew it has nothing to add.
    clock.set('2025-04-28');
    assert.deepEqual((await supervisedUntil(clock, (lines) => lines.length >= 5)).slice(4), ['supervision.escalated-again 2025-04-28']);

    const [after] = await runJson<MatterLine>(['supervise', '--responsible', 'transfer-desk', '--region', '51', ...here], now);
    assert.deepEqual([after?.state, after?.escalatedTo?.role, after?.daysLeft], ['escalated-again', 'supervision-office', -5]);
    const report = await runOne<SupervisionReport>(['supervise', 'report', '--period', '月考核', '--date', '2025-04-30', ...here], now);
    assert.deepEqual([report.period, report.total.received, report.total.open, report.total.escalated], ['month', 1, 1, 1]);
    const { code, out } = await run(['supervise', ...here], now);
    assert.equal(code, 0);
    assert.match(out.join('\n'), /二级督办 .*取得当事人同意 .*督办部门/);
    assert.match((await run(['supervise', 'report', ...here], now)).out.join('\n'), /日统计 day {2}2025-04-28 – 2025-04-28/);
    const replayed = await runOne<{ same: boolean }>(['replay', ...here], now);
    assert.equal(replayed.same, true);
  });

  it('refuses states, roles, periods and dates that there are not', async () => {
    await take([], createClock());
    for (const args of [
      ['--state', 'late'],
      ['--responsible', 'nobody'],
      ['report', '--period', 'year'],
      ['report', '--date', '2025-02-30'],
    ]) {
      const { code, error } = await run(['supervise', ...args, '--data', folder('d')]);
      assert.deepEqual([code, error.length], [2, 1], args.join(' '));
    }
  });

  it('takes a package on a promise, and has it complete by itself', async () => {
    const clock = createClock('2026-03-02');
    const now = { now: clock.now };
    const here = ['--data', folder('d')];
    const { told, id } = factory(1);
    const events = await eventsTold(told);
    await take(events.slice(0, -1), clock);
    const promise = ['packages', 'promise', id, '--items', 'permit', '--deadline', '2026-03-20', '--basis', '容缺受理承诺书 17', ...here];
    const taken = await runOne<TakenPromise>(promise, now);
    assert.deepEqual([taken.items, taken.deadline, taken.recorded], [['permit'], '2026-03-20', true]);
    assert.equal((await runOne<TakenPromise>(promise, now)).recorded, false);
    const show = (): Promise<Package> => runOne<Package>(['packages', 'show', id, ...here], now);
    assert.deepEqual((await show()).acceptance, {
      promises: [{ deadline: '2026-03-20', event: taken.event, item: 'permit', state: 'open' }],
      state: 'on-promise',
    });
    assert.match(
      (await run(['packages', 'show', id, ...here], now)).out.join('\n'),
      /受理 容缺受理 on-promise\n {2}承诺 建设工程规划许可证 {2}待补 open/,
    );
    const [matter] = await runJson<MatterLine>(['supervise', ...here], now);
    assert.deepEqual([matter?.object, matter?.step, matter?.daysLeft], [id, 'evidence.permit', 14]);
    await take(events.slice(-1), clock);
    assert.equal((await show()).acceptance.state, 'complete');
    assert.deepEqual(await runJson(['supervise', ...here], now), []);
    const withdrawn = await runOne<TakenPromise>(['packages', 'withdraw-promise', id, taken.event, '--basis', '更正', ...here], now);
    assert.equal(withdrawn.recorded, true);
    assert.deepEqual((await show()).acceptance, { promises: [], state: 'complete' });
    assert.equal((await run([...promise.slice(0, 2), 'nothing', ...promise.slice(3)], now)).code, 2);
  });
});
