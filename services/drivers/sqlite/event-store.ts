// The embedded event store: append-only, each id once, each stream's revisions without gaps.
import { setImmediate as breathe } from 'node:timers/promises';
import { familyOf, parseUuid, partsOfStream } from '../../domain/events.ts';
import { openDatabase, sqliteCall } from './database.ts';
import { addEventColumns, eventColumns, eventColumnTypes, fromRow, readableColumns, toRow } from './event-row.ts';
import { createWake } from './wake.ts';
import { createWriteGuard } from './write-guard.ts';
import type { HubEvent, RecordedEvent } from '../../domain/events.ts';
import type { AppendOutcome, EventQuery, EventStore } from '../../ports/event-store.ts';

const placeColumns = 'position, family, revision, recordedtime';

function fromStored(row: readonly unknown[]): RecordedEvent {
  const event = fromRow(row, 4) as RecordedEvent;
  event.position = row[0] as number;
  event.revision = row[2] as number;
  event.recordedtime = row[3] as number;
  return event;
}

/**
 * Opens the store in `file`. `now` gives the recording time in milliseconds; it is kept monotone. Errors: as
 * `openDatabase`; from append DISK_FULL, and DATA_DIRECTORY once the disk failed a write, until the store is opened again.
 */
export function openSqliteEventStore(file: string, options: { now: () => number; readOnly?: boolean }): EventStore {
  const db = openDatabase(file, { durable: true, readOnly: options.readOnly ?? false, cacheMiB: 16 });
  if (!options.readOnly) {
    sqliteCall(file, () =>
      db.exec(`
      CREATE TABLE IF NOT EXISTS events (
        position INTEGER PRIMARY KEY, family TEXT NOT NULL, revision INTEGER NOT NULL, recordedtime INTEGER NOT NULL, ${eventColumnTypes}
      ) STRICT;
      CREATE UNIQUE INDEX IF NOT EXISTS events_by_id ON events (id);
      CREATE UNIQUE INDEX IF NOT EXISTS events_by_stream ON events (subject, family, revision);`),
    );
    sqliteCall(file, () => addEventColumns(db, 'events'));
  }
  const columns = `${placeColumns}, ${readableColumns(db, 'events')}`;
  // A table that may only be read may be of an earlier version, which an event does not fit.
  const insert = options.readOnly
    ? null
    : db.prepare(
        `INSERT INTO events (${placeColumns}, ${eventColumns})
     VALUES (?,?,(SELECT coalesce(max(revision), -1) + 1 FROM events WHERE subject = ? AND family = ?),?,?,?,?,?,?,?,?,?,?,?,?)
     ON CONFLICT (id) DO NOTHING`,
      );
  const last = db.prepare('SELECT position, recordedtime FROM events ORDER BY position DESC LIMIT 1').raw();
  const readAfter = db.prepare(`SELECT ${columns} FROM events WHERE position > ? ORDER BY position LIMIT ?`).raw();
  const readStream = db
    .prepare(
      `SELECT ${columns} FROM events WHERE subject = ? AND family = ? AND revision >= ? AND position <= ? ORDER BY revision LIMIT 500`,
    )
    .raw();
  const byId = db.prepare(`SELECT ${columns} FROM events WHERE id = ?`).raw();
  const recordedAt = db.prepare('SELECT recordedtime FROM events WHERE position = ?').pluck();
  // Where a recorder is another process, half of this is what a fact waits here.
  const appended = createWake(50);
  const write = createWriteGuard(file);

  const appendAll = db.transaction((events: readonly HubEvent[]): AppendOutcome[] => {
    const newest = last.get() as [number, number] | undefined;
    let position = newest?.[0] ?? 0;
    const recordedtime = Math.max(options.now(), newest?.[1] ?? 0);
    return events.map((event) => {
      const family = familyOf(event.type);
      const { changes } = insert!.run(position + 1, family, event.subject, family, recordedtime, ...toRow(event));
      if (changes === 0) return 'duplicate';
      position += 1;
      return 'recorded';
    });
  });

  return {
    async append(events) {
      const outcomes = write(() => appendAll.immediate(events));
      appended.notify();
      return outcomes;
    },
    async *readAll(after, { batch = 1000, live } = {}) {
      for (;;) {
        if (live?.aborted) return;
        const rows = readAfter.all(after, batch) as unknown[][];
        if (rows.length > 0) {
          after = rows.at(-1)![0] as number;
          yield rows.map(fromStored);
          await breathe();
        } else if (live) {
          await appended.wait(live);
          yield [];
        } else return;
      }
    },
    async *readStream(stream, { from = 0, upTo = Number.MAX_SAFE_INTEGER } = {}) {
      const { family = '', subject = '' } = partsOfStream(stream) ?? {};
      for (;;) {
        const rows = readStream.all(subject, family, from, upTo) as unknown[][];
        for (const row of rows) yield fromStored(row);
        if (rows.length < 500) return;
        from = (rows.at(-1)![2] as number) + 1;
      }
    },
    query: async (query) => queryEvents(db, columns, query),
    async get(id) {
      const row = byId.get(parseUuid(id)) as unknown[] | undefined;
      const event = row && fromStored(row);
      // What is no UUID has bytes too, and those may be another event's.
      return event?.id === id.toLowerCase() ? event : undefined;
    },
    head: async () => (last.get() as [number, number] | undefined)?.[0] ?? 0,
    async positionAt(recordedBefore) {
      // Positions have no gaps and recording times never fall, so halving finds the place.
      let [low, high] = [0, (last.get() as [number, number] | undefined)?.[0] ?? 0];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if ((recordedAt.get(middle) as number) < recordedBefore) low = middle;
        else high = middle - 1;
      }
      return low;
    },
    async close() {
      db.close();
    },
  };
}

function queryEvents(db: ReturnType<typeof openDatabase>, columns: string, query: EventQuery): { events: RecordedEvent[]; next?: number } {
  const where = ['position > @after', 'position <= @upTo'];
  if (query.subject !== undefined) where.push('subject = @subject');
  if (query.family !== undefined) where.push('family = @family');
  if (query.type !== undefined) where.push('type = @type');
  if (query.timeFrom !== undefined) where.push('time >= @timeFrom');
  if (query.timeTo !== undefined) where.push('time <= @timeTo');
  const statement = db.prepare(`SELECT ${columns} FROM events WHERE ${where.join(' AND ')} ORDER BY position LIMIT @rows`).raw();
  const { limit: wanted, ...rest } = query;
  const limit = Math.max(1, wanted);
  const rows = statement.all({ after: 0, upTo: Number.MAX_SAFE_INTEGER, ...rest, rows: limit + 1 }) as unknown[][];
  const events = rows.slice(0, limit).map(fromStored);
  return rows.length > limit ? { events, next: events.at(-1)!.position } : { events };
}
