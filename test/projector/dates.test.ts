// Dates that come: what expires is judged again without any event, and a rebuild tells the same story.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { deliveries } from '../support/arbitrary.ts';
import { createClock } from '../support/clock.ts';
import { feedOf, foldInMemory, inWorkshop, allEvents, linesAbout, rowsOf } from '../support/fold.ts';
import { follow } from '../support/follow.ts';
import { eventsTold, simulatedEvents } from '../support/simulated-events.ts';
import { shop } from '../support/told.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { ViewReader } from '../../services/ports/view-store.ts';

const packageOf = async (views: ViewReader, id: string): Promise<Package> => JSON.parse((await views.get('package', id))!.body) as Package;

describe('a date that comes', function () {
  this.timeout(60_000);

  it('turns a package the day after the last day, with the date as cause and nothing else changed', async () => {
    const clock = createClock('2027-03-01');
    const { told, id } = shop(1, '2027-03-03');
    await inWorkshop(clock, async ({ live, rebuilt, views }) => {
      await live(await eventsTold(told));
      assert.equal((await packageOf(views, id)).status, 'verified');
      clock.set('2027-03-03');
      await live([]);
      assert.equal((await packageOf(views, id)).status, 'verified');
      clock.set('2027-03-04');
      await live([]);
      const pack = await packageOf(views, id);
      assert.equal(pack.status, 'lapsed');
      const premises = pack.items.find((item) => item.id === 'premises')!;
      assert.deepEqual([premises.status, premises.rule.id, premises.validUntil], ['lapsed', 'within-validity', '2027-03-03']);
      const last = (await linesAbout(views, id)).at(-1)!;
      assert.deepEqual([last.cause, last.was, last.status, last.change], [{ date: '2027-03-04' }, 'verified', 'lapsed', 'changed']);
      await rebuilt(async (fresh) => assert.equal(await fresh.digest(), await views.digest()));
    });
  });

  it('changes nothing a second time', async () => {
    const clock = createClock('2027-03-01');
    await inWorkshop(clock, async ({ live, views }) => {
      await live(await eventsTold(shop(1, '2027-03-03').told));
      clock.set('2027-03-04');
      await live([]);
      const [rows, feed] = [await rowsOf(views), await feedOf(views)];
      await live([]);
      assert.deepEqual([await rowsOf(views), await feedOf(views)], [rows, feed]);
    });
  });

  it('is judged day by day however many days were slept through', async () => {
    const clock = createClock('2027-03-01');
    const shops = [shop(1, '2027-03-09'), shop(2, '2027-03-05'), shop(3, '2027-03-07')];
    await inWorkshop(clock, async ({ live, views }) => {
      await live(await eventsTold(shops.flatMap(({ told }) => told)));
      clock.set('2027-04-01');
      await live([]);
      const lapses = (await feedOf(views))
        .map((entry) => JSON.parse(entry.body) as { cause: object })
        .filter(({ cause }) => 'date' in cause);
      assert.deepEqual(
        lapses.map(({ cause }) => cause),
        [{ date: '2027-03-06' }, { date: '2027-03-08' }, { date: '2027-03-10' }],
      );
    });
  });

  it('never comes for a right without end, which registries write as the last day of the year 9999', async () => {
    const clock = createClock('2027-03-01');
    const { told, id } = shop(1, '9999-12-31');
    const events = await eventsTold(told);
    await inWorkshop(clock, async ({ store, views, live }) => {
      await store.append(events);
      const [row] = (await foldInMemory(await allEvents(store), '0000-01-02')).filter(({ key }) => key === id);
      // The day after the last one of the licence, which does end.
      assert.equal(row?.due, '2055-01-01');
      await live([]);
      clock.pass(400);
      await live([]);
      assert.equal((await packageOf(views, id)).status, 'verified');
    });
  });

  it('reaches every package that ends on it, however many they are', async () => {
    const clock = createClock('2027-12-01');
    const shops = Array.from({ length: 1_100 }, (_, i) => shop(i, '2027-12-31'));
    await inWorkshop(clock, async ({ live, views }) => {
      await live(await eventsTold(shops.flatMap(({ told }) => told)));
      assert.deepEqual(await views.count('package', 'status:'), { verified: 1_100 });
      clock.set('2028-01-01');
      await live([]);
      assert.deepEqual(await views.count('package', 'status:'), { lapsed: 1_100 });
    });
  });

  it('is noticed by a live projector while no event comes', async () => {
    const clock = createClock('2027-03-01');
    const { told, id } = shop(1, '2027-03-03');
    await inWorkshop(clock, async ({ store, ports, views }) => {
      await store.append(await eventsTold(told));
      const projector = follow(ports);
      await projector.until(({ position }) => position === 2);
      clock.set('2027-03-04');
      await projector.until(({ date }) => date === '2027-03-04');
      assert.equal((await packageOf(views, id)).status, 'lapsed');
      await projector.stop();
    });
  });

  it('waits for the events that were recorded before it', async () => {
    const clock = createClock('2027-03-03');
    const [first, second] = [shop(1, '2027-03-03'), shop(2, '2027-03-03')];
    const [opening, ...rest] = await eventsTold([...first.told, ...second.told]);
    await inWorkshop(clock, async ({ store, ports, views, rebuilt }) => {
      // Midnight passes between two batches of one day.
      const projector = follow(ports, { batch: 1, onCommit: ({ position }) => position === 2 && clock.set('2027-03-04') });
      await store.append([opening!]);
      await projector.until(({ position }) => position === 1);
      await store.append(rest);
      await projector.until(({ position, date }) => position === 4 && date === '2027-03-04');
      await projector.stop();
      const feed = await feedOf(views);
      await rebuilt(async (fresh) => assert.deepEqual(await feedOf(fresh), feed));
    });
  });
});

describe('a history recorded over many days', function () {
  this.timeout(120_000);

  it('has the same rows and the same feed live and rebuilt, byte for byte', async () => {
    const events = await simulatedEvents({ seed: 'dates', subjects: 40, dirty: 0.2 });
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat(25)), { minLength: 5, maxLength: 15 });
    const property = fc.asyncProperty(deliveries(events.length), steps, async (order, pace) => {
      const clock = createClock('2024-06-01');
      await inWorkshop(clock, async ({ live, rebuilt, views }) => {
        const delivered = order.map((i) => events[i]!);
        for (let at = 0, turn = 0; at < delivered.length; turn++) {
          const [batch, days] = pace[turn % pace.length]!;
          await live(delivered.slice(at, at + batch));
          at += batch;
          clock.pass(days);
          // Now and then the hub runs through the night.
          if (days % 2 === 0) await live([]);
        }
        const [rows, feed] = [await rowsOf(views), await feedOf(views)];
        clock.pass(1);
        await live([]);
        await rebuilt(async (fresh) => {
          assert.deepEqual(await rowsOf(fresh), await rowsOf(views));
          assert.deepEqual(await feedOf(fresh), await feedOf(views));
        }, 77);
        assert.ok(rows.length > 0 && feed.length > 0);
      });
    });
    await fc.assert(property, { numRuns: 12, endOnFailure: true });
  });
});
