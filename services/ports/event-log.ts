// The ordered transport between adapters and the recorder (embedded: SQLite; production: Kafka).
// Any call rejects with HubError ENGINE_UNAVAILABLE while the engine cannot be reached.
import type { HubEvent } from '../domain/events.ts';

/** An opaque place in the log: an offset, or on Kafka one offset a partition. */
export type LogPlace = string;

export interface LogBatch {
  events: HubEvent[];
  /** The place after the last event, to commit once the batch is durable elsewhere. */
  place: LogPlace;
}

/** What an adapter is handed. */
export interface EventPublisher {
  /** Resolves when the events are durable in the log, with the place after the last of them; for none, the end of the log. */
  publish(events: HubEvent[]): Promise<LogPlace>;
  /** Resolves when recorders have committed everything before `place` (law 3), or rejects when aborted. */
  recorded(place: LogPlace, signal: AbortSignal): Promise<void>;
}

/** What the recorder is handed. */
export interface EventSubscriber {
  /** Batches after the last committed offset, then live ones, until aborted. One batch is handled before the next is read. */
  batches(signal: AbortSignal): AsyncIterable<LogBatch>;
  /** Says that every event of the batch that ended at `place` is durable in the event store (law 4). */
  commit(place: LogPlace): Promise<void>;
}

export interface EventLog extends EventPublisher, EventSubscriber {
  /** Events published but not yet committed by the recorder. */
  lag(): Promise<number>;
  close(): Promise<void>;
}
