// Dates and instants as registries write them.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dateAt, dayAfter, durationMs, formatInstant, parseDate, parseInstant, startOfDay } from '../../services/domain/time.ts';

const day = fc
  .date({ min: new Date('0100-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('a date', () => {
  const forms: [text: string, date: string | null][] = [
    ['2019-01-02', '2019-01-02'],
    ['2019/1/2', '2019-01-02'],
    ['2019.01.02', '2019-01-02'],
    ['20190102', '2019-01-02'],
    ['2019年1月2日', '2019-01-02'],
    ['2019年01月02', '2019-01-02'],
    ['2019-01-02 10:11:12', '2019-01-02'],
    ['2019-01-02T10:11:12+08:00', '2019-01-02'],
    ['2019-01-01T18:00:00Z', '2019-01-02'],
    ['2019-01-02T02:00:00+09:00[Asia/Tokyo]', '2019-01-02'],
    ['20190102101112', '2019-01-02'],
    ['20190102T1011', '2019-01-02'],
    [String(Date.UTC(2019, 0, 1, 16)), '2019-01-02'],
    ['2019年1月2日10时11分', '2019-01-02'],
    ['2020-02-29', '2020-02-29'],
    ['2000-02-29', '2000-02-29'],
    ['9999-12-31', '9999-12-31'],
    ['2019-02-29', null],
    ['1900-02-29', null],
    ['2019-13-01', null],
    ['2019-00-10', null],
    ['2019-04-31', null],
    ['2019-01-00', null],
    ['2019-1', null],
    ['2019', null],
    ['19-01-02', null],
    ['02/01/2019', null],
    ['2019-01-02x', null],
    ['x2019-01-02', null],
    ['20191301', null],
    ['20190102251112', null],
    ['0050-06-01', null],
    ['长期', null],
    ['', null],
  ];
  for (const [text, date] of forms) it(`${JSON.stringify(text)} is ${date ?? 'none'}`, () => assert.equal(parseDate(text), date));

  it('begins at midnight in Beijing, whatever zone the machine is in', () => {
    assert.equal(startOfDay('2024-01-02'), Date.UTC(2024, 0, 1, 16));
    assert.equal(dateAt(Date.UTC(2024, 0, 1, 15, 59, 59, 999)), '2024-01-01');
    assert.equal(dateAt(Date.UTC(2024, 0, 1, 16)), '2024-01-02');
  });

  it('is found again from its midnight, from any year on', () => {
    fc.assert(fc.property(day, (date) => assert.equal(dateAt(startOfDay(date)), date)));
  });

  it('is followed by the next one, over months, leap days and years', () => {
    assert.deepEqual(['2024-02-28', '2024-02-29', '2023-02-28', '2024-12-31', '2024-04-30'].map(dayAfter), [
      '2024-02-29',
      '2024-03-01',
      '2023-03-01',
      '2025-01-01',
      '2024-05-01',
    ]);
    fc.assert(fc.property(day, (date) => assert.ok(dayAfter(date) > date && parseDate(dayAfter(date)) !== null)));
  });
});

describe('an instant', () => {
  const midnight = Date.UTC(2024, 4, 5, 16);
  const forms: [text: string, instant: number | null][] = [
    ['2024-05-06', midnight],
    ['2024年5月6日', midnight],
    ['2024-05-06 00:00:00', midnight],
    ['2024-05-06T00:00:00', midnight],
    ['2024-05-06 00:00', midnight],
    ['2024-05-06 08:09:10', Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['2024/5/6 8:09:10', Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['2024-05-06T08:09:10+08:00', Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['2024-05-06T08:09:10+0800', Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['2024-05-06T00:09:10Z', Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['2024-05-05T20:09:10-04:00', Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['2024-05-06T05:39:10+05:30', Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['2024-05-06 08:09:10.5', Date.UTC(2024, 4, 6, 0, 9, 10, 500)],
    ['2024-05-06T08:09:10.123456789+08:00', Date.UTC(2024, 4, 6, 0, 9, 10, 123)],
    ['20240506080910', Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['20240506T080910', Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['20240506T000910.5Z', Date.UTC(2024, 4, 6, 0, 9, 10, 500)],
    ['20240506T0809', Date.UTC(2024, 4, 6, 0, 9)],
    ['20240506T0009Z', Date.UTC(2024, 4, 6, 0, 9)],
    [String(Date.UTC(2024, 4, 6, 0, 9, 10)), Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['2024年5月6日 8时09分', Date.UTC(2024, 4, 6, 0, 9)],
    ['2024年5月6日8时09分10秒', Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['2024-05-06T00:09:10Z[Asia/Shanghai]', Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['2024-05-06T08:09:10+08:00[Asia/Shanghai][u-ca=gregory]', Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['2024-05-06T08:09:10[Asia/Shanghai]', Date.UTC(2024, 4, 6, 0, 9, 10)],
    ['2024-05-06T08:09:10[Europe/Paris]', null],
    ['2024-05-06T08:09:10+08:00[]', null],
    ['1714954150', null],
    ['202405060809', null],
    ['1969-12-31 23:59:59', Date.UTC(1969, 11, 31, 15, 59, 59)],
    ['2024-05-06 24:00:00', null],
    ['2024-05-06 23:60:00', null],
    ['2024-05-06 23:59:60', null],
    ['2024-05-06 8', null],
    ['2024-05-06 morning', null],
    ['2024-02-30 08:00:00', null],
    ['2024-05-06T08:09:10 Beijing', null],
    ['08:09:10', null],
    ['', null],
  ];
  for (const [text, instant] of forms)
    it(`${JSON.stringify(text)} is ${instant === null ? 'none' : new Date(instant).toISOString()}`, () =>
      assert.equal(parseInstant(text), instant));

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('1000-01-01T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }), (date) =>
        assert.equal(parseInstant(formatInstant(date.getTime())), date.getTime()),
      ),
    );
  });

  it('is a whole number or nothing, whatever is written', () => {
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^\d{4}[-/年]\d{1,2}[-/月]\d{1,2}日?[T ]?\d{0,2}:?\d{0,2}:?\d{0,2}(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/),
    );
    fc.assert(
      fc.property(text, (written) => assert.ok(parseInstant(written) === null || Number.isSafeInteger(parseInstant(written)))),
      { numRuns: 1000 },
    );
  });
});

describe('a duration', () => {
  const forms: [text: string, ms: number | null][] = [
    ['PT24H', 86_400_000],
    ['PT1H', 3_600_000],
    ['P1D', 86_400_000],
    ['P1DT1H1M1S', 90_061_000],
    ['P10Y', 10 * 365 * 86_400_000],
    ['P1M', 30 * 86_400_000],
    ['P', null],
    ['PT', null],
    ['P1DT', null],
    ['1D', null],
    ['P1H', null],
    ['', null],
  ];
  for (const [text, ms] of forms) it(`${JSON.stringify(text)} is ${ms ?? 'none'}`, () => assert.equal(durationMs(text), ms));
});
