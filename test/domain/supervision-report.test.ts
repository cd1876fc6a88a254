// Figures of a period: each occurrence counted once, so that what came in is what was done and what is open.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { periods, reportMaker, spanOf } from '../../services/domain/supervision-report.ts';
import { addStep } from '../../services/domain/ledger.ts';
import { occurrencesOf } from '../../services/domain/supervision.ts';
import { dateAt, startOfDay } from '../../services/domain/time.ts';
import { addWorkingDays } from '../../services/domain/working-days.ts';
import { contracts } from '../support/project.ts';
import type { Ledger } from '../../services/domain/ledger.ts';
import type { Supervision } from '../../services/domain/own-facts.ts';
import type { Occurrence } from '../../services/domain/supervision.ts';
import type { Figures, Span, SupervisionReport } from '../../services/domain/supervision-report.ts';

const { calendar } = contracts;
const dayMs = 86_400_000;
const shift = (date: string, days: number): string => dateAt(startOfDay(date) + days * dayMs);

const occurrence = (changes: Partial<Occurrence>): Occurrence => ({
  ...{ id: 'm', kind: 'transfer-request', object: 'c', step: 'consent', utility: null, responsible: 'transfer-desk', region: '320102' },
  ...{ since: '2026-03-02', due: '2026-03-09', reached: {}, settled: null },
  ...changes,
});
const reportOn = (occurrences: readonly Occurrence[], span: Span): SupervisionReport => {
  const maker = reportMaker('month', span, calendar);
  for (const one of occurrences) maker.add(one);
  return maker.report();
};

const any: fc.Arbitrary<Occurrence> = fc
  .record({
    start: fc.nat(200),
    limit: fc.integer({ min: 1, max: 15 }),
    took: fc.option(fc.nat(60), { nil: null }),
    responsible: fc.constantFrom('a', 'b', null),
    region: fc.constantFrom('320102', '410102', null),
    kind: fc.constantFrom('transfer-request', 'commitment'),
    step: fc.constantFrom('consent', 'review', 'evidence.permit'),
  })
  .map(({ start, limit, took, ...rest }) => {
    const since = shift('2026-01-01', start);
    return occurrence({
      ...rest,
      object: 'high-voltage~s~p',
      since,
      due: addWorkingDays(since, limit, calendar),
      settled: took === null ? null : shift(since, took),
    });
  });
const spans = fc.tuple(fc.constantFrom(...periods), fc.nat(260)).map(([period, days]) => spanOf(period, shift('2025-12-20', days)));

describe('a period', () => {
  const table: [period: (typeof periods)[number], date: string, from: string, to: string][] = [
    ['day', '2026-03-04', '2026-03-04', '2026-03-04'],
    ['week', '2026-03-04', '2026-03-02', '2026-03-08'],
    ['week', '2026-03-08', '2026-03-02', '2026-03-08'],
    ['week', '2026-03-09', '2026-03-09', '2026-03-15'],
    ['month', '2026-02-14', '2026-02-01', '2026-02-28'],
    ['month', '2024-02-14', '2024-02-01', '2024-02-29'],
    ['month', '2026-12-31', '2026-12-01', '2026-12-31'],
  ];
  for (const [period, date, from, to] of table)
    it(`of a ${period} with ${date} in it runs from ${from} to ${to}`, () => assert.deepEqual(spanOf(period, date), { from, to }));

  it('is refused for what is no date', () => {
    assert.throws(() => spanOf('day', '2026-02-30'), { code: 'USAGE' });
  });
});

