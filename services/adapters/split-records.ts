// Where records begin and end in a stream of UTF-8 bytes: native searches for line ends and quotes, no field is looked into.
import { HubError } from '../domain/errors.ts';
import type { RecordSpan } from './file-record.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const quote = 0x22;

export interface Splitter {
  /** adds bytes; spans given before point nowhere afterwards */
  push(bytes: Buffer): void;
  /** says that no more bytes will come */
  finish(): void;
  /** the next record, or undefined when more bytes are needed. RECORD_TOO_LARGE; after `finish`, FILE_TRUNCATED inside a quoted field */
  next(): RecordSpan | undefined;
  /** what the spans point into */
  bytes(): Buffer;
  /** the line end of the file, where it is a single character */
  lineEnd(): '\n' | '\r';
}

export interface SplitOptions {
  name: string;
  /** the byte between fields when quotes matter (CSV), undefined when they do not (JSON Lines) */
  delimiter: number | undefined;
  maxRecordBytes: number;
}

/** Splits a stream into records. Holds one record and one chunk at most. A lone CR ends a line only if it ends the first one. */
export function splitRecords({ name, delimiter, maxRecordBytes }: SplitOptions): Splitter {
  let buffer = Buffer.alloc(0);
  let view = buffer;
  let start = 0;
  let line = 1;
  let finished = false;
  let newline = delimiter === undefined ? lineFeed : 0;
  // The nearest line end and quote at or after the place last asked for; the view's length stands for none.
  let nextNewline = -1;
  let nextQuote = -1;

  const find = (byte: number, from: number): number => {
    const at = view.indexOf(byte, from);
    return at < 0 ? view.length : at;
  };

  function push(bytes: Buffer): void {
    const held = view.length - start;
    if (held + bytes.length > buffer.length) {
      const larger = Buffer.allocUnsafe(2 * (held + bytes.length));
      buffer.copy(larger, 0, start, view.length);
      buffer = larger;
    } else buffer.copyWithin(0, start, view.length);
    bytes.copy(buffer, held);
    view = buffer.subarray(0, held + bytes.length);
    start = 0;
    forget();
  }

  function forget(): void {
    nextNewline = nextQuote = -1;
  }

  function next(): RecordSpan | undefined {
    if (newline === 0) newline = firstLineEnd();
    if (newline === 0 || start >= view.length) return incomplete(undefined);
    let lines = 1;
    for (let from = start; ;) {
      if (nextNewline < from) nextNewline = find(newline, from);
      if (delimiter !== undefined && nextQuote < from) nextQuote = find(quote, from);
      if (delimiter === undefined || nextQuote >= nextNewline) {
        return nextNewline < view.length || finished ? span(nextNewline, lines, false) : incomplete(undefined);
      }
      if (nextQuote !== start && view[nextQuote - 1] !== delimiter) {
        from = nextQuote + 1; // a quote inside an unquoted field is a character like any other
        continue;
      }
      const closing = closingQuote(nextQuote + 1);
      const after = view[closing + 1];
      if (closing >= view.length || (after === undefined && !finished)) return incomplete(line + lines - 1);
      if (after === carriageReturn && newline === lineFeed && closing + 2 >= view.length && !finished) return incomplete(undefined);
      if (!endsField(after, view[closing + 2])) return brokenSpan();
      if (nextNewline < closing) lines += countNewlines(nextNewline, closing);
      from = closing + 1;
    }
  }

  /** A doubled quote is a quote inside the field (RFC 4180 §2.7). The view's length when the field does not close in it. */
  function closingQuote(from: number): number {
    let at = find(quote, from);
    while (at < view.length && view[at + 1] === quote) at = find(quote, at + 2);
    return at;
  }

  function endsField(after: number | undefined, afterThat: number | undefined): boolean {
    if (after === undefined || after === delimiter || after === newline) return true;
    return after === carriageReturn && (afterThat === lineFeed || afterThat === undefined);
  }

  function countNewlines(from: number, to: number): number {
    let count = 0;
    for (let at = from; at < to; at = find(newline, at + 1)) count++;
    return count;
  }

  function brokenSpan(): RecordSpan | undefined {
    const end = find(newline, start);
    forget();
    return end < view.length || finished ? span(end, 1, true) : incomplete(undefined);
  }

  function span(newlineAt: number, lines: number, broken: boolean): RecordSpan {
    const returns = newline === lineFeed && newlineAt > start && view[newlineAt - 1] === carriageReturn ? 1 : 0;
    const terminator = newlineAt === view.length ? 0 : returns === 1 ? 2 : 1;
    const found: RecordSpan = { start, end: newlineAt - returns, line, terminator, broken };
    if (found.end - start > maxRecordBytes) throw tooLarge(undefined);
    start = newlineAt + 1;
    line += lines;
    return found;
  }

  function incomplete(openQuoteLine: number | undefined): undefined {
    forget();
    if (view.length - start > maxRecordBytes) throw tooLarge(openQuoteLine);
    if (finished && openQuoteLine !== undefined) {
      throw new HubError(
        'FILE_TRUNCATED',
        `${name}: ends inside the quoted field that opens on line ${openQuoteLine}; fetch the whole file again, or close the quote`,
      );
    }
    return undefined;
  }

  function tooLarge(openQuoteLine: number | undefined): HubError {
    const cause = openQuoteLine === undefined ? '' : `; a quote that opens on line ${openQuoteLine} is not closed`;
    return new HubError(
      'RECORD_TOO_LARGE',
      `${name}: the record on line ${line} is longer than ${maxRecordBytes} bytes${cause}; correct it, or check that this is the right file`,
    );
  }

  /** LF, also for CR LF; CR if the first line ends in nothing else; 0 while not known. */
  function firstLineEnd(): number {
    let quoted = false;
    for (let at = start; at < view.length; at++) {
      const byte = view[at];
      if (byte === quote) quoted = !quoted && (at === start || view[at - 1] === delimiter || view[at - 1] === quote);
      else if (!quoted && byte === lineFeed) return lineFeed;
      else if (!quoted && byte === carriageReturn) {
        while (view[at] === carriageReturn) at++;
        if (at < view.length || finished) return view[at] === lineFeed ? lineFeed : carriageReturn;
      }
    }
    return finished ? lineFeed : 0;
  }

  return {
    push,
    finish: () => {
      finished = true;
    },
    next,
    bytes: () => view,
    lineEnd: () => (newline === carriageReturn ? '\r' : '\n'),
  };
}
