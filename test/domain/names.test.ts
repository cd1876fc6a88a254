// When two written names are the same name.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { normaliseName } from '../../services/domain/names.ts';

describe('a name', () => {
  for (const text of [
    '模拟（测试）有限公司',
    '模拟(测试)有限公司',
    '模拟〔测试〕有限公司',
    '模拟【测试】有限公司',
    '模拟[测试]有限公司',
    ' 模拟 (测试)\u3000有限公司 ',
    '模拟（测试）有限公司。',
    '模拟(测试)有限公司.',
  ]) {
    it(`is the same written ${JSON.stringify(text)}`, () => assert.equal(normaliseName(text), '模拟(测试)有限公司'));
  }

  it('keeps what tells names apart', () => {
    const different = ['模拟A有限公司', '模拟a有限公司', '模拟有限公司', '模拟股份有限公司', '模拟（北京）有限公司', '模拟·北京有限公司'];
    assert.equal(new Set(different.map(normaliseName)).size, different.length);
  });

  it('is normalised once and for all', () => {
    const written = fc
      .array(fc.constantFrom(...Array.from('模拟（测试）有限公司()〔〕【】[] 　Ａa1１.。·-－&＆《》')))
      .map((list) => list.join(''));
    fc.assert(
      fc.property(written, (text) => assert.equal(normaliseName(normaliseName(text)), normaliseName(text))),
      { numRuns: 500 },
    );
  });

  it('is read in full width as in half', () => {
    assert.equal(normaliseName('模拟ＡＢ１２公司'), '模拟AB12公司');
  });
});
