// Tests of 户号.
import assert from 'node:assert/strict';
import { checkConsumerNumber } from '../../../services/domain/identifiers/consumer-number.ts';

describe('consumer number', () => {
  it('accepts 13 digits and keeps leading zeros', () => {
    assert.deepEqual(checkConsumerNumber('0000000000001'), {
      kind: 'consumer-number',
      valid: true,
      normalised: '0000000000001',
      warnings: [],
    });
  });

  it('accepts the 10 digits of before with a remark', () => {
    assert.equal(checkConsumerNumber('0000000001').valid, true);
    assert.deepEqual(
      checkConsumerNumber('0000000001').warnings.map((w) => w.code),
      ['legacy-form'],
    );
  });

  it('normalises full-width digits', () => {
    assert.equal(checkConsumerNumber('００００００００００００１').normalised, '0000000000001');
  });

  it('refuses any other length, letters, and a number that a spreadsheet has spoilt', () => {
    for (const text of ['', '123', '00000000000001', '000000000000A', '1.23E+12']) assert.equal(checkConsumerNumber(text).valid, false);
  });
});
