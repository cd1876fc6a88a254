// Working days by the calendar that is shipped, and by properties on calendars of any kind.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dateAt, dayAfter, startOfDay } from '../../services/domain/time.ts';
import { addWorkingDays, compileCalendar, isWorkingDay, workingDaysBetween, yearsUnknown } from '../../services/domain/working-days.ts';
import { contracts } from '../support/project.ts';
import type { Calendar } from '../../services/domain/working-days.ts';

const { calendar } = contracts;
const title = { zh: '模拟', en: 'simulated' };
const dates = fc.integer({ min: 0, max: 1500 }).map((n) => dateAt(startOfDay('2023-11-01') + n * 86_400_000));
/** Holidays and worked weekends anywhere: what a State Council might decree. */
const calendars = fc
  .tuple(fc.uniqueArray(dates, { maxLength: 60 }), fc.uniqueArray(dates, { maxLength: 60 }))
  .map(([off, worked]): Calendar => ({ years: new Set(), off: new Set(off), worked: new Set(worked) }));

describe('a working day', () => {
  const table: [date: string, works: boolean, why: string][] = [
    ['2025-01-26', true, 'a Sunday worked for the Spring Festival'],
    ['2025-01-28', false, 'the eve of the Spring Festival'],
    ['2025-02-05', true, 'the day after it'],
    ['2025-02-08', true, 'a Saturday worked for it'],
    ['2025-09-28', true, 'a Sunday worked for National Day'],
    ['2025-10-08', false, 'the eighth day of National Day and Mid-Autumn'],
    ['2026-01-02', false, 'a Friday off after New Year'],
    ['2026-01-04', true, 'the Sunday worked for it'],
    ['2026-02-14', true, 'a Saturday worked for the Spring Festival'],
    ['2026-02-23', false, 'its last day'],
    ['2026-05-09', true, 'a Saturday worked for Labour Day'],
    ['2026-09-25', false, 'Mid-Autumn'],
    ['2026-10-10', true, 'a Saturday worked for National Day'],
    ['2026-10-11', false, 'an ordinary Sunday'],
    ['2024-09-14', true, 'a Saturday worked for Mid-Autumn'],
  ];
  for (const [date, works, why] of table)
    it(`${works ? 'is' : 'is not'} ${date}, ${why}`, () => assert.equal(isWorkingDay(date, calendar), works));

  it('comes to as many a year as announced', () => {
    const inYear = (year: number): number => workingDaysBetween(`${year - 1}-12-31`, `${year}-12-31`, calendar);
    // 365 days less 104 weekend days and 13 statutory holidays (国务院令第795号), and for 2024 366, 104 and 11.
    assert.deepEqual([inYear(2024), inYear(2025), inYear(2026)], [251, 248, 248]);
  });
});

describe('counting working days', () => {
  it('leaves the day itself out', () => {
    assert.equal(addWorkingDays('2026-03-06', 1, calendar), '2026-03-09');
    assert.equal(addWorkingDays('2026-03-06', 0, calendar), '2026-03-06');
    assert.equal(addWorkingDays('2026-09-30', 1, calendar), '2026-10-08');
    assert.equal(addWorkingDays('2026-02-13', 2, calendar), '2026-02-24');
    assert.equal(addWorkingDays('2026-03-09', -1, calendar), '2026-03-06');
  });

  it('ends on a working day that many working days on, and on no earlier date', () => {
    fc.assert(
      fc.property(calendars, dates, fc.integer({ min: 1, max: 40 }), (any, from, days) => {
        const to = addWorkingDays(from, days, any);
        assert.ok(to > from && isWorkingDay(to, any));
        assert.equal(workingDaysBetween(from, to, any), days);
        assert.equal(workingDaysBetween(from, dateAt(startOfDay(to) - 86_400_000), any), days - 1);
      }),
    );
  });

  it('adds up, and is the same backwards but for the sign', () => {
    fc.assert(
      fc.property(calendars, dates, dates, dates, (any, a, b, c) => {
        assert.equal(workingDaysBetween(a, b, any) + workingDaysBetween(b, c, any), workingDaysBetween(a, c, any));
        assert.equal(workingDaysBetween(a, b, any) + workingDaysBetween(b, a, any), 0);
      }),
    );
  });

  it('goes back the way it came', () => {
    fc.assert(
      fc.property(calendars, dates, fc.integer({ min: 1, max: 40 }), (any, from, days) => {
        fc.pre(isWorkingDay(from, any));
        assert.equal(addWorkingDays(addWorkingDays(from, days, any), -days, any), from);
      }),
    );
  });

  it('knows only weekends of a year that is not announced, and says which', () => {
    assert.equal(isWorkingDay('2031-10-01', calendar), true);
    assert.deepEqual(yearsUnknown('2026-12-30', '2028-01-02', calendar), ['2027', '2028']);
    assert.deepEqual(yearsUnknown('2025-01-01', '2026-12-31', calendar), []);
  });
});

describe('a calendar', () => {
  const year = { year: 2026, source: 'none', holidays: [{ title, from: '2026-01-01', to: '2026-01-03' }], worked: ['2026-01-04'] };
  const table: [what: string, years: (typeof year)[], reason: RegExp][] = [
    ['a year that stands twice', [year, year], /stands twice/],
    ['a date that is none', [{ ...year, worked: ['2026-02-30'] }], /2026-02-30 is no date/],
    ['a date of another year', [{ ...year, worked: ['2027-01-02'] }], /no date of 2026/],
    ['a worked day that is a weekday', [{ ...year, worked: ['2026-01-05'] }], /in any case/],
    ['a day both off and worked', [{ ...year, worked: ['2026-01-03'] }], /both/],
    ['a holiday that ends before it begins', [{ ...year, holidays: [{ title, from: '2026-01-03', to: '2026-01-01' }] }], /before/],
  ];
  for (const [what, years, reason] of table)
    it(`is refused for ${what}`, () => {
      assert.throws(() => compileCalendar({ version: 1, years }), { code: 'CONTRACT_INVALID', message: reason });
    });

  it('holds every day of a holiday', () => {
    const { off } = compileCalendar({ version: 1, years: [year] });
    assert.deepEqual([...off], ['2026-01-01', dayAfter('2026-01-01'), '2026-01-03']);
  });
});
