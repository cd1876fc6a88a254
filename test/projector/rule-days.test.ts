// Rules that take effect on a day: every target is judged again on it, by no event, the same live, rebuilt and after a crash.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { project } from '../../services/projector/projector.ts';
import { deliveries } from '../support/arbitrary.ts';
import { nextVersion, rulesWith, shipped } from '../support/changed-rules.ts';
import { createClock } from '../support/clock.ts';
import { allEvents, feedOf, foldInMemory, inWorkshop, linesAbout, rowsOf } from '../support/fold.ts';
import { contracts } from '../support/project.ts';
import { eventsTold, simulatedEvents } from '../support/simulated-events.ts';
import { factory, shop } from '../support/told.ts';
import type { PackageContract } from '../../services/domain/packages/contract.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { FeedEntry, ViewReader, ViewWriter } from '../../services/ports/view-store.ts';
import type { Rules } from '../../services/projector/judge-targets.ts';
import type { Workshop } from '../support/fold.ts';

const day = '2027-06-01';
const packageOf = async (views: ViewReader, id: string): Promise<Package> => JSON.parse((await views.get('package', id))!.body) as Package;

/** From the day on, a shop needs an approval too: the item was there, and is required now. */
const stricterShops = (from = day): PackageContract =>
  nextVersion('low-voltage-business', from, {
    items: shipped('low-voltage-business').items.map(({ requiredWhen: _, ...item }) => item),
  });

async function inWorkshopWith<T>(rules: Rules, clock: ReturnType<typeof createClock>, use: (workshop: Workshop) => Promise<T>): Promise<T> {
  return inWorkshop(clock, async (workshop) => {
    workshop.ports.rules = rules;
    return use(workshop);
  });
}

