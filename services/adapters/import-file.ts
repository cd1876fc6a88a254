// Imports a file of any size through one of a contract's mappings.
import { basename, extname } from 'node:path';
import { HubError } from '../domain/errors.ts';
import { createAdapter } from './adapter.ts';
import { openFile } from './read-file.ts';
import type { Mapping, SourceContract } from '../domain/source-contract.ts';
import type { SourceRecord } from './adapter.ts';
import type { AdapterCounts, AdapterPorts } from './ports.ts';
import type { FileEncoding, FileRecord } from './file-record.ts';
import type { OpenedFile } from './read-file.ts';

export interface ImportOptions {
  /** Which mapping; without it the first one that fits the file's format and columns. */
  mapping?: string;
  encoding?: FileEncoding;
  /** Ends the import after the batch in hand when aborted. */
  stop?: AbortSignal;
  /** Bytes read so far, and in all. */
  onProgress?: (read: number, bytes: number) => void;
}

const batchSize = 1000;
const formats: Record<string, 'csv' | 'jsonl'> = { '.csv': 'csv', '.txt': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl', '.json': 'jsonl' };

/**
 * Publishes every record of a file. The file is checked as a whole first, so a broken one leaves nothing behind.
 * Errors: UNKNOWN_MAPPING, and those of `openFile`.
 */
export async function importFile(
  contract: SourceContract,
  path: string,
  ports: AdapterPorts,
  options: ImportOptions = {},
): Promise<AdapterCounts> {
  const { mapping, file } = await openWithMapping(contract, path, options);
  const adapter = createAdapter(contract, mapping, 'imported', ports);
  const name = basename(path);
  for await (const batch of file.batches(batchSize)) {
    options.stop?.throwIfAborted();
    await adapter.take(
      batch.records.map((record) => sourceRecord(record, name)),
      null,
    );
    options.onProgress?.(batch.bytesRead, file.bytes);
  }
  // A file without records is a contact too.
  if (adapter.counts().received === 0) await adapter.take([], null);
  return adapter.counts();
}

function sourceRecord(record: FileRecord, name: string): SourceRecord {
  if (record.ok) return { position: `${name}:${record.record.position}`, fields: record.record.fields };
  const { position, problem, text } = record.bad;
  return { position: `${name}:${position}`, problem, content: text };
}

async function openWithMapping(
  contract: SourceContract,
  path: string,
  options: ImportOptions,
): Promise<{ mapping: string; file: OpenedFile }> {
  if (options.mapping !== undefined) return { mapping: options.mapping, file: await open(contract, options.mapping, path, options) };
  const format = formats[extname(path).toLowerCase()] ?? 'csv';
  const fitting = Object.entries(contract.mappings).flatMap(([name, mapping]) => (mapping.format === format ? [name] : []));
  if (fitting.length === 0) {
    throw new HubError(
      'UNKNOWN_MAPPING',
      `${contract.name} has no mapping for ${format} files; it has ${Object.keys(contract.mappings).join(', ')}`,
    );
  }
  let first: unknown;
  for (const mapping of fitting) {
    try {
      return { mapping, file: await open(contract, mapping, path, options) };
    } catch (error) {
      first ??= error;
      if (!(error instanceof HubError) || error.code !== 'FILE_COLUMN_MISSING') throw error;
    }
  }
  throw first;
}

async function open(contract: SourceContract, name: string, path: string, { encoding }: ImportOptions): Promise<OpenedFile> {
  const mapping = Object.hasOwn(contract.mappings, name) ? contract.mappings[name] : undefined;
  if (!mapping || mapping.format === 'json') {
    const usable = Object.entries(contract.mappings).flatMap(([other, { format }]) => (format === 'json' ? [] : [other]));
    throw new HubError('UNKNOWN_MAPPING', `${contract.name} has no file mapping "${name}"; it has ${usable.join(', ')}`);
  }
  return openFile(path, { format: mapping.format, encoding: encoding ?? mapping.encoding ?? 'utf-8', columns: columnsOf(mapping) });
}

function columnsOf(mapping: Mapping): string[] {
  const names = Object.values(mapping.fields).flatMap((source) => [
    source.from,
    ...(source.from === undefined ? (Object.values(source.party ?? {}) as string[]) : []),
  ]);
  return [...new Set(names.filter((name) => name !== undefined))];
}
