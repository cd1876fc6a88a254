// JSON Lines records (jsonlines.org: UTF-8, one JSON text per line): each must be an object.
import { badRecord } from './file-record.ts';
import type { BadRecordProblem, FileRecord, RecordSpan } from './file-record.ts';

/** Turns spans of one buffer into records; blank lines are passed over, a line that is no usable object is bad. */
export function parseJsonLines(buffer: Buffer, spans: readonly RecordSpan[]): FileRecord[] {
  const records: FileRecord[] = [];
  for (const span of spans) {
    const text = buffer.toString('utf8', span.start, span.end);
    if (isBlank(text)) continue;
    const found = parseObject(text);
    records.push(
      typeof found === 'string'
        ? badRecord(span.line, found, buffer, span.start, span.end)
        : { ok: true, record: { position: span.line, fields: found } },
    );
  }
  return records;
}

/** Whether the text is whole JSON of any kind. */
export function isJson(text: string): boolean {
  return parseObject(text) !== 'json-syntax';
}

/** Whether there is nothing on the line but JSON's own white space (RFC 8259 §2). */
export function isBlank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text);
}

function parseObject(text: string): Record<string, unknown> | BadRecordProblem {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'json-syntax';
  }
  if (!isObject(value)) return 'not-an-object';
  // Only long digits or an exponent can make such a number.
  return /\d{16}|\d[eE]/.test(text) && hasUnsafeNumber(value) ? 'unsafe-number' : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A number beyond what a double holds (a code written as a number) would be altered silently: RFC 8259 §6, RFC 7493 §2.2. */
function hasUnsafeNumber(object: Record<string, unknown>): boolean {
  const open: unknown[] = [object];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'number' && (Number.isInteger(value) ? !Number.isSafeInteger(value) : !Number.isFinite(value))) return true;
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) open.push(inner);
  }
  return false;
}
