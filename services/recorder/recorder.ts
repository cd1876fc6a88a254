// Moves events from the log into the store, each once, and commits the log only behind the store.
import { failpoint } from '../ports/failpoint.ts';
import type { HubEvent } from '../domain/events.ts';
import type { EventSubscriber } from '../ports/event-log.ts';
import type { AppendOutcome, EventAppender } from '../ports/event-store.ts';

export interface RecorderPorts {
  log: EventSubscriber;
  store: EventAppender;
}

export type OnRecorded = (events: readonly HubEvent[], outcomes: readonly AppendOutcome[]) => void;

/** Records until aborted. The offset is committed after the append is durable (law 4); a repeat is a duplicate (law 2). */
export async function record({ log, store }: RecorderPorts, signal: AbortSignal, onRecorded?: OnRecorded): Promise<void> {
  for await (const batch of log.batches(signal)) {
    failpoint('recorder-read');
    const outcomes = await store.append(batch.events);
    // Counted as soon as it is durable: after a commit that fails the same events come again as duplicates.
    onRecorded?.(batch.events, outcomes);
    failpoint('recorder-appended');
    await log.commit(batch.place);
    failpoint('recorder-committed');
  }
}
