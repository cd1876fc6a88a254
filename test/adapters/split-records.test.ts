// Where records begin and end does not depend on how the bytes arrive.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RecordSpan } from '../../services/adapters/file-record.ts';
import { splitRecords } from '../../services/adapters/split-records.ts';
import { HubError } from '../../services/domain/errors.ts';

/** Each record with its text, and the error that ended it, if one did. */
function split(chunks: readonly Buffer[], delimiter: number | undefined): unknown[] {
  const splitter = splitRecords({ name: 'file', delimiter, maxRecordBytes: 1000 });
  const found: unknown[] = [];
  const take = (): void => {
    for (let span: RecordSpan | undefined = splitter.next(); span; span = splitter.next()) {
      found.push([splitter.bytes().toString('utf8', span.start, span.end), span.line, span.terminator, span.broken]);
    }
  };
  try {
    for (const chunk of chunks) {
      splitter.push(chunk);
      take();
    }
    splitter.finish();
    take();
  } catch (error) {
    assert.ok(error instanceof HubError);
    found.push(error.message);
  }
  return found;
}

describe('splitRecords', () => {
  it('keeps line ends inside quotes and counts them', () => {
    assert.deepEqual(split([Buffer.from('a\r\n"b\n\n""c",d\ne')], 0x2c), [
      ['a', 1, 2, false],
      ['"b\n\n""c",d', 2, 1, false],
      ['e', 5, 0, false],
    ]);
  });

  it('pays no heed to quotes when told of no delimiter', () => {
    assert.deepEqual(split([Buffer.from('"a\nb"\n')], undefined), [
      ['"a', 1, 1, false],
      ['b"', 2, 1, false],
    ]);
  });

  it('gives the same records however the bytes are cut', () => {
    const parts = fc.array(fc.constantFrom('"', '"', ',', '\n', '\r', '\r\n', 'a', '中', '""', '"a"'), { maxLength: 50 });
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(parts, sizes, fc.constantFrom(0x2c, undefined), (text, cuts, delimiter) => {
        const bytes = Buffer.from(text.join(''));
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length;) {
          const size = cuts[chunks.length % cuts.length] ?? 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(split(chunks, delimiter), split([bytes], delimiter));
      }),
      { numRuns: 2000 },
    );
  });
});
