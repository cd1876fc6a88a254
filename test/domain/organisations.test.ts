// One organisation under its codes of different times.
import assert from 'node:assert/strict';
import { oldCodeId, sameOrganisation } from '../../services/domain/organisations.ts';

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
});