describe('rules that take effect on a day', function () {
  this.timeout(60_000);

  it('turn what they bear on, on that day and with the version as cause, and nothing else', async () => {
    const clock = createClock('2027-05-30');
    const [affected, other] = [shop(1, '2040-01-01'), factory(2)];
    await inWorkshopWith(rulesWith([stricterShops()]), clock, async ({ live, rebuilt, views, ports, store }) => {
      await live(await eventsTold([...affected.told, ...other.told]));
      clock.pass(1);
      await live([]);
      const before = await packageOf(views, affected.id);
      const untouched = await views.get('package', other.id);
      assert.deepEqual([before.status, before.contractVersion], ['verified', 1]);
      clock.pass(1);
      await live([]);
      const after = await packageOf(views, affected.id);
      assert.deepEqual([after.status, after.contractVersion], ['missing', 2]);
      assert.notEqual(after.rules, before.rules);
      const { cause, was, status } = (await linesAbout(views, affected.id)).at(-1)!;
      assert.deepEqual([cause, was, status], [{ date: day, rules: 'low-voltage-business@2' }, 'verified', 'missing']);
      assert.deepEqual(await views.get('package', other.id), untouched);
      const [rows, feed] = [await rowsOf(views), await feedOf(views)];
      await live([]);
      assert.deepEqual(await feedOf(views), feed);
      await rebuilt(async (fresh) => {
        assert.deepEqual(await rowsOf(fresh), rows);
        assert.deepEqual(await feedOf(fresh), feed);
      });
      assert.deepEqual(await foldInMemory(await allEvents(store), clock.today(), ports.rules), rows);
    });
  });

  it('make packages and end them, and a rule by itself does as a contract does', async () => {
    const clock = createClock('2027-05-30');
    const { told, id } = shop(1, '2040-01-01');
    const none = nextVersion('low-voltage-business', day, { when: 'false' });
    const again = { ...shipped('low-voltage-business'), version: 3, effectiveFrom: '2027-07-01' };
    const good = contracts.rules.find((rule) => rule.id === 'licence-in-good-standing')!;
    const rule = { ...good, version: 2, effectiveFrom: '2027-08-01', holds: 'fact.status == "suspended"' };
    await inWorkshopWith(rulesWith([none, again], [rule]), clock, async ({ live, rebuilt, views }) => {
      await live(await eventsTold(told));
      clock.set('2027-09-01');
      await live([]);
      const told2 = (await linesAbout(views, id)).slice(1).map(({ change, was, status, cause }) => ({ change, was, status, cause }));
      assert.deepEqual(told2, [
        { change: 'withdrawn', was: 'verified', status: null, cause: { date: day, rules: 'low-voltage-business@2' } },
        { change: 'prepared', was: null, status: 'verified', cause: { date: '2027-07-01', rules: 'low-voltage-business@3' } },
        { change: 'changed', was: 'verified', status: 'lapsed', cause: { date: '2027-08-01', rules: 'licence-in-good-standing@2' } },
      ]);
      const feed = await feedOf(views);
      await rebuilt(async (fresh) => assert.deepEqual(await feedOf(fresh), feed));
    });
  });

  it('of a region bear on what lies in it alone', async () => {
    const clock = createClock('2027-05-30');
    const shops = Array.from({ length: 12 }, (_, i) => shop(i, '2040-01-01'));
    const region = shops[0]!.cast.region.code.slice(0, 2);
    const overlay = {
      extends: 'low-voltage-business',
      region,
      version: 1,
      effectiveFrom: day,
      legalBasis: 'none',
      items: stricterShops().items.filter((item) => item.id === 'approval'),
    };
    assert.ok(shops.some(({ cast }) => !cast.region.code.startsWith(region)));
    await inWorkshopWith(rulesWith([overlay]), clock, async ({ live, rebuilt, views }) => {
      await live(await eventsTold(shops.flatMap(({ told }) => told)));
      clock.set(day);
      await live([]);
      for (const { id, cast } of shops) {
        const isThere = cast.region.code.startsWith(region);
        assert.equal((await packageOf(views, id)).status, isThere ? 'missing' : 'verified', cast.region.name);
        if (isThere)
          assert.deepEqual((await linesAbout(views, id)).at(-1)!.cause, { date: day, rules: `low-voltage-business@1/${region}` });
      }
      const feed = await feedOf(views);
      await rebuilt(async (fresh) => assert.deepEqual(await feedOf(fresh), feed));
    });
  });

  it('come after what ends on the same day, which is judged by them already', async () => {
    const clock = createClock('2027-05-30');
    const [ending, lasting] = [shop(2, '2027-05-31'), shop(1, '2040-01-01')];
    await inWorkshopWith(rulesWith([stricterShops()]), clock, async ({ live, rebuilt, views }) => {
      await live(await eventsTold([...ending.told, ...lasting.told]));
      clock.set(day);
      await live([]);
      const lines = (await feedOf(views)).filter(({ body }) => body.includes(day));
      assert.deepEqual(
        lines.map(({ key }) => key),
        [ending.id, lasting.id],
      );
      assert.equal((await packageOf(views, ending.id)).contractVersion, 2);
      const feed = await feedOf(views);
      await rebuilt(async (fresh) => assert.deepEqual(await feedOf(fresh), feed));
    });
  });
});

/** Views that fail at a commit, before or after it is done, as a process that is killed there leaves them. */
function dying(views: ViewWriter, at: number, when: 'before' | 'after'): ViewWriter {
  let commits = 0;
  return {
    ...views,
    async commit(changes) {
      const dies = ++commits === at;
      if (dies && when === 'before') throw new Error('killed');
      await views.commit(changes);
      if (dies) throw new Error('killed');
    },
  };
}

/** Views that refuse a line in a place of the feed that was passed already: nothing is judged back and forth. */
function rising(views: ViewWriter, after: string): ViewWriter {
  let last = after;
  return {
    ...views,
    async commit(changes) {
      for (const { cursor } of changes.feed) {
        assert.ok(cursor > last, `${cursor} comes after ${last}`);
        last = cursor;
      }
      await views.commit(changes);
    },
  };
}

/** One who reads the feed on from the last line it saw. */
function follower(views: ViewReader): { read(): Promise<void>; lines: FeedEntry[] } {
  const lines: FeedEntry[] = [];
  return {
    lines,
    async read() {
      lines.push(...(await views.feed({ after: lines.at(-1)?.cursor ?? '', limit: 1_000_000 })));
    },
  };
}

