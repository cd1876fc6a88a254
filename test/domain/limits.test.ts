// Limits: which one applies, and when a step is warned of, overdue and escalated.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkLimits, checkPromises, crossings, limitFor, thresholds } from '../../services/domain/limits.ts';
import { dateAt, dayAfter, startOfDay } from '../../services/domain/time.ts';
import { addWorkingDays } from '../../services/domain/working-days.ts';
import { contracts } from '../support/project.ts';
import type { Limit, LimitQuery, Limits, Warning } from '../../services/domain/limits.ts';

const { calendar, limits: shipped } = contracts;
const base: Limit = {
  kind: 'transfer-request',
  step: 'answer',
  workingDays: 9,
  responsible: 'unit-leader',
  basis: '内部服务时限',
  internal: true,
  effectiveFrom: '2025-01-01',
};
const limits = (...list: Partial<Limit>[]): Limits => ({ ...shipped, limits: list.map((limit) => ({ ...base, ...limit })) });
const asked: LimitQuery = { kind: 'transfer-request', step: 'answer', type: null, utility: 'water', region: '320102' };
const daysFor = (among: Limits, query: Partial<LimitQuery> = {}, since = '2026-03-02'): number | null =>
  limitFor(among, { ...asked, ...query }, since)?.workingDays ?? null;

describe('the limit of a step', () => {
  it('is the one of the longest division prefix, of its utility before any other', () => {
    const among = limits(
      { workingDays: 1 },
      { workingDays: 2, region: '32' },
      { workingDays: 3, region: '3201' },
      { workingDays: 4, utility: 'water' },
      { workingDays: 5, utility: 'water', region: '33' },
    );
    assert.equal(daysFor(among), 4);
    assert.equal(daysFor(among, { region: '330106' }), 5);
    assert.equal(daysFor(among, { utility: 'gas' }), 3);
    assert.equal(daysFor(among, { utility: 'gas', region: '320500' }), 2);
    assert.equal(daysFor(among, { utility: 'gas', region: null }), 1);
    assert.equal(daysFor(among, { step: 'consent' }), null);
  });

  it('is the one in force on the day the step began', () => {
    const among = limits({ workingDays: 5 }, { workingDays: 3, effectiveFrom: '2026-04-01' });
    assert.equal(daysFor(among, {}, '2026-03-31'), 5);
    assert.equal(daysFor(among, {}, '2026-04-01'), 3);
    assert.equal(daysFor(among, {}, '2024-12-31'), null);
  });

  it('is, of those shipped, what customers are promised (供电服务十项承诺) and what a region has made stricter', () => {
    const connection = (type: string, region = '320102', step = 'connection'): number | null =>
      daysFor(shipped, { kind: 'application', step, type, utility: null, region });
    assert.deepEqual(
      [connection('low-voltage-residential'), connection('low-voltage-business'), connection('low-voltage-business', '410102')],
      [5, 6, 5],
    );
    assert.deepEqual([connection('high-voltage'), connection('high-voltage', '320102', 'connection-double-supply')], [22, 32]);
  });
});

describe('limits', () => {
  const table: [what: string, bad: Limits, reason: RegExp][] = [
    ['an unknown role', limits({ responsible: 'nobody' }), /no role nobody/],
    ['an unknown step', limits({ step: 'dance' }), /no step dance/],
    ['two of the same', limits({}, {}), /two limits/],
    ['a date that is none', limits({ effectiveFrom: '2026-02-30' }), /no date/],
    ['a promise with working days of its own', limits({ kind: 'commitment', step: 'evidence' }), /names its own last day/],
    [
      'a second escalation before the first',
      { ...limits({}), escalation: { first: { workingDays: 3, to: 'unit-leader' }, second: { workingDays: 1, to: 'unit-leader' } } },
      /before the first/,
    ],
  ];
  for (const [what, bad, reason] of table)
    it(`are refused for ${what}`, () => {
      assert.throws(() => checkLimits(bad), { code: 'CONTRACT_INVALID', message: reason });
    });
});

describe('a promise', () => {
  const promising = (workingDays: number, region: string | null = null) => [
    { id: 'low-voltage-business', region, promise: { workingDays } },
  ];

  it('may run as long as customers are promised the whole application takes, in the strictest region where it may be taken', () => {
    checkPromises(shipped, promising(5));
    checkPromises(shipped, promising(6, '32'));
    checkPromises(shipped, [{ id: 'rename', region: null, promise: { workingDays: 100 } }]);
    assert.throws(() => checkPromises(shipped, promising(6)), { code: 'CONTRACT_INVALID', message: /6 working days.*5/ });
    assert.throws(() => checkPromises(shipped, promising(6, '4101')), { code: 'CONTRACT_INVALID' });
    assert.throws(() => checkPromises(shipped, promising(7, '32')), { code: 'CONTRACT_INVALID' });
  });
});

describe('the days of a limit', () => {
  it('are warned of at a share of it, overdue the day after, escalated two and five working days after', () => {
    // A Monday, five working days, 80 %: the fourth.
    const days = crossings({ since: '2026-03-02', due: '2026-03-09', warning: { percent: 80 } }, shipped, calendar);
    assert.deepEqual(days, {
      opened: '2026-03-02',
      warned: '2026-03-06',
      overdue: '2026-03-10',
      escalated: '2026-03-11',
      'escalated-again': '2026-03-16',
    });
  });

  it('come in order, whatever the limit, the warning and the calendar say', () => {
    const since = fc.integer({ min: 0, max: 1000 }).map((n) => dateAt(startOfDay('2024-01-01') + n * 86_400_000));
    const warnings: fc.Arbitrary<Warning> = fc.oneof(
      fc.integer({ min: 1, max: 100 }).map((percent) => ({ percent })),
      fc.integer({ min: 0, max: 60 }).map((workingDaysBefore) => ({ workingDaysBefore })),
    );
    fc.assert(
      fc.property(since, fc.integer({ min: 0, max: 40 }), warnings, (from, n, warning) => {
        const due = addWorkingDays(from, n, calendar);
        const days = crossings({ since: from, due, warning }, shipped, calendar);
        assert.deepEqual(
          thresholds.map((threshold) => days[threshold]),
          thresholds.map((threshold) => days[threshold]).sort(),
        );
        assert.ok(days.warned >= from && days.warned <= due);
        assert.equal(days.overdue, dayAfter(due));
      }),
    );
  });
});
