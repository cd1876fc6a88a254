// Follows all of our events as they come, over whatever happens to the connection: each once, in order.
import { START, streamNameFilter } from '@eventstore/db-client';
import { fromStored, prefixes } from './event-record.ts';
import { failureOf, pause, timedOut } from './failures.ts';
import { newest, placeOf } from './scan.ts';
import { openTap } from './tap.ts';
import type { AllStreamResolvedEvent } from '@eventstore/db-client';
import type { RecordedEvent } from '../../domain/events.ts';
import type { Connection } from './connection.ts';
import type { Tap } from './tap.ts';

export interface FollowOptions {
  /** How long an idle reader waits before it gets an empty batch, in milliseconds. */
  idleMs: number;
  /** After how long without any sign of the subscription the server is asked whether something was missed, in milliseconds. */
  silentMs: number;
  /** For how long a lost connection is sought again before the reader is told, in milliseconds. */
  giveUpMs: number;
}

/** Signs of life of one subscription. */
interface Pulse {
  confirmed: boolean;
  /** When it was last heard, by `performance.now()`. */
  heard: number;
}

/**
 * Our events after a position, in batches of at most `batch`, until `live` is aborted or the store closed. Throws
 * ENGINE_UNAVAILABLE when the server was out of reach for `giveUpMs`; whoever goes on from the last batch misses nothing.
 */
export async function* follow(
  connection: Connection,
  after: number,
  batch: number,
  live: AbortSignal,
  options: FollowOptions,
): AsyncGenerator<RecordedEvent[]> {
  const stop = AbortSignal.any([live, connection.closed]);
  let reached = performance.now();
  let lost = 0;
  while (!stop.aborted) {
    const pulse: Pulse = { confirmed: false, heard: performance.now() };
    const tap = subscribe(connection, after, batch, pulse, stop);
    try {
      for (;;) {
        const taken = await tap.take(batch, Math.min(options.idleMs, options.silentMs, connection.timeoutMs));
        if (stop.aborted) return;
        // A server that goes down in good order ends its subscriptions without an error.
        if (taken === 'ended') break;
        if (taken === 'quiet') {
          const silence = performance.now() - pulse.heard;
          if (!pulse.confirmed && silence >= connection.timeoutMs) throw timedOut(connection, 'subscribe');
          if (pulse.confirmed && silence >= options.silentMs) {
            if ((await newest(connection, after)) > after) break;
            pulse.heard = performance.now();
          }
          reached = pulse.confirmed ? performance.now() : reached;
          yield [];
          continue;
        }
        reached = pulse.heard = performance.now();
        lost = 0;
        const events = taken.flatMap(({ event }) => (event ? [fromStored(event)] : [])).filter(({ position }) => position > after);
        if (events.length === 0) continue;
        after = events.at(-1)!.position;
        yield events;
        reached = pulse.heard = performance.now();
      }
    } catch (cause) {
      const failure = failureOf(connection, 'subscribe', cause);
      if (stop.aborted) return;
      if (!failure.retry || performance.now() - reached > options.giveUpMs) throw failure;
    } finally {
      tap.close();
    }
    await pause(lost++, stop);
  }
}

/** Subscribes strictly after an event: the server leaves out the one at the place it is given. */
function subscribe(connection: Connection, after: number, batch: number, pulse: Pulse, stop: AbortSignal): Tap<AllStreamResolvedEvent> {
  const alive = (): void => {
    pulse.confirmed = true;
    pulse.heard = performance.now();
  };
  // A checkpoint for every 1,024 events of others, so that a long stretch of them does not pass for silence.
  const filter = streamNameFilter({ prefixes, maxSearchWindow: 256, checkpointInterval: 4, checkpointReached: alive });
  const fromPosition = after === 0 ? START : placeOf(after);
  const subscription = connection.client.subscribeToAll(
    { fromPosition, filter, ...connection.calls },
    { highWaterMark: Math.min(batch, 256) },
  );
  subscription.on('confirmation', alive);
  return openTap(subscription, () => subscription.unsubscribe(), stop);
}
