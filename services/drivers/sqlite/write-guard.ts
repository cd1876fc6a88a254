// Refuses to write on after the disk failed a write's sync, until the file is opened again.
import Database from 'better-sqlite3';
import { HubError } from '../../domain/errors.ts';
import { sqliteCall } from './database.ts';

/** What SQLite says where there is no space for the index of the write-ahead log; elsewhere it says SQLITE_FULL. */
const noSpace = 'SQLITE_IOERR_SHMSIZE';

/**
 * Gives a way to run the writes of one open file. Once the disk fails one, every later one is refused with DATA_DIRECTORY:
 * after a failed fsync the kernel takes the pages for written, so that a second fsync that succeeds proves nothing.
 * A full disk is not such a failure: writes go on when there is space.
 */
export function createWriteGuard(file: string): <T>(write: () => T) => T {
  let failed: unknown = null;
  const refusal = (): HubError =>
    new HubError('DATA_DIRECTORY', `the disk failed a write to ${file}; see to the disk, then start again`, { cause: failed });
  const watched = <T>(write: () => T): T => {
    try {
      return write();
    } catch (error) {
      if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_IOERR') || error.code === noSpace) throw error;
      failed = error;
      throw refusal();
    }
  };
  return (write) => {
    if (failed !== null) throw refusal();
    return sqliteCall(file, () => watched(write));
  };
}
