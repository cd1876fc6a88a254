// Tests of 行政区划.
import assert from 'node:assert/strict';
import { checkDivision, divisionOn } from '../../../services/domain/identifiers/division.ts';
import { divisionRows } from '../../../services/domain/identifiers/divisions-table.ts';
import { sharedText } from './shared-files.ts';

function reasons(text: string, on?: string): string[] {
  return checkDivision(text, on).warnings.map((w) => w.code);
}

describe('division', () => {
  it('names a place with its path', () => {
    assert.deepEqual(divisionOn('330113'), {
      code: '330113',
      name: '临平区',
      path: ['浙江省', '杭州市', '临平区'],
      status: 'current',
      from: '2021',
      to: null,
    });
    assert.deepEqual(divisionOn('110105').path, ['北京市', '朝阳区']);
    assert.deepEqual(divisionOn('110000').path, ['北京市']);
  });

  it('answers as of a date', () => {
    assert.equal(divisionOn('330103', '2019-01-01').status, 'current');
    assert.equal(divisionOn('330103', '2021-02-01').status, 'current');
    assert.equal(divisionOn('330103', '2022-01-01').status, 'abolished');
    assert.equal(divisionOn('330103').status, 'abolished');
    assert.equal(divisionOn('330103').to, '2021');
    assert.equal(divisionOn('330113', '2019-01-01').status, 'not-yet');
    assert.equal(divisionOn('350427').to, '2021');
    assert.equal(divisionOn('450181').name, '横州市');
  });

  it('knows the districts of a city taken together', () => {
    assert.equal(divisionOn('330101').name, '市辖区');
    assert.deepEqual(divisionOn('330101').path, ['浙江省', '杭州市']);
  });

  it('gives the path it knows of an unknown code', () => {
    assert.deepEqual(divisionOn('441351'), {
      code: '441351',
      name: null,
      path: ['广东省', '惠州市'],
      status: 'unknown',
      from: null,
      to: null,
    });
    assert.deepEqual(divisionOn('').path, []);
  });

  it('remarks and never refuses six digits', () => {
    assert.equal(checkDivision('469040').valid, true);
    assert.deepEqual(reasons('469040'), ['region-unknown']);
    assert.deepEqual(reasons('330103'), ['region-no-longer-current']);
    assert.deepEqual(reasons('330103', '2020-06-01'), []);
    assert.deepEqual(reasons('330103', '2022-06-01'), ['region-abolished']);
    assert.deepEqual(reasons('3301'), ['form']);
  });

  it('has well-formed rows, each code once, in order, none abolished before it began', () => {
    const rows = divisionRows.split('\n');
    let previous = '';
    for (const row of rows) {
      assert.match(row, /^\d{6}\|\p{Script=Han}+(?:\|\d{4}|\|\d{4}\|\d{4}|\|\|(?:\d{4}|\?))?$/u);
      const [code = '', , from = '', to = ''] = row.split('|');
      assert.ok(code > previous, row);
      assert.ok(from === '' || to === '' || to === '?' || from <= to, row);
      previous = code;
    }
    assert.ok(rows.length > 5000);
  });

  it('holds every current code of the published list', function () {
    const areas = sharedText('data/divisions/areas.csv');
    if (areas === null) {
      console.log('      skipped: ../shared/data/divisions is absent');
      this.skip();
    }
    for (const line of areas.trim().split(/\r?\n/).slice(1)) {
      const [code = '', name = ''] = line.split(',');
      assert.equal(divisionOn(code).status, 'current', code);
      assert.equal(divisionOn(code).name, name.replaceAll('"', ''), code);
    }
  });
});
