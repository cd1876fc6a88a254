// Tests of composing identifiers.
import assert from 'node:assert/strict';
import { HubError } from '../../../services/domain/errors.ts';
import {
  makeCitizenId,
  makeLicenceOid,
  makeOrganisationCode,
  makeProjectCode,
  makeRegistrationNumber,
  makeUscc,
} from '../../../services/domain/identifiers/make.ts';

describe('make', () => {
  it('composes the published examples', () => {
    assert.equal(makeCitizenId('110105', '19491231', '002'), '11010519491231002X');
    assert.equal(makeCitizenId('440524', '18800101', '001'), '440524188001010014');
    assert.equal(makeUscc('350100', 'M000100Y'), '91350100M000100Y43');
  });

  it('refuses parts of the wrong form', () => {
    for (const make of [
      () => makeUscc('35010', 'M000100Y'),
      () => makeUscc('350100', 'MS000100'),
      () => makeUscc('350100', 'M000100Y', '9'),
      () => makeOrganisationCode('m000100y'),
      () => makeCitizenId('110105', '19490230', '002'),
      () => makeRegistrationNumber('110105', '1'),
      () => makeProjectCode('2113', '110105', '04', '01', '00001'),
      () => makeLicenceOid({ type: 'short', issuer: '340100', serial: '1', version: '001' }),
    ]) {
      assert.throws(make, (error) => error instanceof HubError && error.code === 'USAGE');
    }
  });
});
