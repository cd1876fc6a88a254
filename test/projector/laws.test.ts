// Laws 5 and 6: neither order nor repetition nor batching matters, and live views, rebuilt views and a fold in memory are the same.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deliveries } from '../support/arbitrary.ts';
import { createClock } from '../support/clock.ts';
import { allEvents, digestOfRows, feedOf, foldInMemory, inWorkshop, rowsOf } from '../support/fold.ts';
import { simulatedEvents } from '../support/simulated-events.ts';
import type { HubEvent } from '../../services/domain/events.ts';

const options = { seed: 'laws', subjects: 70, dirty: 0.2 };

describe('the views', function () {
  this.timeout(120_000);
  let events: HubEvent[];
  let expected: string;
  before(async () => {
    events = await simulatedEvents(options);
    expected = await digestAfter(events, 1000);
  });

  it('rest on a history with refusals, conflicts and repetitions', async () => {
    assert.ok(events.some((event) => event.type === 'quarantine.quarantined'));
    assert.ok(new Set(events.map((event) => event.id)).size < events.length);
    await inWorkshop(createClock(), async ({ live, views }) => {
      await live(events);
      assert.ok((await rowsOf(views)).some((row) => /"conflicts":\["/.test(row.body)));
      assert.equal(Object.keys(await views.count('package', 'type:')).length, 6);
    });
  });

  it('are the same whatever the order, the repetitions and the batches of delivery', async () => {
    const way = fc.tuple(deliveries(events.length), fc.integer({ min: 7, max: 400 }));
    const property = fc.asyncProperty(way, async ([order, batch]) => {
      assert.equal(
        await digestAfter(
          order.map((i) => events[i]!),
          batch,
        ),
        expected,
      );
    });
    await fc.assert(property, { numRuns: 25, endOnFailure: true });
  });

  it('are the same live, rebuilt and folded in memory, in all that is known and all that is local', async () => {
    const clock = createClock();
    const way = fc.tuple(deliveries(events.length), fc.integer({ min: 20, max: 300 }), fc.integer({ min: 20, max: 2000 }));
    const property = fc.asyncProperty(way, async ([order, batch, rebuildBatch]) => {
      await inWorkshop(clock, async ({ live, rebuilt, store, views }) => {
        const delivered = order.map((i) => events[i]!);
        for (let i = 0; i < delivered.length; i += batch) await live(delivered.slice(i, i + batch), batch);
        const rows = await rowsOf(views);
        await rebuilt(async (fresh) => {
          assert.deepEqual(await rowsOf(fresh), rows);
          assert.deepEqual(await feedOf(fresh), await feedOf(views));
          assert.equal(await fresh.digest(), await views.digest());
        }, rebuildBatch);
        const folded = await foldInMemory(await allEvents(store), clock.today());
        assert.deepEqual(folded, rows);
        assert.equal(digestOfRows(folded), await views.digest());
      });
    });
    await fc.assert(property, { numRuns: 12, endOnFailure: true });
  });

  it('do not change when every event is applied twice', async () => {
    await inWorkshop(createClock(), async ({ live, store, views }) => {
      await live(events);
      const [rows, feed, head] = [await rowsOf(views), await feedOf(views), await store.head()];
      await live(events, 50);
      assert.equal(await store.head(), head);
      assert.deepEqual(await rowsOf(views), rows);
      assert.deepEqual(await feedOf(views), feed);
      const seen = await allEvents(store);
      const same = (list: typeof rows): string[] =>
        list.filter((row) => row.view !== 'source').map(({ view, key, body }) => `${view} ${key} ${body}`);
      assert.deepEqual(same(await foldInMemory([...seen, ...seen])), same(await foldInMemory(seen)));
    });
  });

  async function digestAfter(delivered: readonly HubEvent[], batch: number): Promise<string> {
    return inWorkshop(createClock(), async ({ live, views }) => {
      await live(delivered, batch);
      return views.digest();
    });
  }
});
