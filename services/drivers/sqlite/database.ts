// Opens a SQLite file the way DESIGN §7 wants it, and asserts that it is so.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { HubError } from '../../domain/errors.ts';

export type Db = Database.Database;

/** SQLite before 3.51.3 may corrupt a database when its WAL is reset (sqlite.org/wal.html#walresetbug). */
const oldestSafe = [3, 51, 3];

/** A write waits this long for another process's write to end. */
const lockPatienceMs = 5_000;

export interface DatabaseOptions {
  durable: boolean;
  readOnly?: boolean;
  /** Overwrites what is deleted. */
  secureDelete?: boolean;
  /** Most memory for pages, in MiB; random inserts want the inner pages of their indexes in it. */
  cacheMiB?: number;
}

/** The folder in a data directory that a restore works in: while it is there, what lies beside it may be a part of the data. */
export const restoringIn = (directory: string): string => join(directory, 'restoring');

/**
 * Opens a database in WAL mode. `durable` files (log, store, keys) use synchronous=FULL, which survives power loss;
 * views use NORMAL because they are rebuilt. Errors: STORE_TOO_OLD, DATA_DIRECTORY also for data half restored, DISK_FULL,
 * ENGINE_UNAVAILABLE while another process keeps it locked.
 */
export function openDatabase(file: string, options: DatabaseOptions): Db {
  const directory = dirname(file);
  if (file !== ':memory:' && existsSync(restoringIn(directory)))
    throw new HubError(
      'DATA_DIRECTORY',
      `a restore into ${directory} is under way, or was interrupted: run the same hub restore again 恢复尚未完成，请重新执行同一 hub restore 命令`,
    );
  return sqliteCall(file, () => whenNotBusy(() => openOnce(file, options)));
}

/** Switching a new file to WAL waits for nobody: where several processes open it first at once, all but one must try again. */
function whenNotBusy<T>(open: () => T): T {
  for (const since = Date.now(); ;) {
    try {
      return open();
    } catch (error) {
      const busy = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
      if (!busy || Date.now() - since > lockPatienceMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function openOnce(file: string, options: DatabaseOptions): Db {
  const db = new Database(file, { readonly: options.readOnly ?? false, timeout: lockPatienceMs });
  try {
    assertSafeVersion(db.prepare('SELECT sqlite_version()').pluck().get() as string);
    if (!options.readOnly) db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${options.durable ? 'FULL' : 'NORMAL'}`);
    db.pragma('wal_autocheckpoint = 16384');
    db.pragma('journal_size_limit = 67108864');
    db.pragma(`cache_size = -${(options.cacheMiB ?? 4) * 1024}`);
    db.pragma('temp_store = MEMORY');
    if (options.secureDelete) db.pragma('secure_delete = ON');
    const mode = db.pragma('journal_mode', { simple: true }) as string;
    const synchronous = db.pragma('synchronous', { simple: true }) as number;
    if (file !== ':memory:' && (mode !== 'wal' || (options.durable && synchronous !== 2))) {
      throw new HubError('DATA_DIRECTORY', `${file} cannot be opened durably: journal mode ${mode}, synchronous ${synchronous}`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

export function assertSafeVersion(version: string): void {
  const parts = version.split('.').map(Number);
  for (let i = 0; i < oldestSafe.length; i++) {
    if ((parts[i] ?? 0) > oldestSafe[i]!) return;
    if ((parts[i] ?? 0) < oldestSafe[i]!) {
      throw new HubError(
        'STORE_TOO_OLD',
        `SQLite ${version} is older than ${oldestSafe.join('.')}, which is the first without the WAL-reset corruption`,
      );
    }
  }
}

/** Runs a call and turns what SQLite says of a full disk, an unusable or a locked file into the hub's own errors. */
export function sqliteCall<T>(file: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof Database.SqliteError) && !(error instanceof TypeError)) throw error;
    const code = error instanceof Database.SqliteError ? error.code : 'SQLITE_CANTOPEN';
    if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') {
      throw new HubError('DISK_FULL', `no space left to write ${file}; free some and run the same command again`, { cause: error });
    }
    if (
      code.startsWith('SQLITE_CANTOPEN') ||
      code === 'SQLITE_READONLY' ||
      code.startsWith('SQLITE_READONLY') ||
      code === 'SQLITE_PERM' ||
      code === 'SQLITE_NOTADB'
    ) {
      throw new HubError('DATA_DIRECTORY', `${file} cannot be opened for writing (${code})`, { cause: error });
    }
    if (code.startsWith('SQLITE_BUSY')) {
      throw new HubError('ENGINE_UNAVAILABLE', `another process has kept ${file} locked for ${lockPatienceMs} ms`, { cause: error });
    }
    if (code === 'SQLITE_CORRUPT') throw new HubError('STORE_CORRUPT', `${file} is damaged (${code})`, { cause: error });
    throw error;
  }
}
