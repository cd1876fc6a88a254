// What a service is handed that may write events of its own: nothing takes effect before they are in the store (law 1).
import type { HubEvent } from '../domain/events.ts';

export interface Recording {
  /**
   * Resolves when the event store holds the events. Errors: ENGINE_UNAVAILABLE when no recorder has taken them in time;
   * they may be recorded later, so the same events may be given again.
   */
  record(events: HubEvent[]): Promise<void>;
}
