// JSON Lines records (jsonlines.org: UTF-8, one JSON text per line): each must be an object.
import { badRecord } from './file-record.ts';
import { hasUnsafeNumber } from './unsafe-number.ts';
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
  return hasUnsafeNumber(text, value) ? 'unsafe-number' : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
