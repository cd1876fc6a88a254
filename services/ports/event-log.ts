// The ordered transport between adapters and the recorder (embedded: SQLite; production: Kafka).
import type { HubEvent } from '../domain/events.ts';

export interface LogBatch {
  events: HubEvent[];
  /** Opaque place after the last event, to commit once the batch is durable elsewhere. */
  offset: number;
}

/** What an adapter is handed. */
export interface EventPublisher {
  /** Resolves when the events are durable in the log, with the place after the last of them. */
  publish(events: HubEvent[]): Promise<number>;
  /** Resolves when the recorder has committed everything before `offset` (law 3), or rejects when aborted. */
  recorded(offset: number, signal: AbortSignal): Promise<void>;
}

/** What the recorder is handed. */
export interface EventSubscriber {
  /** Batches after the last committed offset, then live ones, until aborted. One batch is handled before the next is read. */
  batches(signal: AbortSignal): AsyncIterable<LogBatch>;
  /** Says that everything before `offset` is durable in the event store (law 4). */
  commit(offset: number): Promise<void>;
}

export interface EventLog extends EventPublisher, EventSubscriber {
  /** Events published but not yet committed by the recorder. */
  lag(): Promise<number>;
  close(): Promise<void>;
}
