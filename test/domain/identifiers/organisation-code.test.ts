// Tests of 组织机构代码.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { makeOrganisationCode } from '../../../services/domain/identifiers/make.ts';
import { checkOrganisationCode } from '../../../services/domain/identifiers/organisation-code.ts';
import { digits } from './arbitrary.ts';

const characters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

describe('organisation code', () => {
  it('accepts composed codes, with and without the hyphen', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from(characters)), minLength: 8, maxLength: 8 }), (body) => {
        const code = makeOrganisationCode(body);
        assert.equal(checkOrganisationCode(code).normalised, code);
        assert.equal(checkOrganisationCode(code.replace('-', '')).normalised, code);
      }),
    );
  });

  // Modulo 11 with values to 35: letters 11 or 22 apart are not told apart, digits always are.
  it('refuses every substitution of one digit by another', () => {
    fc.assert(
      fc.property(digits(8), fc.nat(7), fc.constantFrom(...Array.from('0123456789')), (body, at, put) => {
        fc.pre(body.charAt(at) !== put);
        const code = makeOrganisationCode(body);
        return !checkOrganisationCode(code.slice(0, at) + put + code.slice(at + 1)).valid;
      }),
    );
  });

  it('refuses a failing check character when it stands on its own', () => {
    assert.deepEqual(
      checkOrganisationCode('MA000001-B').warnings.map((w) => w.code),
      ['check-digit'],
    );
  });

  it('refuses lower-case letters', () => {
    const code = makeOrganisationCode('MA000001').toLowerCase();
    assert.equal(checkOrganisationCode(code).valid, false);
    assert.equal(checkOrganisationCode(code).warnings[0]?.code, 'lower-case');
  });

  it('remarks on the range reserved for internal use', () => {
    assert.deepEqual(
      checkOrganisationCode(makeOrganisationCode('PDY00001')).warnings.map((w) => w.code),
      ['reserved-range'],
    );
    assert.deepEqual(checkOrganisationCode(makeOrganisationCode('PDY00000')).warnings, []);
  });
});
