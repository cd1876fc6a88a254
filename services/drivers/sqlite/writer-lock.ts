// One writer process at a time: an exclusive SQLite lock, which the kernel frees however the process ends.
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { HubError } from '../../domain/errors.ts';
import { sqliteCall } from './database.ts';

/** Waits for the lock; rejects when aborted. */
export async function waitForWriterLock(file: string, signal: AbortSignal): Promise<{ release(): void }> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return takeWriterLock(file);
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== 'DATA_LOCKED') throw error;
      await sleep(200, undefined, { signal });
    }
  }
}

/** Takes the lock or throws DATA_LOCKED at once. */
export function takeWriterLock(file: string): { release(): void } {
  const db = sqliteCall(file, () => new Database(file, { timeout: 0 }));
  try {
    sqliteCall(file, () => db.exec('BEGIN EXCLUSIVE'));
  } catch (cause) {
    db.close();
    if (cause instanceof HubError && cause.code === 'ENGINE_UNAVAILABLE') {
      throw new HubError(
        'DATA_LOCKED',
        'another hub process is writing to this data directory; stop it first, or use another --data directory',
        { cause },
      );
    }
    throw cause;
  }
  return {
    release() {
      db.exec('ROLLBACK');
      db.close();
    },
  };
}
