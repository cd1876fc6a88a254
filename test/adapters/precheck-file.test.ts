// The check of a whole file: what is refused, with which code, and what the message says.
import assert from 'node:assert/strict';
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFile } from '../../services/adapters/read-file.ts';
import { fieldsOf, readCsv, readJsonLines, refused, withFile } from './written-file.ts';

const csv = { format: 'csv', columns: ['id', 'name'] } as const;
// 中文 in the two legacy encodings
const gb18030 = Buffer.from('d6d0cec4', 'hex');
const big5 = Buffer.from('a4a4a4e5', 'hex');

describe('precheckFile', () => {
  it('refuses a missing file', async () => {
    await assert.rejects(
      openFile(join(tmpdir(), 'hub-no-such-file.csv'), csv),
      refused('FILE_UNREADABLE', /hub-no-such-file\.csv: no such file/),
    );
  });

  it('refuses a directory', async () => {
    await assert.rejects(openFile(tmpdir(), csv), refused('FILE_UNREADABLE', /is a directory; name one file/));
  });

  it('refuses what is not an ordinary file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hub-file-'));
    const server = createServer().listen(join(folder, 'socket'));
    await once(server, 'listening');
    await assert.rejects(openFile(join(folder, 'socket'), csv), refused('FILE_UNREADABLE', /not an ordinary file/));
    server.close();
    await once(server, 'close');
    rmSync(folder, { recursive: true });
  });

  it('refuses a file without permission', async function () {
    if (!process.seteuid || !process.geteuid) return this.skip();
    const owner = process.geteuid();
    await withFile('id,name\n', async (path) => {
      chmodSync(path, 0o000);
      if (owner === 0) process.seteuid?.(65534);
      try {
        await assert.rejects(openFile(path, csv), refused('FILE_UNREADABLE', /no permission to read it/));
      } finally {
        if (owner === 0) process.seteuid?.(owner);
      }
    });
  });

  it('refuses an empty file, and one of blank lines', async () => {
    for (const content of ['', '\n\n', '\ufeff', '\r\n']) {
      await assert.rejects(readCsv(content), refused('FILE_MALFORMED', /is empty: there is no header row/));
      await assert.rejects(readJsonLines(content), refused('FILE_MALFORMED', /is empty: there are no records/));
    }
  });

  it('accepts a header without records', async () => {
    assert.deepEqual(await readCsv('id,name\n', csv), []);
    assert.deepEqual(await readCsv('id,name', csv), []);
  });

  it('says byte and line of what is not UTF-8, and names the encoding that fits', async () => {
    const content = Buffer.concat([Buffer.from('id,name\n1,x\n2,'), gb18030, Buffer.from('\n')]);
    await assert.rejects(readCsv(content), refused('FILE_ENCODING', /not valid UTF-8 at byte 15 \(line 3\).*--encoding gb18030/));
  });

  it('says where bytes fit no encoding at all', async () => {
    const content = Buffer.concat([Buffer.alloc(300_000, 'a,b\n'), Buffer.from([0xff, 0x2c, 0xff, 0x0a])]);
    await assert.rejects(
      readCsv(content, { maxRecordBytes: 10 }),
      refused('FILE_ENCODING', /at byte 300000 \(line 75001\).*save it as UTF-8/),
    );
  });

  it('reads GB18030 and Big5 when told so', async () => {
    for (const [encoding, bytes] of [
      ['gb18030', gb18030],
      ['big5', big5],
    ] as const) {
      const content = Buffer.concat([Buffer.from('id,name\n1,'), bytes, Buffer.from('\n2,"'), bytes, Buffer.from('\n"\n')]);
      assert.deepEqual(fieldsOf(await readCsv(content, { encoding })), [
        { id: '1', name: '中文' },
        { id: '2', name: '中文\n' },
      ]);
    }
  });

  it('refuses bytes that the stated encoding does not know', async () => {
    const content = Buffer.concat([Buffer.from('id,name\n1,'), gb18030, Buffer.from([0x0a, 0x32, 0x2c, 0xff, 0x0a])]);
    await assert.rejects(readCsv(content, { encoding: 'gb18030' }), refused('FILE_ENCODING', /not valid GB18030 at byte 17 \(line 3\)/));
  });

  it('refuses UTF-8 that is called GB18030', async () => {
    await assert.rejects(
      readCsv('\ufeffid,name\n', { encoding: 'gb18030' }),
      refused('FILE_ENCODING', /this is UTF-8.*leave out --encoding/),
    );
    await assert.rejects(
      readCsv(`id,name\n1,${'中文'.repeat(10)}\n`, { encoding: 'gb18030' }),
      refused('FILE_ENCODING', /leave out --encoding/),
    );
  });

  it('recognises UTF-16 with and without a byte order mark', async () => {
    for (const content of ['\ufeffid,name\n1,中\n', 'id,name\n1,中\n']) {
      await assert.rejects(readCsv(Buffer.from(content, 'utf16le')), refused('FILE_ENCODING', /this is UTF-16; save it as UTF-8/));
    }
    await assert.rejects(readCsv(Buffer.from(Buffer.from('\ufeffid,name\n', 'utf16le')).swap16()), refused('FILE_ENCODING', /UTF-16/));
  });

  it('recognises archives and documents', async () => {
    await assert.rejects(
      readCsv(Buffer.from('504b0304140006000800', 'hex')),
      refused('FILE_MALFORMED', /zip archive or an Excel workbook/),
    );
    await assert.rejects(readCsv(Buffer.from('1f8b0800', 'hex')), refused('FILE_MALFORMED', /gzip/));
  });

  it('refuses NUL bytes, saying where', async () => {
    await assert.rejects(readCsv('id,name\n1,a\n2,b\0\n'), refused('FILE_MALFORMED', /NUL byte at byte 15 \(line 3\)/));
  });

  it('refuses a file that ends inside a quoted field', async () => {
    await assert.rejects(readCsv('id,name\n1,"a\nb'), refused('FILE_TRUNCATED', /ends inside the quoted field that opens on line 2/));
    assert.deepEqual(fieldsOf(await readCsv('id,name\n1,"a"""')), [{ id: '1', name: 'a"' }]);
  });

  it('refuses a last row that is short and has no line end', async () => {
    await assert.rejects(readCsv('id,name,place\n1,a,b\n2,c'), refused('FILE_TRUNCATED', /record on line 3, which has 2 of 3 columns/));
  });

  it('accepts a whole last row without a line end', async () => {
    assert.deepEqual(fieldsOf(await readCsv('id,name\n1,a')), [{ id: '1', name: 'a' }]);
    assert.deepEqual(fieldsOf(await readCsv('id,name\r\n1,"a"\r')), [{ id: '1', name: 'a' }]);
  });

  it('refuses a file that ends in the middle of a character', async () => {
    await assert.rejects(
      readCsv(Buffer.from('id,name\n1,中').subarray(0, 12)),
      refused('FILE_TRUNCATED', /middle of a character, at byte 12/),
    );
    await assert.rejects(
      readCsv(Buffer.concat([Buffer.from('id\n'), gb18030.subarray(0, 3)]), { encoding: 'gb18030' }),
      refused('FILE_TRUNCATED', /middle of a character/),
    );
  });

  it('refuses a last JSON line that is cut off', async () => {
    await assert.rejects(readJsonLines('{"a":1}\n{"a":'), refused('FILE_TRUNCATED', /record on line 2, which is not whole JSON/));
    await assert.rejects(readJsonLines('{"a":'), refused('FILE_TRUNCATED', /line 1/));
  });

  it('refuses JSON that is not JSON Lines', async () => {
    for (const content of ['[{"a":1},{"a":2}]', '[\n{"a":1}\n]\n', '{\n"a":1\n}\n']) {
      await assert.rejects(readJsonLines(content), refused('FILE_MALFORMED', /not JSON Lines; write one object per line/));
    }
  });

  it('names a column that is missing and those that are there', async () => {
    await assert.rejects(readCsv('id,place\n1,a\n', csv), refused('FILE_COLUMN_MISSING', /no column name; found: id, place;/));
    await assert.rejects(readCsv('编号,地点\n1,a\n', csv), refused('FILE_COLUMN_MISSING', /no column id, name; found: 编号, 地点;/));
  });

  it('does not show a first line that is a record', async () => {
    const isDiscreet = refused('FILE_COLUMN_MISSING', /first line has 2 fields and looks like a record/);
    await assert.rejects(readCsv('20260001,somebody\n', csv), (error) => isDiscreet(error) && !String(error).includes('somebody'));
  });

  it('refuses a column named twice', async () => {
    await assert.rejects(readCsv('id,name,id\n'), refused('FILE_MALFORMED', /names the column id twice/));
    await assert.rejects(readCsv('id,,\n'), refused('FILE_MALFORMED', /two columns with nothing/));
  });

  it('refuses a header with text after a closing quote', async () => {
    await assert.rejects(readCsv('"id"x,name\n1,a\n'), refused('FILE_MALFORMED', /header on line 1/));
  });

  it('refuses a record longer than the limit, and names a quote left open', async () => {
    for (const read of [readCsv, readJsonLines]) {
      await assert.rejects(
        read(`"id"\n1\n"${'a'.repeat(2000)}"\n`, { maxRecordBytes: 1000 }),
        refused('RECORD_TOO_LARGE', /record on line 3 is longer than 1000 bytes/),
      );
    }
    const open = `id,name\n1,"a\n${'2,b\n'.repeat(100_000)}`;
    await assert.rejects(
      readCsv(open, { maxRecordBytes: 100_000 }),
      refused('RECORD_TOO_LARGE', /record on line 2 .* quote that opens on line 2 is not closed/),
    );
  });

  it('stops at the limit of an endless line with flat memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hub-file-'));
    try {
      const path = join(folder, 'line.csv');
      const file = openSync(path, 'w');
      writeSync(file, '{}\n');
      for (let i = 0; i < 64; i++) writeSync(file, Buffer.alloc(1024 * 1024, 'x'));
      writeSync(file, Buffer.from([0xff, 0x00])); // never reached
      closeSync(file);
      for (const format of ['csv', 'jsonl'] as const) {
        const before = process.memoryUsage();
        await assert.rejects(openFile(path, { format, columns: [] }), refused('RECORD_TOO_LARGE', /line 2 is longer than 1048576 bytes/));
        const after = process.memoryUsage();
        assert.ok(after.rss - before.rss < 24 * 1024 * 1024, `resident memory grew by ${after.rss - before.rss} bytes`);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses a delimiter that cannot be one', async () => {
    for (const delimiter of ['', '"', '\n', '，', ';;'])
      await assert.rejects(readCsv('id\n', { delimiter }), refused('CONTRACT_INVALID', /delimiter/));
  });
});
