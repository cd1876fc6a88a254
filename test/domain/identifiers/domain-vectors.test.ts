// Every identifier vector of the shared domain-vectors.json, through its own check and through identify.
import assert from 'node:assert/strict';
import { checkCitizenId } from '../../../services/domain/identifiers/citizen-id.ts';
import { identify } from '../../../services/domain/identifiers/identify.ts';
import { checkLicenceOid } from '../../../services/domain/identifiers/licence-oid.ts';
import { checkOrganisationCode } from '../../../services/domain/identifiers/organisation-code.ts';
import { isPlaceholder } from '../../../services/domain/identifiers/placeholder.ts';
import { checkPlanningPermit } from '../../../services/domain/identifiers/planning-permit.ts';
import { checkProjectCode } from '../../../services/domain/identifiers/project-code.ts';
import { checkPropertyCertificate } from '../../../services/domain/identifiers/property-certificate.ts';
import { checkPropertyUnit } from '../../../services/domain/identifiers/property-unit.ts';
import { checkRegistrationNumber } from '../../../services/domain/identifiers/registration-number.ts';
import { checkUscc } from '../../../services/domain/identifiers/uscc.ts';
import type { Verdict } from '../../../services/domain/identifiers/verdict.ts';
import { sharedText } from './shared-files.ts';

type Judged = Record<'ok' | 'bad', string[]>;
interface Vectors {
  uscc: Judged;
  registrationNumber15: Judged;
  organisationCode: Judged;
  licenceOid: Judged;
  projectCode: { okWithCheckDigit: string[]; legacyWithoutCheckDigit: string[] };
  citizenIdTextbookSamples: string[];
  propertyUnit: { ok: string[] };
  certificateNumbers: string[];
  planningPermits: string[];
  dirtyValuesSeenInRealRecords: string[];
}

function expectAll(texts: string[], check: (text: string) => Verdict, valid: boolean): void {
  assert.ok(texts.length > 0);
  for (const text of texts) {
    const own = check(text);
    const found = identify(text);
    assert.equal(own.valid, valid, text);
    assert.deepEqual([found.kind, found.valid, found.normalised], [own.kind, own.valid, own.normalised], text);
  }
}

describe('domain vectors', () => {
  const text = sharedText('domain-vectors.json');
  const vectors = text === null ? null : (JSON.parse(text) as Vectors);

  function stated(name: string, run: (vectors: Vectors) => void): void {
    it(name, function () {
      if (vectors === null) {
        console.log('      skipped: ../shared/domain-vectors.json is absent');
        this.skip();
      }
      run(vectors);
    });
  }

  stated('come out as stated for 统一社会信用代码', (v) => {
    expectAll(v.uscc.ok, checkUscc, true);
    expectAll(v.uscc.bad, checkUscc, false);
  });
  stated('come out as stated for 15-digit registration numbers', (v) => {
    expectAll(v.registrationNumber15.ok, checkRegistrationNumber, true);
    expectAll(v.registrationNumber15.bad, checkRegistrationNumber, false);
  });
  stated('come out as stated for 组织机构代码', (v) => {
    expectAll(v.organisationCode.ok, checkOrganisationCode, true);
    expectAll(v.organisationCode.bad, checkOrganisationCode, false);
  });
  stated('come out as stated for 证照标识', (v) => {
    expectAll(v.licenceOid.ok, checkLicenceOid, true);
    expectAll(v.licenceOid.bad, checkLicenceOid, false);
  });
  stated('come out as stated for 项目代码', (v) => {
    expectAll(v.projectCode.okWithCheckDigit, checkProjectCode, true);
    expectAll(v.projectCode.legacyWithoutCheckDigit, checkProjectCode, true);
    for (const code of v.projectCode.okWithCheckDigit) assert.deepEqual(checkProjectCode(code).warnings, []);
  });
  stated('come out as stated for 公民身份号码', (v) => {
    expectAll(v.citizenIdTextbookSamples, checkCitizenId, true);
  });
  stated('come out as stated for 不动产单元代码', (v) => {
    expectAll(v.propertyUnit.ok, checkPropertyUnit, true);
  });
  stated('come out as stated for 不动产权证号', (v) => {
    expectAll(v.certificateNumbers, checkPropertyCertificate, true);
  });
  stated('come out as stated for 建设工程规划许可证号', (v) => {
    expectAll(v.planningPermits, checkPlanningPermit, true);
  });
  stated('are placeholders where they are dirty values', (v) => {
    for (const value of v.dirtyValuesSeenInRealRecords) {
      assert.equal(isPlaceholder(value), true, value);
      assert.deepEqual([identify(value).kind, identify(value).valid], ['unknown', false], value);
    }
  });
});
