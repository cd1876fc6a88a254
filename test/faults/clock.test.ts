// Clocks that jump: order is by position, recording times never fall, and what is known does not depend on them.
import assert from 'node:assert/strict';
import { createClock } from '../support/clock.ts';
import { allEvents, digestOfRows, foldInMemory, inWorkshop, rowsOf } from '../support/fold.ts';
import { simulatedEvents } from '../support/simulated-events.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { Clock } from '../support/clock.ts';

const [hour, day] = [1 / 24, 1];
/** A day back, an hour on and back, past Beijing's midnight and back, and back again by more than all that. */
const jumps = [-day, hour, -hour, 13 * hour, -26 * hour, 2 * hour, -3 * day];

describe('a clock that jumps', function () {
  this.timeout(60_000);

  /** Appends and folds piece by piece, with `between` pieces something done to the clock; ends at the same noon. */
  async function told(events: readonly HubEvent[], between: (clock: Clock, piece: number) => void) {
    const clock = createClock();
    return inWorkshop(clock, async ({ store, views, live }) => {
      const length = Math.ceil(events.length / 12);
      for (let piece = 0; piece * length < events.length; piece++) {
        await live(events.slice(piece * length, (piece + 1) * length));
        between(clock, piece);
      }
      clock.set('2027-03-01');
      await live([]);
      const kept = await allEvents(store);
      return { kept, digest: await views.digest(), rows: await rowsOf(views) };
    });
  }

  it('fault-59: changes neither the order nor the outcome, and recording times stay monotone', async () => {
    const events = await simulatedEvents({ seed: 'clock', subjects: 40 });
    const steady = await told(events, () => undefined);
    const asked: number[] = [];
    const jumping = await told(events, (clock, piece) => {
      clock.pass(jumps[piece % jumps.length]!);
      asked.push(clock.now());
    });
    assert.ok(
      asked.some((at, i) => i > 0 && at < asked[i - 1]!),
      'the clock went back',
    );
    assert.deepEqual(
      jumping.kept.map(({ id, position, revision }) => [id, position, revision]),
      steady.kept.map(({ id, position, revision }) => [id, position, revision]),
    );
    const times = jumping.kept.map(({ recordedtime }) => recordedtime);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
    assert.equal(jumping.digest, steady.digest);
    assert.equal(digestOfRows(await foldInMemory(jumping.kept, '2027-03-01')), digestOfRows(jumping.rows));
  });
});