describe('a sweep of many targets', function () {
  this.timeout(110_000);

  it('that is killed anywhere goes on to the same feed, and a follower misses no line', async () => {
    const clock = createClock('2027-05-31');
    // Every third ends that very day: due rows and rules in one day, and more of both than one commit takes.
    const shops = Array.from({ length: 2_100 }, (_, i) => shop(i, i % 2 === 0 ? '2027-05-31' : '2040-01-01'));
    const rules = rulesWith([
      stricterShops(),
      { ...stricterShops('2027-06-02'), version: 3, items: shipped('low-voltage-business').items },
    ]);
    await inWorkshopWith(rules, clock, async ({ live, rebuilt, views, ports }) => {
      await live(await eventsTold(shops.flatMap(({ told }) => told)));
      clock.set('2027-06-03');
      await live([]);
      const [rows, feed] = [await rowsOf(views), await feedOf(views)];
      assert.equal(feed.filter(({ body }) => body.includes('low-voltage-business@2')).length, 2_100);
      for (let i = 1; i < feed.length; i++) assert.ok(feed[i - 1]!.cursor < feed[i]!.cursor, 'places in the feed rise');
      clock.set('2027-05-31');
      // Two due days' commits, then three pages a sweep: kills fall into all of them.
      for (const [at, when] of [
        [1, 'after'],
        [3, 'before'],
        [4, 'after'],
        [6, 'before'],
        [9, 'after'],
      ] as const) {
        await rebuilt(async (fresh) => {
          clock.set('2027-06-03');
          const reader = follower(fresh);
          await reader.read();
          await assert.rejects(project({ ...ports, views: dying(fresh, at, when) }), /killed/);
          await reader.read();
          await project({ ...ports, views: rising(fresh, reader.lines.at(-1)?.cursor ?? '') });
          await reader.read();
          assert.deepEqual(reader.lines, feed, `killed ${when} commit ${at}`);
          assert.deepEqual(await rowsOf(fresh), rows);
          clock.set('2027-05-31');
        });
      }
    });
  });

  it('comes out the same live, rebuilt and in memory, over any history, with kills in between', async () => {
    const events = await simulatedEvents({ seed: 'rule days', subjects: 40, dirty: 0.2 });
    const relaxed = {
      extends: 'transfer',
      region: '44',
      version: 1,
      effectiveFrom: '2024-10-01',
      legalBasis: 'none',
      without: ['account'],
    };
    const arrears = contracts.rules.find(({ id }) => id === 'no-arrears')!;
    const rules = rulesWith(
      [stricterShops('2024-09-01'), nextVersion('high-voltage', '2024-09-01', { when: 'false' }), relaxed],
      [{ ...arrears, version: 2, effectiveFrom: '2025-01-15', otherwise: 'lapsed' }],
    );
    const pace = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat(25), fc.integer({ min: 1, max: 6 })), {
      minLength: 5,
      maxLength: 15,
    });
    const property = fc.asyncProperty(deliveries(events.length), pace, async (order, steps) => {
      const clock = createClock('2024-06-01');
      await inWorkshopWith(rules, clock, async ({ store, rebuilt, views, ports }) => {
        const reader = follower(views);
        for (let at = 0, turn = 0; at < order.length; turn++) {
          const [batch, days, dies] = steps[turn % steps.length]!;
          await store.append(order.slice(at, at + batch).map((i) => events[i]!));
          at += batch;
          await project({ ...ports, views: dying(views, dies, days % 2 === 0 ? 'before' : 'after') }).catch((error: unknown) =>
            assert.match(String(error), /killed/),
          );
          await reader.read();
          await project(ports);
          await reader.read();
          clock.pass(days);
        }
        await project(ports);
        await reader.read();
        const [rows, feed] = [await rowsOf(views), await feedOf(views)];
        assert.deepEqual(reader.lines, feed);
        await rebuilt(async (fresh) => {
          assert.deepEqual(await rowsOf(fresh), rows);
          assert.deepEqual(await feedOf(fresh), feed);
        }, 77);
        assert.deepEqual(await foldInMemory(await allEvents(store), clock.today(), rules), rows);
      });
    });
    await fc.assert(property, { numRuns: 8, endOnFailure: true });
  });
});
