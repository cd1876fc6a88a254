// One organisation under its codes of different times.
import assert from 'node:assert/strict';
import { exampleFact } from '../../services/domain/packages/example-facts.ts';
import { oldCodeId, parentOf, sameOrganisation, successorOf } from '../../services/domain/organisations.ts';
import type { BusinessLicence } from '../../services/domain/facts.ts';

describe('an organisation', () => {
  const code = '91350100M000100Y43';

  it('is the same under its old code and the unified one', () => {
    assert.equal(oldCodeId(code), 'org:M000100Y4');
    assert.ok(sameOrganisation('org:M000100Y4', code));
    assert.ok(sameOrganisation(code, 'org:M000100Y4'));
    assert.ok(sameOrganisation('org:M000100Y4', 'org:M000100Y4'));
  });

  it('is another under another code, or where only a name is known', () => {
    assert.ok(!sameOrganisation('org:M000100Y5', code));
    assert.ok(!sameOrganisation('org:M000100Y4', 'name:M000100Y4'));
    assert.ok(!sameOrganisation('name:甲', code));
  });

  const stated = (fact: object): BusinessLicence =>
    exampleFact('licence', fact, { kind: 'organisation', id: code, names: ['示例'] }) as BusinessLicence;

  it('has the parent that its licence names, and none where that is itself or nothing', () => {
    const other = '91110108551385082Q';
    assert.equal(parentOf(stated({ parentUscc: other })), other);
    for (const parentUscc of [code, null, undefined, '']) assert.equal(parentOf(stated({ parentUscc })), null);
    assert.equal(parentOf(stated({})), null);
  });

  it('has a successor once it is struck off, and not before', () => {
    const successorUscc = '91110108551385082Q';
    for (const status of ['deregistered', 'revoked-deregistered'])
      assert.equal(successorOf(stated({ status, successorUscc })), successorUscc);
    for (const status of ['active', 'revoked', 'rescinded', 'suspended', 'moved-out', 'other'])
      assert.equal(successorOf(stated({ status, successorUscc })), null);
    assert.equal(successorOf(stated({ status: 'deregistered', successorUscc: code })), null);
    assert.equal(successorOf(stated({ status: 'deregistered' })), null);
  });
});
