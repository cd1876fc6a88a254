// CSV records (RFC 4180) as objects: the splitter says where records are, papaparse what is in them.
import Papa from 'papaparse';
import { badRecord } from './file-record.ts';
import type { FileRecord, RecordSpan } from './file-record.ts';

export type ParseSpans = (buffer: Buffer, spans: readonly RecordSpan[], lineEnd: '\n' | '\r') => FileRecord[];

/** Turns spans of one buffer into records with string values by column name. A record of another width, or with text after a closing quote, is bad. */
export function csvParser(columns: readonly string[], delimiter: string): ParseSpans {
  return (buffer, spans, lineEnd) => {
    const records: FileRecord[] = [];
    for (let from = 0; from < spans.length;) {
      const run = runOfAlike(spans, from);
      from += run.length;
      const rows = parseRun(buffer, run, lineEnd, delimiter);
      run.forEach((span, i) => {
        if (span.start === span.end) return;
        const row = rows[i];
        records.push(
          row?.length === columns.length
            ? { ok: true, record: { position: span.line, fields: named(columns, row) } }
            : bad(buffer, span, row),
        );
      });
    }
    return records;
  };
}

/** The fields of one record, undefined when its quotes are wrong. */
export function csvFields(buffer: Buffer, span: RecordSpan, lineEnd: '\n' | '\r', delimiter: string): readonly string[] | undefined {
  return parseRun(buffer, [span], lineEnd, delimiter)[0];
}

function bad(buffer: Buffer, span: RecordSpan, row: readonly string[] | undefined): FileRecord {
  return badRecord(span.line, row ? 'column-count' : 'quote-syntax', buffer, span.start, span.end);
}

/** Neighbours that the parser can take in one text: good quotes, the same line end (the last may lack it). A broken record stands alone. */
function runOfAlike(spans: readonly RecordSpan[], from: number): readonly RecordSpan[] {
  const first = spans[from];
  let to = from + 1;
  for (; to < spans.length && !first?.broken; to++) {
    const span = spans[to];
    if (span?.broken || (span?.terminator !== first?.terminator && span?.terminator !== 0)) break;
  }
  return spans.slice(from, to);
}

/** One row per span; none where the parser sees other records than the splitter. */
function parseRun(
  buffer: Buffer,
  run: readonly RecordSpan[],
  lineEnd: '\n' | '\r',
  delimiter: string,
): readonly (readonly string[] | undefined)[] {
  const first = run[0];
  const last = run[run.length - 1];
  if (!first || !last || first.broken) return [];
  const rows = parseText(buffer.toString('utf8', first.start, last.end), first.terminator === 2 ? '\r\n' : lineEnd, delimiter);
  if (rows.length === run.length) return rows;
  return run.length === 1 ? [] : run.map((span) => parseRun(buffer, [span], lineEnd, delimiter)[0]);
}

function parseText(text: string, newline: '\n' | '\r' | '\r\n', delimiter: string): string[][] {
  if (text === '') return [['']];
  // papaparse drops one byte order mark; here such a character is part of a value.
  const whole = text.charCodeAt(0) === 0xfeff ? `\ufeff${text}` : text;
  return Papa.parse<string[]>(whole, { delimiter, newline }).data;
}

function named(columns: readonly string[], row: readonly string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i] ?? '';
    // Assigning to this name would set the prototype.
    if (column === '__proto__')
      Object.defineProperty(fields, column, { value: row[i], enumerable: true, writable: true, configurable: true });
    else fields[column] = row[i];
  }
  return fields;
}
