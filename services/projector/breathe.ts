// Lets the rest of the process have its turn while a long fold goes on: where portal and projector are one process, who asks
// for a package must not wait for a thousand events.
import { setImmediate as turn } from 'node:timers/promises';

const atMostMs = 10;
let last = performance.now();

/** Called between two pieces of work. Waits for one turn of the event loop if the last was longer ago than that. */
export function breathe(): Promise<void> | undefined {
  if (performance.now() - last < atMostMs) return undefined;
  return turn().then(() => {
    last = performance.now();
  });
}
