// How an event lies in a SQLite row; the log and the store share it, so bytes pass through untouched.
import { formatUuid, parseUuid } from '../../domain/events.ts';
import type { HubEvent } from '../../domain/events.ts';

export const eventColumns = 'id, source, type, subject, time, sequence, contract, evidence, traceparent, data';

export const eventColumnTypes = `
  id BLOB NOT NULL,
  source TEXT NOT NULL,
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  time INTEGER NOT NULL,
  sequence INTEGER,
  contract TEXT NOT NULL,
  evidence TEXT NOT NULL,
  traceparent TEXT,
  data BLOB NOT NULL`;

/** Raw column values in the order of {@link eventColumns}. */
export type EventRow = [Buffer, string, string, string, number, number | null, string, string, string | null, Buffer];

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
    traceparent: row[from + 8] as string | null,
    data: row[from + 9] as Buffer,
  };
}
