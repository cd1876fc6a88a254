// The system of record (embedded: SQLite; production: EventStoreDB).
// Any call rejects with HubError ENGINE_UNAVAILABLE while the engine cannot be reached.
import type { Family, HubEvent, RecordedEvent } from '../domain/events.ts';

/** What became of one event: each id is kept once. */
export type AppendOutcome = 'recorded' | 'duplicate';

/** What the recorder is handed. */
export interface EventAppender {
  /**
   * Appends a batch durably, each event at the end of its stream unless its id is already kept. After a rejection any
   * part of the batch may have been kept; the same batch again finishes it.
   */
  append(events: HubEvent[]): Promise<AppendOutcome[]>;
}

export interface EventQuery {
  /** Only events after this position. */
  after?: number;
  /** Only events up to and including this position. */
  upTo?: number;
  subject?: string;
  family?: Family;
  type?: string;
  /** Milliseconds since the epoch, inclusive: when it became true at the source. */
  timeFrom?: number;
  timeTo?: number;
  limit: number;
}

export interface EventPage {
  events: RecordedEvent[];
  /** Where to go on (`after`); absent at the end. */
  next?: number;
}

/** What the projector and the audit service are handed. */
export interface EventReader {
  /**
   * Every event after a position in order; ends at the head, or follows it until aborted when `live` is given. A live
   * reader gets an empty batch now and then, so that it can do what the time of day calls for.
   */
  readAll(after: number, options?: { batch?: number; live?: AbortSignal }): AsyncIterable<RecordedEvent[]>;
  readStream(stream: string, options?: { from?: number; upTo?: number }): AsyncIterable<RecordedEvent>;
  query(query: EventQuery): Promise<EventPage>;
  get(id: string): Promise<RecordedEvent | undefined>;
  /** Position of the newest event; 0 when empty. */
  head(): Promise<number>;
  /** The newest position recorded before a moment, in milliseconds. */
  positionAt(recordedBefore: number): Promise<number>;
}

export interface EventStore extends EventAppender, EventReader {
  close(): Promise<void>;
}
