// CSV as it comes out: fields, positions, bad rows, and tables that come back as they were written.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fieldsOf, positionsOf, readCsv } from './written-file.ts';

describe('csvParser', () => {
  it('gives string values by column name with the line of each record', async () => {
    const records = await readCsv('id,name\n1,"a\nb"\n\n2,"say ""x"""\n');
    assert.deepEqual(fieldsOf(records), [
      { id: '1', name: 'a\nb' },
      { id: '2', name: 'say "x"' },
    ]);
    assert.deepEqual(positionsOf(records), [2, 5]);
  });

  it('reads LF, CR LF, CR and a mix of the first two, with and without a byte order mark', async () => {
    const expected = [
      { id: '1', name: 'a' },
      { id: '2', name: 'b,\nc' },
    ];
    for (const text of [
      'id,name\n1,a\n2,"b,\nc"\n',
      'id,name\r\n1,a\r\n2,"b,\nc"\r\n',
      'id,name\r1,a\r2,"b,\nc"\r',
      'id,name\r\n1,a\n2,"b,\nc"\r\n',
    ]) {
      assert.deepEqual(fieldsOf(await readCsv(text)), expected);
      assert.deepEqual(fieldsOf(await readCsv(`\ufeff${text}`)), expected);
    }
  });

  it('reads other delimiters', async () => {
    for (const delimiter of ['\t', ';', '|']) {
      const text = `id${delimiter}name\n1${delimiter}"a${delimiter}b"\n`;
      assert.deepEqual(fieldsOf(await readCsv(text, { delimiter })), [{ id: '1', name: `a${delimiter}b` }]);
    }
  });

  it('takes a quote inside an unquoted field as it is', async () => {
    assert.deepEqual(fieldsOf(await readCsv('id,name\n1,19" rack\n2,a"b"\n')), [
      { id: '1', name: '19" rack' },
      { id: '2', name: 'a"b"' },
    ]);
  });

  it('keeps rows of another width as bad, and the next one flows', async () => {
    const records = await readCsv('id,name\n1\n2,b\n3,c,d\n4,d\n');
    assert.deepEqual(fieldsOf(records), ['column-count', { id: '2', name: 'b' }, 'column-count', { id: '4', name: 'd' }]);
    assert.deepEqual(records[2], { ok: false, bad: { position: 4, problem: 'column-count', text: '3,c,d' } });
  });

  it('ends a row with a stray quote at its line, and the next one flows', async () => {
    const records = await readCsv('id,name\n1,"a" b\n2,"c\n3,"d"\n4,"e"\n');
    assert.deepEqual(fieldsOf(records), ['quote-syntax', 'quote-syntax', { id: '3', name: 'd' }, { id: '4', name: 'e' }]);
    assert.deepEqual(positionsOf(records), [2, 3, 4, 5]);
  });

  it('keeps at most 64 KiB of a bad row, in whole characters', async () => {
    const [record] = await readCsv(`id,name\n${'中'.repeat(30_000)}\n`);
    assert.ok(record && !record.ok);
    assert.equal(record.bad.text, '中'.repeat(21_845));
  });

  it('keeps a column named like a built-in property', async () => {
    const [record] = await readCsv('__proto__,constructor\n1,2\n');
    assert.ok(record?.ok);
    assert.deepEqual(Object.entries(record.record.fields), [
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  it('gives back any table written as RFC 4180, in batches of any size', async () => {
    const value = fc
      .string({
        unit: fc.oneof(
          fc.constantFrom('"', ',', '\n', '\r', '中', '\u{20000}', '\ufeff', ' '),
          fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        ),
        maxLength: 8,
      })
      .map((text) => text.replaceAll('\0', ''));
    const table = fc.integer({ min: 1, max: 5 }).chain((width) =>
      fc.record({
        header: fc.uniqueArray(
          value.filter((name) => !name.startsWith('\ufeff')),
          { minLength: width, maxLength: width },
        ),
        rows: fc.array(fc.array(value, { minLength: width, maxLength: width }), { maxLength: 12 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 20 }),
        async ({ header, rows }, lineEnd, marked, closed, size) => {
          const quoteAlways = rows.length % 2 === 0;
          const write = (row: string[]): string =>
            row
              .map((text) => (quoteAlways || row.length === 1 || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
              .join(',');
          const text = `${marked ? '\ufeff' : ''}${[header, ...rows].map(write).join(lineEnd)}${closed ? lineEnd : ''}`;
          const read = (await readCsv(text, {}, size)).map((record) =>
            record.ok ? header.map((name) => record.record.fields[name]) : record,
          );
          assert.deepEqual(read, rows);
        },
      ),
      { numRuns: 300 },
    );
  });
});
