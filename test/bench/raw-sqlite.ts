// The raw ceilings: bare better-sqlite3 storing and scanning the same bytes with the same durability.
import Database from 'better-sqlite3';
import { parseUuid } from '../../services/domain/events.ts';
import { eventColumns, eventColumnTypes, toRow } from '../../services/drivers/sqlite/event-row.ts';
import type { HubEvent } from '../../services/domain/events.ts';

/** Everything of an event but its id, as one piece of bytes. */
export function bytesOf(event: HubEvent): Buffer {
  const { data, id: _, ...rest } = event;
  return Buffer.concat([Buffer.from(Object.values(rest).join('\0')), data]);
}

export interface RawTable {
  insert(rows: readonly { id: Buffer; body: Buffer }[], batch: number): void;
  scan(onRow: (body: Buffer) => void): number;
  close(): void;
}

/** A table that keeps each id once, in WAL mode, with synchronous=FULL. */
export function openRawTable(file: string): RawTable {
  const db = openDurably(file);
  db.exec('CREATE TABLE IF NOT EXISTS raw (position INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, body BLOB NOT NULL)');
  const put = db.prepare('INSERT INTO raw (id, body) VALUES (?, ?)');
  const read = db.prepare('SELECT position, body FROM raw WHERE position > ? ORDER BY position LIMIT 1000').raw();
  const putAll = db.transaction((rows: readonly { id: Buffer; body: Buffer }[]) => {
    for (const row of rows) put.run(row.id, row.body);
  });
  return {
    insert(rows, batch) {
      for (let from = 0; from < rows.length; from += batch) putAll.immediate(rows.slice(from, from + batch));
    },
    scan(onRow) {
      let [after, n] = [0, 0];
      for (;;) {
        const rows = read.all(after) as [number, Buffer][];
        if (rows.length === 0) return n;
        for (const [, body] of rows) onRow(body);
        after = rows.at(-1)![0];
        n += rows.length;
      }
    },
    close: () => void db.close(),
  };
}

export const rawRowOf = (event: HubEvent): { id: Buffer; body: Buffer } => ({ id: parseUuid(event.id), body: bytesOf(event) });

/** Inserts events column by column, as they lie in the store, each id once. */
export function insertColumns(file: string, events: readonly HubEvent[], batch: number): void {
  const db = openDurably(file);
  db.exec(`CREATE TABLE raw (position INTEGER PRIMARY KEY, ${eventColumnTypes}) STRICT; CREATE UNIQUE INDEX ids ON raw (id)`);
  const put = db.prepare(`INSERT INTO raw (${eventColumns}) VALUES (?,?,?,?,?,?,?,?,?,?)`);
  const putAll = db.transaction((some: readonly HubEvent[]) => {
    for (const event of some) put.run(toRow(event));
  });
  for (let from = 0; from < events.length; from += batch) putAll.immediate(events.slice(from, from + batch));
  db.close();
}

const openDurably = (file: string): Database.Database => openWith(file, 'FULL');
/** As views are rebuilt: into a file that is thrown away if the process dies. */
export const openUnsynced = (file: string): Database.Database => openWith(file, 'OFF');

function openWith(file: string, synchronous: 'FULL' | 'OFF'): Database.Database {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma(`synchronous = ${synchronous}`);
  db.pragma('wal_autocheckpoint = 16384');
  db.pragma('cache_size = -65536');
  return db;
}
