// The embedded event log: one table, appended durably, trimmed behind the recorder's committed offset.
import { setImmediate as breathe } from 'node:timers/promises';
import { openDatabase, sqliteCall } from './database.ts';
import { addEventColumns, eventColumns, eventColumnTypes, fromRow, toRow } from './event-row.ts';
import { createWake } from './wake.ts';
import { createWriteGuard } from './write-guard.ts';
import type { HubEvent } from '../../domain/events.ts';
import type { EventLog } from '../../ports/event-log.ts';

export interface SqliteEventLogOptions {
  /** Events handed to the recorder at a time. */
  batch?: number;
  /** How many uncommitted events may wait before `publish` slows its caller (law 12). */
  highWater?: number;
}

/**
 * Opens the log in `file`. Many processes may publish; one recorder reads. Errors: as `openDatabase`; from publish and commit
 * DISK_FULL, and DATA_DIRECTORY once the disk failed a write, until the log is opened again.
 */
export function openSqliteEventLog(file: string, options: SqliteEventLogOptions = {}): EventLog {
  const { batch = 1000, highWater = 20_000 } = options;
  const db = openDatabase(file, { durable: true });
  sqliteCall(file, () =>
    db.exec(`
    CREATE TABLE IF NOT EXISTS log (offset INTEGER PRIMARY KEY AUTOINCREMENT, ${eventColumnTypes}) STRICT;
    CREATE TABLE IF NOT EXISTS committed (reader TEXT PRIMARY KEY, offset INTEGER NOT NULL) STRICT;
    INSERT OR IGNORE INTO committed VALUES ('recorder', 0);`),
  );
  sqliteCall(file, () => addEventColumns(db, 'log'));
  const insert = db.prepare(`INSERT INTO log (${eventColumns}) VALUES (?,?,?,?,?,?,?,?,?,?,?)`);
  const read = db.prepare(`SELECT offset, ${eventColumns} FROM log WHERE offset > ? ORDER BY offset LIMIT ?`).raw();
  const end = db
    .prepare(`SELECT coalesce((SELECT max(offset) FROM log), (SELECT offset FROM committed WHERE reader = 'recorder'))`)
    .pluck();
  const committed = db.prepare(`SELECT offset FROM committed WHERE reader = 'recorder'`).pluck();
  const setCommitted = db.prepare(`UPDATE committed SET offset = ? WHERE reader = 'recorder' AND offset < ?`);
  const trim = db.prepare('DELETE FROM log WHERE offset <= ?');
  // Without WHERE, SQLite drops the table's pages whole; AUTOINCREMENT keeps offsets rising all the same.
  const trimAll = db.prepare('DELETE FROM log');
  const newest = db.prepare('SELECT max(offset) FROM log').pluck();
  const published = createWake();
  const progressed = createWake();
  const write = createWriteGuard(file);
  const never = new AbortController().signal;
  const lag = (): number => (end.get() as number) - (committed.get() as number);

  const insertAll = db.transaction((events: readonly HubEvent[]) => {
    let last = 0;
    for (const event of events) last = Number(insert.run(...toRow(event)).lastInsertRowid);
    return last;
  });
  // The rows go in the same transaction as the offset that covers them: never one without the other. It waits for no disk:
  // what a power cut takes of it is read once more and found recorded, and the next publication's sync covers it.
  const commitAndTrim = db.transaction((offset: number) => {
    setCommitted.run(offset, offset);
    if (newest.get() === offset) trimAll.run();
    else trim.run(offset);
  });

  return {
    async publish(events) {
      if (events.length === 0) return String(end.get());
      const last = write(() => insertAll.immediate(events));
      published.notify();
      for (let waited = 0; lag() > highWater && waited < 50; waited++) await progressed.wait(never);
      return String(last);
    },
    async recorded(place, signal) {
      while ((committed.get() as number) < Number(place)) {
        signal.throwIfAborted();
        await progressed.wait(signal);
      }
    },
    async *batches(signal) {
      let after = committed.get() as number;
      while (!signal.aborted) {
        const rows = read.all(after, batch) as unknown[][];
        if (rows.length === 0) {
          await published.wait(signal);
          continue;
        }
        after = rows.at(-1)![0] as number;
        yield { events: rows.map((row) => fromRow(row, 1)), place: String(after) };
        await breathe();
      }
    },
    async commit(place) {
      db.pragma('synchronous = NORMAL');
      try {
        write(() => commitAndTrim.immediate(Number(place)));
      } finally {
        db.pragma('synchronous = FULL');
      }
      progressed.notify();
    },
    lag: async () => lag(),
    async close() {
      db.close();
    },
  };
}
