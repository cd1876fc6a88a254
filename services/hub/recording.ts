// Records events of the hub's own beside the services that run: published, and awaited in the store.
import { HubError } from '../domain/errors.ts';
import { tookTooLong, withPatience } from '../ports/patience.ts';
import type { EventPublisher } from '../ports/event-log.ts';
import type { Recording } from '../ports/recording.ts';

const recordedWithinMs = 10_000;

/** What is asked for while a publication is under way goes with the next: many readers share one commit. */
export function recordingOn(log: EventPublisher, withinMs = recordedWithinMs): Recording {
  let waiting: { events: Parameters<Recording['record']>[0]; done: () => void; failed: (cause: unknown) => void }[] = [];
  let busy = false;

  async function pump(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        await recordNow(group.flatMap(({ events }) => events));
        for (const { done } of group) done();
      } catch (cause) {
        for (const { failed } of group) failed(cause);
      }
    }
    busy = false;
  }

  async function recordNow(events: Parameters<Recording['record']>[0]): Promise<void> {
    const place = await log.publish(events);
    await withPatience(withinMs, (signal) => log.recorded(place, signal)).catch((cause: unknown) => {
      if (!tookTooLong(cause)) throw cause;
      throw new HubError('ENGINE_UNAVAILABLE', 'it was published, but no recorder has taken it yet', { cause });
    });
  }

  return {
    record: (events) =>
      new Promise((done, failed) => {
        waiting.push({ events, done, failed });
        if (!busy) void pump();
      }),
  };
}
