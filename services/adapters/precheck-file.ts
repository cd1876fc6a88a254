// The check of a whole file before any of its records is used, so that nothing is half done for a bad file.
import { HubError } from '../domain/errors.ts';
import type { FileFormat, RecordSpan } from './file-record.ts';
import type { OpenText } from './open-text.ts';
import { csvFields } from './read-csv.ts';
import { isBlank, isJson } from './read-json-lines.ts';
import { readText } from './read-text.ts';
import { splitRecords } from './split-records.ts';
import type { Splitter } from './split-records.ts';

const defaultMaxRecordBytes = 1024 * 1024;

/** Reads the file once in constant memory and throws what makes it unusable as a whole; gives the header's columns (none for JSON Lines). */
export async function precheckFile(file: OpenText, format: FileFormat): Promise<readonly string[]> {
  const splitter = splitterFor(file, format);
  let columns: readonly string[] | undefined;
  const check = (): void => {
    for (let span = splitter.next(); span; span = splitter.next()) {
      if (columns === undefined) columns = checkFirst(file, format, splitter, span);
      else if (span.terminator === 0) checkLast(file, format, splitter, span, columns);
    }
  };
  for await (const chunk of readText(file)) {
    splitter.push(chunk.bytes);
    check();
  }
  splitter.finish();
  check();
  if (columns === undefined) {
    const wanted = format.format === 'csv' ? 'there is no header row' : 'there are no records';
    throw new HubError('FILE_MALFORMED', `${file.name}: is empty: ${wanted}; fetch the file again`);
  }
  return columns;
}

/** The splitter that suits the format, the same for the check and for reading. */
export function splitterFor(file: OpenText, format: FileFormat): Splitter {
  const delimiter = format.format === 'csv' ? delimiterOf(format).charCodeAt(0) : undefined;
  return splitRecords({ name: file.name, delimiter, maxRecordBytes: format.maxRecordBytes ?? defaultMaxRecordBytes });
}

/** The character between fields; CONTRACT_INVALID when it cannot be one. */
export function delimiterOf(format: FileFormat): string {
  const delimiter = format.delimiter ?? ',';
  if (!/^[\t\x20-\x7e]$/.test(delimiter) || delimiter === '"')
    throw new HubError('CONTRACT_INVALID', 'a CSV delimiter is one ASCII character other than a quote');
  return delimiter;
}

/** Looks at the first record that is not blank; undefined when this one is. */
function checkFirst(file: OpenText, format: FileFormat, splitter: Splitter, span: RecordSpan): readonly string[] | undefined {
  if (span.start === span.end) return undefined;
  if (format.format === 'csv')
    return checkHeader(file, format, csvFields(splitter.bytes(), span, splitter.lineEnd(), delimiterOf(format)), span.line);
  const text = splitter.bytes().toString('utf8', span.start, span.end);
  if (isBlank(text)) return undefined;
  if (/^\s*(?:\[\s*(?:\{|$)|\{\s*$)/.test(text)) {
    throw new HubError(
      'FILE_MALFORMED',
      `${file.name}: line ${span.line} opens JSON that spans lines or is one array, not JSON Lines; write one object per line (jq -c '.[]')`,
    );
  }
  if (span.terminator === 0) checkLast(file, format, splitter, span, []);
  if (!/^\s*\{/.test(text) && !isJson(text)) {
    throw new HubError(
      'FILE_MALFORMED',
      `${file.name}: line ${span.line} is not JSON, so this is no JSON Lines file; choose a mapping for its format`,
    );
  }
  return [];
}

function checkHeader(file: OpenText, format: FileFormat, found: readonly string[] | undefined, line: number): readonly string[] {
  if (!found)
    throw new HubError('FILE_MALFORMED', `${file.name}: the header on line ${line} has text after a closing quote; correct the header`);
  const missing = format.columns.filter((column) => !found.includes(column));
  if (missing.length > 0) {
    throw new HubError('FILE_COLUMN_MISSING', `${file.name}: no column ${missing.join(', ')}; ${describe(found, format.columns)}`);
  }
  const seen = new Set<string>();
  const twice = found.find((column) => seen.size === seen.add(column).size);
  if (twice !== undefined)
    throw new HubError(
      'FILE_MALFORMED',
      `${file.name}: the header on line ${line} names ${twice === '' ? 'two columns with nothing' : `the column ${twice} twice`}; give each its own name`,
    );
  return found;
}

/** Law 13: a file without a header begins with a record, which no message may show. */
function describe(found: readonly string[], wanted: readonly string[]): string {
  const isHeader = found.some((column) => wanted.includes(column)) || !found.some((column) => /\d{6}|^\d+$/.test(column));
  if (!isHeader) return `the first line has ${found.length} fields and looks like a record; put the header before it`;
  return `found: ${found.join(', ').slice(0, 1000)}; choose the mapping or the delimiter that fits, or name the columns so`;
}

/** Without a line end after it, the last record may have been cut off. */
function checkLast(file: OpenText, format: FileFormat, splitter: Splitter, span: RecordSpan, columns: readonly string[]): void {
  const text = splitter.bytes().toString('utf8', span.start, span.end);
  const cutOff = `${file.name}: ends in the middle of the record on line ${span.line}`;
  if (isBlank(text) || span.broken) return;
  if (format.format === 'jsonl') {
    if (!isJson(text)) throw new HubError('FILE_TRUNCATED', `${cutOff}, which is not whole JSON; fetch the whole file again`);
    return;
  }
  const count = csvFields(splitter.bytes(), span, splitter.lineEnd(), delimiterOf(format))?.length ?? 0;
  if (count < columns.length) {
    throw new HubError(
      'FILE_TRUNCATED',
      `${cutOff}, which has ${count} of ${columns.length} columns and no line end; fetch the whole file again`,
    );
  }
}
