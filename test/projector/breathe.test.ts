// A long fold shares its process: whoever asks the portal meanwhile is answered.
import assert from 'node:assert/strict';
import { createClock } from '../support/clock.ts';
import { inWorkshop } from '../support/fold.ts';
import { simulatedEvents } from '../support/simulated-events.ts';

describe('a fold of many events', function () {
  this.timeout(60_000);

  it('lets the rest of the process have its turn within a batch', async () => {
    const events = await simulatedEvents({ seed: 'breath', subjects: 300, dirty: 0 });
    await inWorkshop(createClock(), async ({ live, views }) => {
      let folding = true;
      let turns = 0;
      const turn = (): void => {
        turns++;
        if (folding) setImmediate(turn);
      };
      setImmediate(turn);
      // One batch: what is counted are turns within it, beside the one before and the one after that a batch has anyway.
      await live(events, events.length);
      folding = false;
      assert.equal((await views.checkpoint()).position, new Set(events.map(({ id }) => id)).size);
      assert.ok(turns > 5, `${turns} turns`);
    });
  });
});
