// Tests of 证照标识.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkLicenceOid, licenceOidParts } from '../../../services/domain/identifiers/licence-oid.ts';
import { makeLicenceOid, makeUscc } from '../../../services/domain/identifiers/make.ts';
import { digits } from './arbitrary.ts';

const type = `${makeUscc('100000', 'MB000001', '11')}001`;

describe('licence oid', () => {
  it('accepts composed identifiers and refuses every substitution in the serial (ISO 7064 MOD 37,36)', () => {
    fc.assert(
      fc.property(digits(9), fc.nat(8), fc.constantFrom(...Array.from('0123456789ABXZ')), (serial, at, put) => {
        const oid = makeLicenceOid({ type, issuer: '340100', serial, version: '001' });
        assert.deepEqual(checkLicenceOid(oid), { kind: 'licence-oid', valid: true, normalised: oid, warnings: [] });
        fc.pre(serial.charAt(at) !== put);
        const changed = serial.slice(0, at) + put + serial.slice(at + 1);
        assert.equal(checkLicenceOid(oid.replace(`.${serial}.`, `.${changed}.`)).valid, false);
      }),
    );
  });

  it('takes one apart', () => {
    const oid = makeLicenceOid({ type, issuer: '340100', serial: '000000001', version: '002' });
    assert.deepEqual(licenceOidParts(oid), { type, issuer: '340100', serial: '000000001', version: '002' });
  });

  it('remarks on a type whose code is not good, and refuses lower case', () => {
    const oid = makeLicenceOid({ type: '111111111111111111001', issuer: '340100', serial: '1', version: '001' });
    assert.deepEqual(
      checkLicenceOid(oid).warnings.map((w) => w.code),
      ['type-code'],
    );
    const lower = makeLicenceOid({ type, issuer: '340100', serial: 'A1', version: '001' }).toLowerCase();
    assert.equal(checkLicenceOid(lower).warnings[0]?.code, 'lower-case');
  });
});
