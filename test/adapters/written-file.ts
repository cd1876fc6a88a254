// Files written for one test, gone after it, and what reading them gives.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileFormat, FileRecord } from '../../services/adapters/file-record.ts';
import { openFile } from '../../services/adapters/read-file.ts';
import { HubError } from '../../services/domain/errors.ts';

/** Runs `use` with the path of a file of this content, in a folder of its own. */
export async function withFile<T>(content: string | Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'hub-file-'));
  try {
    const path = join(folder, 'records.txt');
    writeFileSync(path, content);
    return await use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** All records of a file, read in batches of `size`. */
export async function readAll(path: string, format: FileFormat, size = 1000): Promise<FileRecord[]> {
  const records: FileRecord[] = [];
  for await (const batch of (await openFile(path, format)).batches(size)) records.push(...batch.records);
  return records;
}

/** What reading this content as CSV gives; the header must name no column unless `format` says so. */
export function readCsv(content: string | Uint8Array, format: Partial<FileFormat> = {}, size?: number): Promise<FileRecord[]> {
  return withFile(content, (path) => readAll(path, { format: 'csv', columns: [], ...format }, size));
}

/** What reading this content as JSON Lines gives. */
export function readJsonLines(content: string | Uint8Array, format: Partial<FileFormat> = {}, size?: number): Promise<FileRecord[]> {
  return withFile(content, (path) => readAll(path, { format: 'jsonl', columns: [], ...format }, size));
}

/** For assert.rejects: a HubError of this code whose one line matches. */
export function refused(code: HubError['code'], message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof HubError && error.code === code && message.test(error.message) && !error.message.includes('\n');
}

/** The records' fields, or the problem of those that cannot be read. */
export function fieldsOf(records: readonly FileRecord[]): unknown[] {
  return records.map((record) => (record.ok ? record.record.fields : record.bad.problem));
}

/** The records' line numbers. */
export function positionsOf(records: readonly FileRecord[]): number[] {
  return records.map((record) => (record.ok ? record.record.position : record.bad.position));
}
