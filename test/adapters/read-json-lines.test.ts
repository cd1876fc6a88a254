// JSON Lines as they come out: objects, positions and bad lines.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fieldsOf, positionsOf, readJsonLines } from './written-file.ts';

describe('parseJsonLines', () => {
  it('gives each object with its line, passing over blank lines', async () => {
    const records = await readJsonLines('\ufeff{"a":1}\r\n\n  \t\n{"a":{"b":["中"]}}');
    assert.deepEqual(fieldsOf(records), [{ a: 1 }, { a: { b: ['中'] } }]);
    assert.deepEqual(positionsOf(records), [1, 4]);
  });

  it('keeps lines that are no object as bad, and the next one flows', async () => {
    const records = await readJsonLines('{"a":1}\n{"a":\n[1]\nnull\n"x"\n{"a":2}\n');
    assert.deepEqual(fieldsOf(records), [{ a: 1 }, 'json-syntax', 'not-an-object', 'not-an-object', 'not-an-object', { a: 2 }]);
    assert.deepEqual(records[1], { ok: false, bad: { position: 2, problem: 'json-syntax', text: '{"a":' } });
  });

  it('keeps a line whose number would be altered as bad', async () => {
    const records = await readJsonLines(
      '{"a":12345678901234567890}\n{"a":"12345678901234567890"}\n{"a":9007199254740991}\n{"a":0.12345678901234567890}\n{"a":1e999}\n{"a":1.5e3}\n',
    );
    assert.deepEqual(
      fieldsOf(records).map((fields) => fields === 'unsafe-number'),
      [true, false, false, false, true, false],
    );
  });

  it('reads lines nested as deep as the limit allows', async () => {
    const deep = (inner: string): string => `{"a":${'['.repeat(200_000)}${inner}${']'.repeat(200_000)}}`;
    const records = await readJsonLines(`${deep('1')}\n${deep('1e999')}\n`);
    assert.deepEqual(
      records.map((record) => record.ok || record.bad.problem),
      [true, 'unsafe-number'],
    );
  });

  it('gives back any objects', async () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null), fc.array(fc.maxSafeInteger()));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), value, { noNullPrototype: true }), { minLength: 1, maxLength: 10 }),
        async (objects) => {
          assert.deepEqual(fieldsOf(await readJsonLines(objects.map((object) => JSON.stringify(object)).join('\n'))), objects);
        },
      ),
      { numRuns: 100 },
    );
  });
});
