// Tests of the 15-digit 工商注册号.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { makeRegistrationNumber } from '../../../services/domain/identifiers/make.ts';
import { checkRegistrationNumber } from '../../../services/domain/identifiers/registration-number.ts';
import { digits } from './arbitrary.ts';

describe('registration number', () => {
  it('accepts composed numbers', () => {
    fc.assert(
      fc.property(digits(6), digits(8), (region, sequence) => checkRegistrationNumber(makeRegistrationNumber(region, sequence)).valid),
    );
  });

  it('refuses every substitution of one digit (ISO 7064 MOD 11,10)', () => {
    fc.assert(
      fc.property(digits(6), digits(8), fc.nat(14), fc.constantFrom(...Array.from('0123456789')), (region, sequence, at, put) => {
        const number = makeRegistrationNumber(region, sequence);
        fc.pre(number.charAt(at) !== put);
        return !checkRegistrationNumber(number.slice(0, at) + put + number.slice(at + 1)).valid;
      }),
    );
  });

  it('refuses another length and letters', () => {
    assert.equal(checkRegistrationNumber('11010800000001').warnings[0]?.code, 'form');
    assert.equal(checkRegistrationNumber('11010800000001X').warnings[0]?.code, 'form');
  });
});
