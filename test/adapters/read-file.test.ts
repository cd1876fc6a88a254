// Reading files in batches: any bytes, any chunk boundary, any batch size, and nothing left open.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readdirSync, readlinkSync } from 'node:fs';
import fc from 'fast-check';
import { openFile } from '../../services/adapters/read-file.ts';
import { HubError } from '../../services/domain/errors.ts';
import { fieldsOf, positionsOf, readAll, readCsv, readJsonLines, refused, withFile } from './written-file.ts';

const data = new URL('../../../shared/data/', import.meta.url);
const descriptors = '/proc/self/fd';

/** How many descriptors of this process are open on the file. */
function openOn(path: string): number {
  return readdirSync(descriptors).filter((fd) => existsSync(`${descriptors}/${fd}`) && readlinkSync(`${descriptors}/${fd}`) === path)
    .length;
}

describe('openFile', () => {
  it('gives batches of the size asked for, and how far it has come', async () => {
    await withFile(`id\n${'1\n'.repeat(25)}`, async (path) => {
      const file = await openFile(path, { format: 'csv', columns: ['id'] });
      const batches = [];
      for await (const batch of file.batches(10)) batches.push(batch);
      assert.deepEqual(
        batches.map((batch) => batch.records.length),
        [10, 10, 5],
      );
      assert.equal(file.bytes, 53);
      assert.equal(batches.at(-1)?.bytesRead, 53);
    });
  });

  it('can be read twice', async () => {
    await withFile('id\n1\n', async (path) => {
      const file = await openFile(path, { format: 'csv', columns: [] });
      for (let time = 0; time < 2; time++) {
        for await (const batch of file.batches(10)) assert.deepEqual(fieldsOf(batch.records), [{ id: '1' }]);
      }
    });
  });

  it('closes the file after the check, an early return and a throw', async function () {
    if (!existsSync(descriptors)) return this.skip();
    await withFile(`id\n${'1\n'.repeat(500_000)}`, async (path) => {
      const file = await openFile(path, { format: 'csv', columns: [] });
      assert.equal(openOn(path), 0);
      for await (const batch of file.batches(10)) {
        assert.equal(openOn(path), 1);
        assert.ok(batch.bytesRead < file.bytes, 'no more is read than is asked for');
        break;
      }
      assert.equal(openOn(path), 0);
      await assert.rejects(async () => {
        for await (const batch of file.batches(10)) throw new RangeError(String(batch.bytesRead));
      }, RangeError);
      await assert.rejects(openFile(path, { format: 'csv', columns: ['none'] }), HubError);
      assert.equal(openOn(path), 0);
    });
  });

  it('refuses a file that changed after the check', async () => {
    await withFile('id\n1\n', async (path) => {
      const file = await openFile(path, { format: 'csv', columns: [] });
      appendFileSync(path, '2\n');
      await assert.rejects(
        async () => {
          for await (const batch of file.batches(10)) assert.fail(String(batch.bytesRead));
        },
        refused('FILE_UNREADABLE', /has changed since it was checked/),
      );
    });
  });

  it('reads across chunk boundaries wherever they fall', async () => {
    const record = '1,"中\u{20000}""文""",\r\n';
    const expected = { a: '1', b: '中\u{20000}"文"', c: '' };
    for (let shift = 0; shift <= Buffer.byteLength(record); shift++) {
      const padding = `"${'x'.repeat(256 * 1024 - 20 - shift)}",,\r\n`;
      const records = await readCsv(`a,b,c\r\n${padding}${record}${record}`);
      assert.deepEqual(fieldsOf(records.slice(1)), [expected, expected]);
      assert.deepEqual(positionsOf(records), [2, 3, 4]);
    }
  });

  it('reads GB18030 across chunk boundaries', async () => {
    const character = Buffer.from('d6d0', 'hex');
    for (const shift of [0, 1]) {
      const content = Buffer.concat([Buffer.from(`a\n${'x'.repeat(shift)}`), Buffer.alloc(600_000, character), Buffer.from('\n')]);
      assert.deepEqual(fieldsOf(await readCsv(content, { encoding: 'gb18030' })), [{ a: 'x'.repeat(shift) + '中'.repeat(300_000) }]);
    }
  });

  it('reads many chunks of records in order', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `${i},"号\n${i}"`);
    const records = await readCsv(`id,name\n${lines.join('\n')}\n`, {}, 777);
    assert.deepEqual(
      fieldsOf(records),
      lines.map((_, i) => ({ id: String(i), name: `号\n${i}` })),
    );
    assert.equal(positionsOf(records).at(-1), 2 * 60_000);
  });

  it('never fails with anything but a documented error, and gives the same in batches of one', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(fc.constantFrom('"', '"', ',', '\n', '\r', '\r\n', 'a', '中', '{}', '{"a":1}', '[', '\xff', '\0', '\ufeff'), {
          maxLength: 40,
        })
        .map((parts) => Buffer.from(parts.join(''))),
      fc
        .array(fc.constantFrom('"', ',', ',', '\n', 'a', '""', '"a"'), { maxLength: 60 })
        .map((parts) => Buffer.from(`a,b\n${parts.join('')}\n`)),
    );
    const format = fc.record({
      format: fc.constantFrom('csv', 'jsonl'),
      encoding: fc.constantFrom('utf-8', 'gb18030', 'big5'),
      maxRecordBytes: fc.constantFrom(10, 1000),
      columns: fc.constant([]),
    });
    await fc.assert(
      fc.asyncProperty(bytes, format, (content, how) =>
        withFile(content, async (path) => {
          try {
            const records = await readAll(path, how);
            assert.deepEqual(await readAll(path, how, 1), records);
            for (const [i, position] of positionsOf(records).entries()) assert.ok(position > (positionsOf(records)[i - 1] ?? 0));
          } catch (error) {
            assert.ok(error instanceof HubError, String(error));
          }
        }),
      ),
      { numRuns: 1000 },
    );
  });

  it('reads every real file without a bad record', async function () {
    if (!existsSync(data)) {
      console.warn('      ../shared/data is absent: the real files are not read');
      return this.skip();
    }
    const paths = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.csv'));
    assert.ok(paths.length > 0);
    for (const path of paths) {
      const records = await readAll(new URL(path, data).pathname, { format: 'csv', columns: [] });
      assert.ok(records.length > 0 && records.every((record) => record.ok), path);
    }
  });

  it('reads an import of JSON Lines of many chunks', async () => {
    const text = Array.from({ length: 50_000 }, (_, i) => JSON.stringify({ id: i, name: '号' })).join('\n');
    const records = await readJsonLines(text, {}, 4096);
    assert.equal(records.length, 50_000);
    assert.deepEqual(records.at(-1), { ok: true, record: { position: 50_000, fields: { id: 49_999, name: '号' } } });
  });
});
