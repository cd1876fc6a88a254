// Tests of 投资项目代码.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { makeProjectCode } from '../../../services/domain/identifiers/make.ts';
import { checkProjectCode } from '../../../services/domain/identifiers/project-code.ts';
import { digits } from './arbitrary.ts';

const month = fc
  .tuple(fc.integer({ min: 21, max: 99 }), fc.integer({ min: 1, max: 12 }))
  .map(([y, m]) => `${String(y)}${String(m).padStart(2, '0')}`);
const code = fc.tuple(month, digits(6), digits(2), digits(2), digits(5)).map((parts) => makeProjectCode(...parts));

function reasons(text: string): string[] {
  return checkProjectCode(text).warnings.map((w) => w.code);
}

describe('project code', () => {
  it('accepts composed codes and refuses every substitution of one digit after the date', () => {
    fc.assert(
      fc.property(code, fc.integer({ min: 5, max: 23 }), fc.constantFrom(...Array.from('0123456789')), (c, at, put) => {
        assert.equal(checkProjectCode(c).normalised, c);
        fc.pre(c.charAt(at) !== '-' && c.charAt(at) !== put);
        assert.equal(checkProjectCode(c.slice(0, at) + put + c.slice(at + 1)).valid, false);
      }),
    );
  });

  it('accepts a legacy code, which carries no check digit, whatever its last digit', () => {
    for (let last = 0; last < 10; last++) assert.deepEqual(reasons(`2020-110105-44-03-00000${String(last)}`), ['legacy-form']);
  });

  it('reads 2011 and 2012 as months and refuses a month 13', () => {
    assert.deepEqual(reasons(makeProjectCode('2012', '110105', '04', '01', '00000')), []);
    assert.deepEqual(reasons('2113-110105-04-01-000001'), ['form']);
  });

  it('puts missing hyphens in and half-widens, with a remark', () => {
    const c = makeProjectCode('2106', '110105', '04', '01', '00001');
    for (const text of [c.replaceAll('-', ''), c.replaceAll('-', '－'), c.replaceAll('-', '—'), `${c} `]) {
      assert.equal(checkProjectCode(text).normalised, c);
      assert.deepEqual(reasons(text), ['characters-normalised']);
    }
  });

  it('judges the region as of the date in the code', () => {
    assert.deepEqual(reasons(makeProjectCode('2106', '330103', '04', '01', '00001')), []);
    assert.deepEqual(reasons(makeProjectCode('2206', '330103', '04', '01', '00001')), ['region-abolished']);
    assert.deepEqual(reasons(makeProjectCode('2206', '999999', '04', '01', '00001')), ['region-unknown']);
  });
});
