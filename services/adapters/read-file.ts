// Reading a file of any size as batches of records: checked as a whole first, then pulled, one chunk in memory at a time.
import { HubError } from '../domain/errors.ts';
import type { FileFormat, FileRecord, RecordSpan } from './file-record.ts';
import { openText } from './open-text.ts';
import type { OpenText } from './open-text.ts';
import { delimiterOf, precheckFile, splitterFor } from './precheck-file.ts';
import { csvParser } from './read-csv.ts';
import type { ParseSpans } from './read-csv.ts';
import { parseJsonLines } from './read-json-lines.ts';
import { readText } from './read-text.ts';
import type { Splitter } from './split-records.ts';

export interface RecordBatch {
  records: FileRecord[];
  /** how far into the file reading has come, for progress */
  bytesRead: number;
}

export interface OpenedFile {
  /** size of the file */
  bytes: number;
  /** the file's records in order, `size` at a time (the last batch may be smaller, none is empty); holds the file open only while iterated */
  batches(size: number): AsyncIterable<RecordBatch>;
}

/**
 * Checks the whole file and gives its records for reading. Nothing is handed out of a file that fails as a whole:
 * FILE_UNREADABLE, FILE_ENCODING, FILE_TRUNCATED, FILE_MALFORMED, FILE_COLUMN_MISSING, RECORD_TOO_LARGE, each saying what, where and what to do.
 * A record that fails by itself comes out as bad, in its place. Field values may share memory with their batch: keep copies, not thousands of them.
 */
export async function openFile(path: string, format: FileFormat): Promise<OpenedFile> {
  const checked = await openText(path, format.encoding ?? 'utf-8');
  try {
    const columns = await precheckFile(checked, format);
    const parse = format.format === 'csv' ? csvParser(columns, delimiterOf(format)) : parseJsonLines;
    return {
      bytes: checked.bytes,
      batches: (size) => readBatches(checked, format, withoutHeader(format, parse), Math.max(1, size)),
    };
  } finally {
    await checked.handle.close();
  }
}

async function* readBatches(checked: OpenText, format: FileFormat, parse: ParseSpans, size: number): AsyncGenerator<RecordBatch> {
  const file = await openText(checked.name, checked.encoding);
  try {
    assertUnchanged(checked, file);
    const splitter = splitterFor(file, format);
    let records: FileRecord[] = [];
    for await (const chunk of readText(file)) {
      splitter.push(chunk.bytes);
      if (chunk.readTo === file.bytes) splitter.finish();
      for (let spans = take(splitter, size - records.length); spans.length > 0; spans = take(splitter, size - records.length)) {
        records.push(...parse(splitter.bytes(), spans, splitter.lineEnd()));
        if (records.length < size) continue;
        yield { records, bytesRead: chunk.readTo };
        records = [];
      }
    }
    if (records.length > 0) yield { records, bytesRead: file.bytes };
  } finally {
    await file.handle.close();
  }
}

function take(splitter: Splitter, count: number): RecordSpan[] {
  const spans: RecordSpan[] = [];
  while (spans.length < count) {
    const span = splitter.next();
    if (!span) break;
    spans.push(span);
  }
  return spans;
}

/** The first CSV record that is not blank is the header. */
function withoutHeader(format: FileFormat, parse: ParseSpans): ParseSpans {
  if (format.format === 'jsonl') return parse;
  let seen = false;
  return (buffer, spans, lineEnd) => {
    if (seen) return parse(buffer, spans, lineEnd);
    const header = spans.findIndex((span) => span.end > span.start);
    seen = header >= 0;
    return parse(buffer, seen ? spans.slice(header + 1) : [], lineEnd);
  };
}

function assertUnchanged(checked: OpenText, file: OpenText): void {
  if (checked.version === file.version) return;
  throw new HubError('FILE_UNREADABLE', `${file.name}: has changed since it was checked; import it again when it is complete`);
}
