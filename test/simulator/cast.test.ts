// Actors of simulated stories: good by their check digits, and nobody's.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkCitizenId } from '../../services/domain/identifiers/citizen-id.ts';
import { checkConsumerNumber } from '../../services/domain/identifiers/consumer-number.ts';
import { checkPlanningPermit } from '../../services/domain/identifiers/planning-permit.ts';
import { checkProjectCode } from '../../services/domain/identifiers/project-code.ts';
import { checkPropertyCertificate } from '../../services/domain/identifiers/property-certificate.ts';
import { checkPropertyUnit } from '../../services/domain/identifiers/property-unit.ts';
import { checkUscc } from '../../services/domain/identifiers/uscc.ts';
import { createCast } from '../../services/simulator/cast.ts';
import type { Verdict } from '../../services/domain/identifiers/verdict.ts';

const story = fc.integer({ min: 0, max: 1_999_999 });
const role = fc.integer({ min: 0, max: 7 });
const faultless = (verdict: Verdict): void => assert.deepEqual([verdict.valid, verdict.warnings.map(({ code }) => code)], [true, []]);

describe('simulated cast', () => {
  it('carries identifiers that pass every check without a remark', () => {
    fc.assert(
      fc.property(fc.integer(), story, role, (seed, number, role) => {
        const cast = createCast(seed, number, false);
        faultless(checkUscc(cast.company(role).uscc));
        faultless(checkCitizenId(cast.person(role).idNumber));
        faultless(checkConsumerNumber(cast.consumerNo(role)));
        faultless(checkProjectCode(cast.projectCode()));
        faultless(checkPlanningPermit(cast.permitNo('建', 100)));
        const premises = cast.premises(role, role % 2 === 0 ? '成套住宅' : '工业用地');
        faultless(checkPropertyUnit(premises.unitCode));
        faultless(checkPropertyCertificate(cast.certificateNo(premises, 30, 1)));
      }),
    );
  });

  it('happens where no official code exists when told to', () => {
    const verdict = checkPropertyUnit(createCast(1, 5, true).premises(0, '办公').unitCode);
    assert.deepEqual(
      verdict.warnings.map(({ code }) => code),
      ['region-unknown'],
    );
  });

  it('never gives two stories or roles the same number', () => {
    fc.assert(
      fc.property(fc.tuple(story, role), fc.tuple(story, role), ([a, roleA], [b, roleB]) => {
        fc.pre(a !== b || roleA !== roleB);
        const [one, other] = [createCast(1, a, false), createCast(1, b, false)];
        assert.notEqual(one.person(roleA).idNumber, other.person(roleB).idNumber);
        assert.notEqual(one.company(roleA).uscc, other.company(roleB).uscc);
        assert.notEqual(one.company(roleA).name, other.company(roleB).name);
        assert.notEqual(one.consumerNo(roleA), other.consumerNo(roleB));
        assert.notEqual(one.premises(roleA, '办公').unitCode, other.premises(roleB, '办公').unitCode);
        assert.notEqual(one.premises(roleA, '办公').address, other.premises(roleB, '办公').address);
      }),
    );
  });

  it('uses numbers that belong to no one', () => {
    const cast = createCast(3, 41, false);
    // 白杨市 was founded in 2023, and everybody here is older.
    assert.match(cast.person(0).idNumber, /^659012(19|200[0-2])/);
    assert.match(cast.person(0).phone, /^100/);
    assert.match(cast.company(0).uscc.slice(8), /^XX/);
    assert.match(cast.company(0).name, /模拟.*测试/);
  });

  it('lives from 2024 to the middle of 2026', () => {
    for (let number = 0; number < 3000; number++) {
      const cast = createCast(9, number, false);
      assert.ok(cast.on(0) >= '2024-01-01' && cast.on(300) <= '2026-06-30');
    }
  });
});
