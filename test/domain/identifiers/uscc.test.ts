// Tests of 统一社会信用代码.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { makeUscc } from '../../../services/domain/identifiers/make.ts';
import { checkUscc, usccHolds } from '../../../services/domain/identifiers/uscc.ts';
import { digits } from './arbitrary.ts';

const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const worked = '91350100M000100Y43';

const code = fc
  .tuple(
    digits(6),
    fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), minLength: 8, maxLength: 8 }),
    fc.constantFrom('91', '92', '93', '11', '51'),
  )
  .map(([region, organisation, category]) => makeUscc(region, organisation, category));

function reasons(text: string): string[] {
  return checkUscc(text).warnings.map((w) => w.code);
}

describe('uscc', () => {
  it('accepts the worked example of GB 32100', () => {
    assert.deepEqual(checkUscc(worked), { kind: 'uscc', valid: true, normalised: worked, warnings: [] });
  });

  it('refuses the worked example before its check character is corrected', () => {
    assert.equal(checkUscc('91350100M000100Y4Z').valid, false);
    assert.equal(reasons('91350100M000100Y4Z')[0], 'letter-not-allowed');
    assert.equal(reasons('91350100M000100Y44')[0], 'check-digit');
  });

  it('refuses lower-case letters and says when capitals would do', () => {
    const verdict = checkUscc(worked.toLowerCase());
    assert.equal(verdict.valid, false);
    assert.equal(verdict.normalised, null);
    assert.deepEqual(reasons(worked.toLowerCase()).slice(0, 2), ['lower-case', 'capitals-would-pass']);
  });

  it('normalises blanks, full-width characters and a byte order mark, and says so', () => {
    for (const text of [
      `\ufeff${worked}`,
      ` ${worked}\u3000`,
      '９１３５０１００Ｍ０００１００Ｙ４３',
      '9135 0100 M000 100Y 43',
      '91350100\u200bM000100Y43',
    ]) {
      const verdict = checkUscc(text);
      assert.equal(verdict.normalised, worked);
      assert.deepEqual(
        verdict.warnings.map((w) => w.code),
        ['characters-normalised'],
      );
    }
  });

  it('remarks on an unknown region, a damaged organisation code and an unknown category, and still accepts', () => {
    assert.ok(reasons(makeUscc('999999', 'MA000001')).includes('region-unknown'));
    assert.ok(reasons(makeUscc('350100', 'MA000001', '97')).includes('category-unknown'));
    const good = makeUscc('350100', 'MA000001');
    const damaged = Array.from(alphabet)
      .map((c) => good.slice(0, 16) + c + good.slice(17))
      .flatMap((c) => Array.from(alphabet).map((l) => c.slice(0, 17) + l));
    const accepted = damaged.filter((c) => c !== good && usccHolds(c));
    assert.ok(accepted.length > 0);
    for (const c of accepted) assert.ok(reasons(c).includes('organisation-code-check'));
  });

  it('judges the region as of the document, and only then', () => {
    const hangzhou = makeUscc('330103', 'MA000001');
    assert.deepEqual(reasons(hangzhou), []);
    assert.deepEqual(reasons(hangzhou).concat(checkUscc(hangzhou, '2019-05-01').warnings.map((w) => w.code)), []);
    assert.deepEqual(
      checkUscc(hangzhou, '2023-05-01').warnings.map((w) => w.code),
      ['region-abolished'],
    );
    assert.equal(checkUscc(hangzhou, '2023-05-01').valid, true);
  });

  it('accepts every composed code', () => {
    fc.assert(
      fc.property(code, (c) => checkUscc(c).valid && checkUscc(c).normalised === c && !reasons(c).includes('organisation-code-check')),
    );
  });

  // 31 is prime, no weight is 0 modulo 31 and values differ by less than 31: no single substitution can go unseen.
  it('refuses every substitution of one character', () => {
    const other = fc.constantFrom(...Array.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz'));
    fc.assert(
      fc.property(code, fc.nat(17), other, (c, at, put) => {
        fc.pre(c.charAt(at) !== put);
        return !checkUscc(c.slice(0, at) + put + c.slice(at + 1)).valid;
      }),
    );
  });

  // Neighbouring weights differ by a factor of 3, so their difference is not 0 modulo 31 either.
  it('refuses every swap of neighbours', () => {
    fc.assert(
      fc.property(code, fc.nat(16), (c, at) => {
        const [a, b] = [c.charAt(at), c.charAt(at + 1)];
        fc.pre(a !== b);
        return !checkUscc(c.slice(0, at) + b + a + c.slice(at + 2)).valid;
      }),
    );
  });

  it('composes the check character for sum 0 as 0, not as the 31st letter', () => {
    const zero = fc.sample(code, { numRuns: 400, seed: 7 }).find((c) => c.endsWith('0'));
    assert.ok(zero !== undefined && checkUscc(zero).valid);
  });
});
