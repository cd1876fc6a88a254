// Copies SQLite files that others may be writing, and looks at files as they lie on the disk.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { HubError } from '../../domain/errors.ts';
import { openDatabase, sqliteCall } from './database.ts';
import type { Db } from './database.ts';

/**
 * Copies `from` to `to` as of one moment, without holding up its writer. The copy is one file, checked to be whole.
 * Errors: as `openDatabase`; STORE_CORRUPT when what was copied is damaged.
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  await copy(from, to, () => undefined);
}

/** The same for an event store; says how many events the copy holds, and the position of the newest. */
export async function copyEventStore(from: string, to: string): Promise<{ events: number; head: number }> {
  const count = 'SELECT count(*) AS events, coalesce(max(position), 0) AS head FROM events';
  return copy(from, to, (db) => db.prepare<[], { events: number; head: number }>(count).get()!);
}

async function copy<T>(from: string, to: string, look: (copied: Db) => T): Promise<T> {
  const source = openDatabase(from, { durable: true, readOnly: true });
  try {
    // All pages in one step: in several, a writer between two of them makes the copy begin again, perhaps for ever.
    await source.backup(to, { progress: () => 0x7fffffff }).catch((error: unknown) =>
      sqliteCall(to, () => {
        throw error;
      }),
    );
  } finally {
    source.close();
  }
  const copied = openDatabase(to, { durable: true });
  try {
    return sqliteCall(to, () => {
      // Without a write-ahead log beside it the file can be moved, and its digest taken.
      copied.pragma('journal_mode = DELETE');
      if (copied.pragma('quick_check(1)', { simple: true }) !== 'ok')
        throw new HubError('STORE_CORRUPT', `${from} is damaged, and a copy of it would be too`);
      return look(copied);
    });
  } finally {
    copied.close();
  }
}

/** Makes the file of a backup one that a hub keeps, which has a write-ahead log while it is open. Errors: as `openDatabase`. */
export function keepDurably(file: string): void {
  openDatabase(file, { durable: true }).close();
}

/**
 * Bytes that a durable file takes, also those still in its write-ahead log; null where there is none. Opening asserts
 * version, journal mode and `synchronous`. Errors: as `openDatabase`.
 */
export function sizeOf(file: string): number | null {
  if (!existsSync(file)) return null;
  const db = openDatabase(file, { durable: true, readOnly: true });
  try {
    return sqliteCall(
      file,
      () => (db.pragma('page_count', { simple: true }) as number) * (db.pragma('page_size', { simple: true }) as number),
    );
  } finally {
    db.close();
  }
}

/** Length and SHA-256 of a file; `sync` sees to it first that its bytes are on the disk. */
export async function digestOf(file: string, { sync = false } = {}): Promise<{ bytes: number; sha256: string }> {
  const handle = await open(file, sync ? 'r+' : 'r');
  try {
    if (sync) await handle.sync();
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}

/** Sees to it that the names in a folder are on the disk. */
export async function syncFolder(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
