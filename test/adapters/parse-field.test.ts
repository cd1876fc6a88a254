// One value of a record, by the type its contract states.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseField } from '../../services/adapters/parse-field.ts';
import { makeUscc } from '../../services/domain/identifiers/make.ts';
import type { FieldType } from '../../services/domain/source-contract.ts';

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
