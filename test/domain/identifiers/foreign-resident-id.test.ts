// 外国人永久居留身份证号: told from organisation codes, whose place they share.
import assert from 'node:assert/strict';
import { mod112 } from '../../../services/domain/identifiers/iso-7064.ts';
import { checkForeignResidentId } from '../../../services/domain/identifiers/foreign-resident-id.ts';
import { identify } from '../../../services/domain/identifiers/identify.ts';
import { usccHolds } from '../../../services/domain/identifiers/uscc.ts';

const numbered = (digits: string): string => digits + mod112(digits);

describe('the number of a foreigner’s permanent residence', () => {
  it('is a person’s, and good', () => {
    for (const digits of ['93111119900101001', '91184019751231123', '95015619600229004']) {
      const number = numbered(digits);
      const { kind, valid, normalised } = identify(number);
      assert.deepEqual([kind, valid, normalised], ['foreign-resident-id', true, number]);
    }
  });

  it('is said to be ambiguous where it is a good organisation code too', () => {
    const both = Array.from({ length: 60_000 }, (_, i) =>
      numbered(`9111${String(10 + (i % 90))}198${i % 10}0${1 + (i % 9)}0${1 + (i % 8)}${String(i % 1000).padStart(3, '0')}`),
    ).find(usccHolds);
    assert.ok(both !== undefined, 'none of the generated numbers is both');
    const { kind, warnings } = identify(both);
    assert.deepEqual([kind, warnings.map(({ code }) => code)], ['foreign-resident-id', ['ambiguous']]);
  });

  it('has its own reasons', () => {
    const wrong = numbered('93111119900101001').replace(/.$/, (check) => (check === '0' ? '1' : '0'));
    assert.deepEqual(
      checkForeignResidentId(wrong).warnings.map(({ code }) => code),
      ['check-digit'],
    );
    assert.deepEqual(
      checkForeignResidentId(numbered('93111119901301001')).warnings.map(({ code }) => code),
      ['birth-date'],
    );
    assert.deepEqual(
      checkForeignResidentId('11010519491231002X').warnings.map(({ code }) => code),
      ['form'],
    );
  });
});
