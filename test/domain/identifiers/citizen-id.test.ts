// Tests of 公民身份号码, on the textbook samples of GB 11643 and composed numbers only.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkCitizenId, isCalendarDay, maskCitizenId } from '../../../services/domain/identifiers/citizen-id.ts';
import { makeCitizenId } from '../../../services/domain/identifiers/make.ts';
import { day, digits } from './arbitrary.ts';

function reasons(text: string): string[] {
  return checkCitizenId(text).warnings.map((w) => w.code);
}

describe('citizen id', () => {
  it('accepts the textbook samples, a birth in 1880 among them, without remark', () => {
    for (const sample of ['11010519491231002X', '440524188001010014']) {
      assert.deepEqual(checkCitizenId(sample), { kind: 'citizen-id', valid: true, normalised: sample, warnings: [] });
    }
  });

  it('accepts a lower-case x and writes it as a capital', () => {
    assert.equal(checkCitizenId('11010519491231002x').normalised, '11010519491231002X');
    assert.deepEqual(reasons('11010519491231002x'), ['lower-case']);
  });

  it('refuses days that the calendar does not have', () => {
    assert.deepEqual(reasons('110105194902300021'), ['birth-date']);
    assert.equal(isCalendarDay('19000229'), false);
    assert.equal(isCalendarDay('20000229'), true);
  });

  it('never refuses a year', () => {
    const old = makeCitizenId('110105', '17990101', '001');
    assert.equal(checkCitizenId(old).valid, true);
    assert.deepEqual(reasons(old), ['birth-year-unusual']);
  });

  it('remarks on a region abolished before birth, but not on one abolished since', () => {
    assert.deepEqual(reasons(makeCitizenId('330103', '19750304', '002')), []);
    assert.deepEqual(reasons(makeCitizenId('330103', '20230304', '002')), ['region-abolished']);
    assert.deepEqual(reasons(makeCitizenId('999999', '19750304', '002')), ['region-unknown']);
  });

  it('accepts a first-generation number and says so', () => {
    assert.equal(checkCitizenId('110105491231002').valid, true);
    assert.deepEqual(reasons('110105491231002'), ['first-generation']);
    assert.equal(checkCitizenId('110105499931002').valid, false);
  });

  it('accepts composed numbers and refuses every substitution of one character (ISO 7064 MOD 11-2)', () => {
    fc.assert(
      fc.property(
        digits(6),
        day,
        digits(3),
        fc.nat(17),
        fc.constantFrom(...Array.from('0123456789X')),
        (region, birth, sequence, at, put) => {
          const number = makeCitizenId(region, birth, sequence);
          assert.equal(checkCitizenId(number).valid, true);
          fc.pre(number.charAt(at) !== put);
          assert.equal(checkCitizenId(number.slice(0, at) + put + number.slice(at + 1)).valid, false);
        },
      ),
    );
  });

  it('never repeats the number in a remark', () => {
    fc.assert(
      fc.property(digits(18), (number) => {
        const said = JSON.stringify(checkCitizenId(number).warnings);
        assert.equal(said.includes(number) || said.includes(number.slice(6, 14)), false);
      }),
    );
  });

  it('masks the birth date and hides anything else whole', () => {
    assert.equal(maskCitizenId('11010519491231002X'), '110105********002X');
    assert.equal(maskCitizenId('11010519491231002x'), '110105********002X');
    assert.equal(maskCitizenId('110105491231002'), '110105******002');
    assert.equal(maskCitizenId('张三'), '**');
    assert.equal(maskCitizenId(''), '');
  });
});
