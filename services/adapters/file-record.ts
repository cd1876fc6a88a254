// What the file readers hand out: a record, or a record that cannot be read, each with its place in the file.

/** A record as the file states it. `fields`: CSV gives strings by column name, JSON Lines the parsed object. */
export interface RawRecord {
  /** 1-based number of the line on which the record begins */
  position: number;
  fields: Record<string, unknown>;
}

/** Why a record cannot be read. `quote-syntax`: text after a closing quote; `unsafe-number`: JSON whose number a double would alter. */
export type BadRecordProblem = 'column-count' | 'quote-syntax' | 'json-syntax' | 'not-an-object' | 'unsafe-number';

/** A record that cannot be read, to be quarantined; the next one flows (law 9). */
export interface BadRecord {
  /** 1-based number of the line on which the record begins */
  position: number;
  problem: BadRecordProblem;
  /** the raw text, at most 64 KiB of UTF-8. May hold personal data: never for a log or an error text */
  text: string;
}

export type FileRecord = { ok: true; record: RawRecord } | { ok: false; bad: BadRecord };

export type FileEncoding = 'utf-8' | 'gb18030' | 'big5';

export interface FileFormat {
  format: 'csv' | 'jsonl';
  /** default utf-8 */
  encoding?: FileEncoding;
  /** CSV only: one ASCII character, default a comma */
  delimiter?: string;
  /** CSV only: columns that the header must name; the file may have more */
  columns: readonly string[];
  /** in bytes of UTF-8, default 1 MiB */
  maxRecordBytes?: number;
}

/** One record as bytes `[start, end)` of the splitter's buffer, without its line end. An empty one is a blank line. */
export interface RecordSpan {
  start: number;
  end: number;
  /** 1-based number of its first line */
  line: number;
  /** bytes of the line end: 0 when the file ends without one, 2 for CR LF */
  terminator: 0 | 1 | 2;
  /** text follows a closing quote (RFC 4180 §2.5–2.7): the record ends at its first line end, so that the next can be read */
  broken: boolean;
}

const maxBadTextBytes = 64 * 1024;

/** A bad record from the bytes `[start, end)` of `buffer`, its text cut to 64 KiB at a character's edge. */
export function badRecord(position: number, problem: BadRecordProblem, buffer: Buffer, start: number, end: number): FileRecord {
  const kept = buffer.subarray(start, Math.min(end, start + maxBadTextBytes));
  return { ok: false, bad: { position, problem, text: kept.toString('utf8', 0, wholeCharacters(kept)) } };
}

/** How many of these UTF-8 bytes remain when a character cut off at the end is left out (RFC 3629 §3: the first byte tells the length). */
export function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}
