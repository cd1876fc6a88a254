// Lets the rest of the process have its turn in the middle of long work: where all services are one process, who asks the
// portal for a package must not wait for a thousand records.

/** How long others may wait, in milliseconds. */
const atMostMs = 10;
let last = performance.now();
const waiting: (() => void)[] = [];

/**
 * Called between two pieces of work. Waits for a turn of the event loop where others have waited long enough; of several who
 * wait here one goes on a turn, or their pieces would add up.
 */
export function breathe(): Promise<void> | undefined {
  if (performance.now() - last < atMostMs) return undefined;
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(nextOne);
  });
}

function nextOne(): void {
  last = performance.now();
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(nextOne);
}
