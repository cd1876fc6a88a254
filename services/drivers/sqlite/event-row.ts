// How an event lies in a SQLite row; the log and the store share it, so bytes pass through untouched.
import { formatUuid, parseUuid } from '../../domain/events.ts';
import type { HubEvent } from '../../domain/events.ts';
import type { Db } from './database.ts';

export const eventColumns = 'id, source, type, subject, time, sequence, contract, evidence, reader, traceparent, data';

export const eventColumnTypes = `
  id BLOB NOT NULL,
  source TEXT NOT NULL,
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  time INTEGER NOT NULL,
  sequence INTEGER,
  contract TEXT NOT NULL,
  evidence TEXT NOT NULL,
  reader INTEGER NOT NULL DEFAULT 0,
  traceparent TEXT,
  data BLOB NOT NULL`;

/** Raw column values in the order of {@link eventColumns}. */
export type EventRow = [Buffer, string, string, string, number, number | null, string, string, number, string | null, Buffer];

export function toRow(event: HubEvent): EventRow {
  return [
    parseUuid(event.id),
    event.source,
    event.type,
    event.subject,
    event.time,
    event.sequence,
    event.contract,
    event.evidence,
    event.reader,
    event.traceparent,
    event.data as Buffer,
  ];
}

/** Reads an event from raw columns starting at `from`. */
export function fromRow(row: readonly unknown[], from: number): HubEvent {
  return {
    id: formatUuid(row[from] as Buffer),
    source: row[from + 1] as string,
    type: row[from + 2] as string,
    subject: row[from + 3] as string,
    time: row[from + 4] as number,
    sequence: row[from + 5] as number | null,
    contract: row[from + 6] as string,
    evidence: row[from + 7] as string,
    reader: row[from + 8] as number,
    traceparent: row[from + 9] as string | null,
    data: row[from + 10] as Buffer,
  };
}

type EventTable = 'events' | 'log';
const lacksReader = (db: Db, table: EventTable): boolean =>
  !(db.pragma(`table_info(${table})`) as { name: string }[]).some(({ name }) => name === 'reader');

/** Adds the column that a table of events made by an earlier version lacks; what is in it was read before it was stated. */
export function addEventColumns(db: Db, table: EventTable): void {
  if (lacksReader(db, table)) db.exec(`ALTER TABLE ${table} ADD COLUMN reader INTEGER NOT NULL DEFAULT 0`);
}

/** {@link eventColumns} of a table that may be of an earlier version, where it may only be read. */
export const readableColumns = (db: Db, table: EventTable): string =>
  lacksReader(db, table) ? eventColumns.replace('reader', '0 AS reader') : eventColumns;
