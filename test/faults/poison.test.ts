// fault-48 by the thousand: whatever bytes an event holds, the fold gets past it, and all ways to the views agree.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { plan } from './support/plan.ts';
import { deriveEventId, streamOf } from '../../services/domain/events.ts';
import { createClock } from '../support/clock.ts';
import { allEvents, feedOf, foldInMemory, inWorkshop, rowsOf } from '../support/fold.ts';
import { simulatedEvents } from '../support/simulated-events.ts';
import type { HubEvent } from '../../services/domain/events.ts';

describe('events of any bytes', function () {
  this.timeout(300_000);

  it('fault-48 fuzzed bytes never stop the projector; live, rebuilt and in memory stay the same', async () => {
    const events = await simulatedEvents({ seed: 'fuzz', subjects: 25, dirty: 0.2 });
    // Half of them keep their header, so that the body is decoded and sometimes even makes sense.
    const damage = fc.oneof(
      fc.record({ at: fc.nat(10_000), xor: fc.integer({ min: 1, max: 255 }) }).map(({ at, xor }) => (data: Uint8Array): Uint8Array => {
        const bytes = Buffer.from(data);
        bytes[10 + (at % Math.max(1, bytes.length - 10))]! ^= xor;
        return bytes;
      }),
      fc.tuple(fc.nat(10_000), fc.uint8Array({ maxLength: 40 })).map(([at, inserted]) => (data: Uint8Array): Uint8Array => {
        const cut = at % (data.length + 1);
        return Buffer.concat([data.subarray(0, cut), inserted, data.subarray(cut)]);
      }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => () => bytes),
    );
    const injected = fc.array(fc.tuple(fc.nat(events.length - 1), damage, fc.nat(events.length)), { minLength: 20, maxLength: 60 });
    const property = fc.asyncProperty(injected, fc.integer({ min: 10, max: 200 }), async (damages, batch) => {
      let history: HubEvent[] = events;
      damages.forEach(([victim, damaged, place], number) => {
        const event = events[victim]!;
        const data = damaged(event.data);
        const id = deriveEventId(event.time, event.source, `fuzz-${number}`, null, data);
        history = history.toSpliced(place, 0, { ...event, id, data });
      });
      const clock = createClock();
      await inWorkshop(clock, async ({ live, rebuilt, store, views }) => {
        for (let i = 0; i < history.length; i += batch) await live(history.slice(i, i + batch), batch);
        assert.equal((await views.checkpoint()).position, await store.head());
        const rows = await rowsOf(views);
        const recorded = await allEvents(store);
        for (const { key } of rows.filter(({ view }) => view === 'parked')) assert.ok(recorded.some((event) => streamOf(event) === key));
        await rebuilt(async (fresh) => {
          assert.deepEqual(await rowsOf(fresh), rows);
          assert.deepEqual(await feedOf(fresh), await feedOf(views));
        }, 60);
        assert.deepEqual(await foldInMemory(recorded, clock.today()), rows);
      });
    });
    await fc.assert(property, { numRuns: 30, endOnFailure: true, seed: Number(plan.seed) });
  });
});
