// Tests of 建设工程规划许可证号.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkPlanningPermit } from '../../../services/domain/identifiers/planning-permit.ts';

function reasons(text: string): string[] {
  return checkPlanningPermit(text).warnings.map((w) => w.code);
}

describe('planning permit', () => {
  it('writes the known forms in one way', () => {
    for (const text of ['建字第330402201600001号', '建字第330402201600001', '330402201600001', '建字第 330402201600001 号']) {
      assert.deepEqual(checkPlanningPermit(text), {
        kind: 'planning-permit',
        valid: true,
        normalised: '建字第330402201600001号',
        warnings: [],
      });
    }
    assert.deepEqual(reasons('建字第3205832026GG0000001号'), []);
  });

  it('keeps local forms, with ASCII brackets', () => {
    assert.equal(checkPlanningPermit('建字第某【2019】003号').normalised, '建字第某(2019)003号');
    for (const text of ['建字第2016-001号', '2015某某建证0007', '（2006）某规证0450019']) assert.deepEqual(reasons(text), ['legacy-form']);
  });

  it('says when it is another planning certificate', () => {
    assert.deepEqual(reasons('地字第330402201600001号'), ['other-planning-certificate']);
    assert.deepEqual(reasons('地字第2014-012号'), ['legacy-form', 'other-planning-certificate']);
  });

  it('refuses the traditional 號 and text without a digit', () => {
    assert.deepEqual(reasons('113建字第0008號'), ['traditional-character']);
    assert.deepEqual(reasons('建字第号'), ['form']);
  });

  it('judges the region as of the year in the number', () => {
    assert.deepEqual(reasons('建字第330103202100001号'), []);
    assert.deepEqual(reasons('建字第330103202200001号'), ['region-abolished']);
  });

  it('accepts any wording with a digit', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('建字第号规证某()-')), maxLength: 20 }),
        fc.nat(9),
        (words, digit) => checkPlanningPermit(`${words}${String(digit)}`).valid,
      ),
    );
  });
});
