// Pieces of long work give way to each other and to the rest of the process.
import assert from 'node:assert/strict';
import { breathe } from '../../services/ports/breathe.ts';

/** Keeps the process for longer than it may be kept. */
function workLong(): void {
  for (const until = performance.now() + 12; performance.now() < until;);
}

describe('long work', () => {
  it('goes on one piece a turn of the event loop, in the order in which pieces waited', async () => {
    let turns = 0;
    let counting = true;
    const count = (): void => {
      turns++;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    workLong();
    const wentOn: [number, number][] = [];
    await Promise.all([1, 2, 3].map(async (piece) => breathe()?.then(() => void wentOn.push([piece, turns]))));
    counting = false;
    assert.deepEqual(
      wentOn.map(([piece]) => piece),
      [1, 2, 3],
    );
    assert.equal(new Set(wentOn.map(([, turn]) => turn)).size, 3);
  });

  it('does not wait where the last turn was a moment ago', async () => {
    workLong();
    await breathe();
    assert.equal(breathe(), undefined);
  });
});
