// One value of a record, by the type its contract states.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseField } from '../../services/adapters/parse-field.ts';
import { makeUscc } from '../../services/domain/identifiers/make.ts';
import type { DateForm, FieldType } from '../../services/domain/source-contract.ts';

const uscc = makeUscc('110108', 'XX000001');
const types: FieldType[] = [
  'text',
  'date',
  'datetime',
  'decimal',
  'integer',
  'boolean',
  'choice',
  'uscc',
  'property-unit',
  'property-certificate',
  'project-code',
  'planning-permit',
  'consumer-number',
  'address',
];

describe('a field', () => {
  const values: [type: FieldType, raw: unknown, value: unknown][] = [
    ['text', ' 模拟 ', '模拟'],
    ['text', 12.5, '12.5'],
    ['text', true, 'true'],
    ['date', '2024/1/2', '2024-01-02'],
    ['date', '2024年11月2日', '2024-11-02'],
    ['date', 20240102, '2024-01-02'],
    ['date', '2024-01-02 10:11:12', '2024-01-02'],
    ['date', '长期', null],
    ['date', '无固定期限', null],
    ['datetime', '2024-01-02 08:00:00', Date.UTC(2024, 0, 2)],
    ['datetime', '2024-01-02T00:00:00Z', Date.UTC(2024, 0, 2)],
    ['decimal', '0.00', '0.00'],
    ['decimal', '-12.34', '-12.34'],
    ['decimal', 8, '8'],
    ['integer', '007', 7],
    ['integer', 12, 12],
    ['integer', '3.0', 3],
    ['integer', '１２', 12],
    ['decimal', '１２．５', '12.5'],
    ['date', '２０２４－０１－０２', '2024-01-02'],
    ['datetime', '20240102080000', Date.UTC(2024, 0, 2)],
    ['boolean', '1', true],
    ['boolean', '否', false],
    ['boolean', false, false],
    ['uscc', ` ${uscc} `, uscc],
  ];
  for (const [type, raw, value] of values) {
    it(`of type ${type} reads ${JSON.stringify(raw)} as ${JSON.stringify(value)}`, () =>
      assert.deepEqual((parseField(type, raw) as { value: unknown }).value, value));
  }

  const problems: [type: FieldType, raw: unknown, problem: string][] = [
    ['date', '2024-02-30', 'not-a-date'],
    ['date', '昨天', 'not-a-date'],
    ['datetime', '2024-01-02 25:00:00', 'not-a-time'],
    ['decimal', '1,000', 'not-a-number'],
    ['decimal', '1e5', 'not-a-number'],
    ['integer', '-2', 'not-a-number'],
    ['integer', '1.5', 'not-a-number'],
    ['date', '01/02/2024', 'not-a-date'],
    ['date', 45_293, 'not-a-date'],
    ['boolean', 'yes', 'not-a-boolean'],
    ['text', {}, 'not-a-value'],
    ['text', ['模拟'], 'not-a-value'],
    ['text', Number.NaN, 'not-a-value'],
    ['text', '长'.repeat(32_769), 'too-long'],
    ['uscc', uscc.replace(/.$/, (check) => (check === '0' ? '1' : '0')), 'check-digit'],
  ];
  for (const [type, raw, problem] of problems) {
    it(`of type ${type} cannot be ${JSON.stringify(raw).slice(0, 40)}: ${problem}`, () =>
      assert.deepEqual(parseField(type, raw), { problem }));
  }

  const stated: [form: DateForm, type: 'date' | 'datetime', raw: unknown, value: unknown][] = [
    ['excel-serial', 'date', 45_293, '2024-01-02'],
    ['excel-serial', 'date', '45293.99', '2024-01-02'],
    ['excel-serial', 'datetime', 45_293.5, Date.UTC(2024, 0, 2, 4)],
    ['excel-serial', 'date', 61, '1900-03-01'],
    ['excel-serial', 'date', 2_958_465, '9999-12-31'],
    ['excel-serial', 'date', '长期', null],
    ['month/day/year', 'date', '1/2/2024', '2024-01-02'],
    ['day/month/year', 'date', '1/2/2024', '2024-02-01'],
    ['day/month/year', 'date', '31.12.2024', '2024-12-31'],
    ['day/month/year', 'datetime', '02-01-2024', Date.UTC(2024, 0, 1, 16)],
  ];
  for (const [form, type, raw, value] of stated) {
    it(`of type ${type}, stated as ${form}, reads ${JSON.stringify(raw)} as ${JSON.stringify(value)}`, () =>
      assert.deepEqual(parseField(type, raw, form), { value }));
  }

  const misstated: [form: DateForm, raw: unknown][] = [
    ['excel-serial', '2024-01-02'],
    ['excel-serial', 60],
    ['excel-serial', 2_958_466],
    ['month/day/year', '31/12/2024'],
    ['day/month/year', '2024-01-02'],
    ['day/month/year', '29/2/2023'],
  ];
  for (const [form, raw] of misstated) {
    it(`stated as ${form} is none where it says ${JSON.stringify(raw)}`, () => {
      assert.deepEqual(parseField('date', raw, form), { problem: 'not-a-date' });
      assert.deepEqual(parseField('datetime', raw, form), { problem: 'not-a-time' });
    });
  }

  it('of any type is nothing where registries write nothing', () => {
    for (const type of types)
      for (const raw of ['', ' ', '　', '/', '无', '無', 'N/A', 'null', '-1', -1, '1900-01-01', null, undefined])
        assert.deepEqual(parseField(type, raw), { value: null }, `${type} ${String(raw)}`);
  });

  it('of any type is a value or a problem, whatever comes', () => {
    const anything = fc.oneof(fc.anything({ withBigInt: false, withDate: true }), fc.string(), fc.string({ unit: 'binary' }));
    const property = fc.property(fc.constantFrom(...types), anything, (type, raw) => {
      const parsed = parseField(type, raw);
      if ('problem' in parsed) assert.match(parsed.problem, /^[a-z-]+$/);
      else assert.ok(parsed.value === null || ['string', 'number', 'boolean'].includes(typeof parsed.value));
    });
    fc.assert(property, { numRuns: 1000 });
  });
});