describe('a report', () => {
  const march = spanOf('month', '2026-03-01');

  it('counts what came in, what was done in time or late, and what turned overdue', () => {
    const { total } = reportOn(
      [
        occurrence({ settled: '2026-03-06' }),
        occurrence({ settled: '2026-03-12', reached: { escalated: '2026-03-11' } }),
        occurrence({ reached: { escalated: '2026-03-11', 'escalated-again': '2026-03-16' } }),
        occurrence({ since: '2026-02-26', due: '2026-03-05', settled: '2026-03-05' }),
        occurrence({ since: '2026-03-30', due: '2026-04-07' }),
        occurrence({ since: '2026-04-01' }),
        occurrence({ since: '2026-02-02', settled: '2026-02-28' }),
      ],
      march,
    );
    assert.deepEqual(total, {
      carried: 1,
      received: 4,
      finished: 3,
      finishedInTime: 2,
      finishedLate: 1,
      open: 2,
      openOverdue: 1,
      overdue: 2,
      escalated: 2,
      escalatedAgain: 1,
      // 4, 8 and 6 working days, of which Saturday 28 February is one.
      averageWorkingDays: 6,
    });
  });

  it('says nothing of what it does not know', () => {
    const { total, by } = reportOn([], march);
    assert.equal(total.averageWorkingDays, null);
    assert.deepEqual(by, { responsible: {}, region: {}, type: {}, step: {} });
  });

  it('adds up: carried and received are finished and open, in all and in every group, and groups add up to all', () => {
    fc.assert(
      fc.property(fc.array(any, { maxLength: 40 }), spans, (occurrences, span) => {
        const { total, by } = reportOn(occurrences, span);
        for (const figures of [total, ...Object.values(by).flatMap((group) => Object.values(group))]) {
          assert.equal(figures.carried + figures.received, figures.finished + figures.open);
          assert.equal(figures.finished, figures.finishedInTime + figures.finishedLate);
          assert.ok(figures.openOverdue <= figures.open);
        }
        for (const group of Object.values(by))
          for (const name of ['received', 'finished', 'open', 'overdue'] as (keyof Figures)[])
            assert.equal(
              Object.values(group).reduce((sum, figures) => sum + (figures[name] ?? 0), 0),
              total[name],
            );
      }),
    );
  });

  it('carries over from each day to the next what was open', () => {
    fc.assert(
      fc.property(fc.array(any, { maxLength: 40 }), fc.nat(260), (occurrences, days) => {
        const date = shift('2025-12-20', days);
        const on = (of: string): Figures => reportOn(occurrences, { from: of, to: of }).total;
        assert.equal(on(date).open, on(shift(date, 1)).carried);
      }),
    );
  });
});

describe('occurrences', () => {
  it('are the same in whatever order the events came, and however often', () => {
    const fact = {
      record: 'm',
      kind: 'transfer-request',
      object: 'c',
      step: 'consent',
      utility: null,
      responsible: 'a',
      region: null,
      to: null,
    } as const;
    const changes: [Supervision['change'], string, string][] = [
      ['opened', '2026-03-02', '2026-03-02'],
      ['overdue', '2026-03-02', '2026-03-10'],
      ['settled', '2026-03-02', '2026-03-11'],
      ['settled', '2026-03-02', '2026-03-12'],
      ['opened', '2026-03-11', '2026-03-11'],
    ];
    const steps = changes.map(([change, since, date], i) => ({
      ...{ event: `e${i}`, time: startOfDay(date), sequence: i },
      fact: { ...fact, change, since, due: '2026-03-09' },
    }));
    const built = (order: readonly number[]): Occurrence[] =>
      occurrencesOf(order.reduce<Ledger<Supervision> | undefined>((ledger, i) => addStep(ledger, 'm', steps[i]!), undefined)!);
    const straight = built([...steps.keys()]);
    assert.deepEqual(
      straight.map(({ since, settled }) => [since, settled]),
      [
        ['2026-03-02', '2026-03-11'],
        ['2026-03-11', null],
      ],
    );
    fc.assert(
      fc.property(fc.array(fc.nat(4), { maxLength: 6 }), fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (some, all) => {
        assert.deepEqual(built([...some, ...all]), straight);
      }),
    );
  });
});
