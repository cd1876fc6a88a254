// Tests of 不动产单元代码.
import assert from 'node:assert/strict';
import { checkPropertyUnit, propertyUnitParts } from '../../../services/domain/identifiers/property-unit.ts';

const sample = '152201009009GB00054F03031101';

function reasons(text: string): string[] {
  return checkPropertyUnit(text).warnings.map((w) => w.code);
}

describe('property unit', () => {
  it('accepts the code and the printed form with half- or full-width blanks', () => {
    for (const text of [sample, '152201 009009 GB00054 F03031101', '152201　009009　GB00054　F03031101']) {
      assert.deepEqual(checkPropertyUnit(text), { kind: 'property-unit', valid: true, normalised: sample, warnings: [] });
    }
  });

  it('takes it apart', () => {
    assert.deepEqual(propertyUnitParts(sample), {
      region: '152201',
      cadastralArea: '009',
      cadastralSubarea: '009',
      parcelFeature: 'GB',
      parcel: '152201009009GB00054',
      fixtureFeature: 'F',
      fixture: '03031101',
    });
  });

  it('accepts lower-case and full-width letters with a remark', () => {
    assert.deepEqual(reasons(sample.toLowerCase()), ['lower-case']);
    assert.deepEqual(reasons(sample.replace('GB', 'ＧＢ')), ['characters-normalised']);
    assert.equal(checkPropertyUnit(sample.toLowerCase()).normalised, sample);
  });

  it('remarks on feature letters outside the list and never refuses them', () => {
    assert.deepEqual(reasons('152201009009GK00054F03031101'), ['feature-letter-unlisted']);
    assert.deepEqual(reasons('152201009009GC00054F03031101'), ['feature-letter-unlisted']);
    assert.deepEqual(reasons('152201009009JC00054F03031101'), []);
  });

  it('remarks on a fixture number that contradicts W', () => {
    assert.deepEqual(reasons('152201009009GB00054W00000000'), []);
    assert.deepEqual(reasons('152201009009GB00054W00000001'), ['fixture-number']);
    assert.deepEqual(reasons('152201009009GB00054F00000000'), ['fixture-number']);
  });

  it('remarks on an unknown region', () => {
    assert.deepEqual(reasons('999999009009GB00054F03031101'), ['region-unknown']);
  });

  it('refuses a parcel code alone, another length and other letters', () => {
    for (const text of [sample.slice(0, 19), `${sample}0`, sample.replace('G', 'H'), sample.replace('F', 'A')]) {
      assert.deepEqual(reasons(text), ['form']);
    }
  });
});
