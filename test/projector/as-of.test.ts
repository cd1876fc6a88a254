// A package as known at a past position is what a rebuild stopped at that position holds.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { permit } from '../../services/simulator/registers.ts';
import { isFact } from '../../services/projector/apply-fact.ts';
import { packageHistory } from '../../services/projector/as-of.ts';
import { canonicalJson } from '../../services/domain/canonical.ts';
import { dateAt, startOfDay } from '../../services/domain/time.ts';
import { kinHistories } from '../support/arbitrary.ts';
import { createClock } from '../support/clock.ts';
import { allEvents, foldInMemory, heldBefore, inWorkshop } from '../support/fold.ts';
import { transferStep } from '../support/own-steps.ts';
import { codec, rules } from '../support/project.ts';
import { castOf, eventsTold, simulatedEvents, storyRecords } from '../support/simulated-events.ts';
import { factory, shop } from '../support/told.ts';
import { tellHistory } from '../support/told-history.ts';
import type { ComparedRow, Workshop } from '../support/fold.ts';
import type { PackageHistory, PastPackage, PastRequest } from '../../services/ports/package-history.ts';

const historyOf = ({ store, views }: Workshop): PackageHistory => packageHistory({ store, views, codec, rules });

/** Asks for every package and request that there is or was, and compares with a fold of only the events up to the position. */
async function comparePast(workshop: Workshop, position: number): Promise<number> {
  const past = (await allEvents(workshop.store)).filter((event) => event.position <= position);
  return compareWith(workshop, await foldInMemory(past), (view, id) =>
    view === 'package' ? historyOf(workshop).asOf(id, position) : historyOf(workshop).requestAsOf(id, position),
  );
}

/** The same on both axes, against a fold of only what held by the end of the day, as if recorded on that day. */
async function compareValid(workshop: Workshop, position: number, validAt: string): Promise<number> {
  const end = startOfDay(validAt) + 24 * 3_600_000;
  const past = (await allEvents(workshop.store)).filter((event) => event.position <= position);
  const held = heldBefore(past, end, rules.sources);
  const known = past.filter((event) => (isFact(event) ? held.has(event.id) : event.time < end));
  const rows = await foldInMemory(
    known.map((event) => ({ ...event, recordedtime: startOfDay(validAt) })),
    validAt,
  );
  const bare = rows.map((row) => ({ ...row, local: 'null' }));
  return compareWith(workshop, bare, async (view, id) => {
    const history = historyOf(workshop);
    const past = view === 'package' ? await history.asOf(id, position, { validAt }) : await history.requestAsOf(id, position, { validAt });
    assert.equal(past.date, validAt);
    return { ...past, local: null };
  });
}

async function compareWith(
  { views }: Workshop,
  rows: readonly ComparedRow[],
  ask: (view: 'package' | 'transfer-request', id: string) => Promise<PastPackage | PastRequest>,
): Promise<number> {
  let compared = 0;
  for (const view of ['package', 'transfer-request'] as const) {
    const wanted = new Map(rows.filter((row) => row.view === view).map((row) => [row.key, row]));
    const now = await views.list(view, { limit: 100_000 });
    for (const id of new Set([...wanted.keys(), ...now.map((row) => row.key)])) {
      const past = await ask(view, id);
      const body = 'package' in past ? past.package : past.request;
      assert.equal(body && canonicalJson(body), wanted.get(id)?.body ?? null, id);
      if (body) assert.equal(JSON.stringify(past.local), wanted.get(id)!.local, id);
    }
    compared += wanted.size;
  }
  return compared;
}

/** A part of the whole, each as likely as any other: arbitrary doubles would nearly all lie beside zero. */
const somewhere = fc.noBias(fc.integer({ min: 0, max: 10_000 }).map((n) => n / 10_000));

describe('a package or transfer request as of a past position', function () {
  this.timeout(120_000);

  it('is what a rebuild stopped there holds, at any position of any order of delivery', async () => {
    const events = await simulatedEvents({ seed: 'past', subjects: 30, dirty: 0.2 });
    let compared = 0;
    const property = fc.asyncProperty(
      fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
      fc.noBias(fc.array(somewhere, { minLength: 25, maxLength: 25 })),
      async (delivered, places) => {
        const clock = createClock('2024-06-01');
        await inWorkshop(clock, async (workshop) => {
          await tellHistory(workshop, clock, delivered);
          const head = await workshop.store.head();
          for (const place of places) compared += await comparePast(workshop, Math.round(place * head));
        });
      },
    );
    await fc.assert(property, { numRuns: 4, endOnFailure: true });
    assert.ok(compared > 1_000, `${compared} bodies compared`);
  });

  it('counts on any date only what had become true by its end, judged on that date', async () => {
    const events = await simulatedEvents({ seed: 'valid', subjects: 30, dirty: 0.2 });
    const times = events.map((event) => event.time).sort((a, b) => a - b);
    // A date far off is stated now and then by mistake; most of what there is lies between.
    const [first, last] = [times[Math.floor(times.length / 10)]!, times.at(-1)!];
    let compared = 0;
    const property = fc.asyncProperty(
      fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
      fc.noBias(fc.array(fc.tuple(somewhere, somewhere), { minLength: 10, maxLength: 10 })),
      async (delivered, places) => {
        const clock = createClock('2024-06-01');
        await inWorkshop(clock, async (workshop) => {
          await tellHistory(workshop, clock, delivered);
          const head = await workshop.store.head();
          for (const [position, moment] of places)
            compared += await compareValid(workshop, Math.round(position * head), dateAt(first + moment * (last - first)));
        });
      },
    );
    await fc.assert(property, { numRuns: 3, endOnFailure: true });
    assert.ok(compared > 200, `${compared} bodies compared`);
  });

  it('is the same among branches, parents and mergers, on both axes', async () => {
    const property = fc.asyncProperty(kinHistories(41), somewhere, async (told, moment) => {
      const events = await eventsTold(told);
      const times = events.map(({ time }) => time).sort((a, b) => a - b);
      const clock = createClock('2026-03-02');
      await inWorkshop(clock, async (workshop) => {
        await workshop.live(events);
        const head = await workshop.store.head();
        for (let position = 0; position <= head; position++) await comparePast(workshop, position);
        await compareValid(workshop, head, dateAt(times[0]! + moment * (times.at(-1)! - times[0]!)));
      });
    });
    await fc.assert(property, { numRuns: 60, endOnFailure: true });
  });

  it('is judged by the day that had come when it was known, also where nothing was recorded on it', async () => {
    const clock = createClock('2024-06-01');
    await inWorkshop(clock, async (workshop) => {
      const { told, id } = shop(1, '2024-08-31');
      await workshop.live(await eventsTold(told));
      const status = async (date?: string) => (await historyOf(workshop).asOf(id, 2, date === undefined ? {} : { date })).package?.status;
      assert.deepEqual([await status(), await status('2024-08-31'), await status('2024-09-01')], ['verified', 'verified', 'lapsed']);
    });
  });

  it('is nothing before its first event, and what it is now at the head', async () => {
    await inWorkshop(createClock(), async (workshop) => {
      const { told, id } = factory(1);
      await workshop.live(await eventsTold(told));
      assert.equal((await historyOf(workshop).asOf(id, 0)).package, null);
      const { package: pack, local } = await historyOf(workshop).asOf(id, 4);
      const row = (await workshop.views.get('package', id))!;
      assert.equal(JSON.stringify(pack), row.body);
      assert.equal(JSON.stringify(local), row.local);
    });
  });

  it('still knows a permit that was later moved to another project', async () => {
    await inWorkshop(createClock(), async (workshop) => {
      // Without a unit code the project code alone links the permit to the project.
      const { cast, told, id } = factory(1, { permit: { bdcdyh: '' } });
      const other = factory(2).cast.projectCode();
      const moved = { bdcdyh: '', xmdm: other };
      const site = cast.premises(0, '工业用地');
      const works = permit(cast, '建', 120, cast.company(0), site);
      works('核发', 120, { bdcdyh: '' });
      await workshop.live(await eventsTold([...told, works('更正', 130, moved)]));
      const { package: pack } = await historyOf(workshop).asOf(id, 4);
      assert.equal(pack?.items.find((item) => item.id === 'permit')?.status, 'verified');
      assert.equal(await comparePast(workshop, 4), 1);
    });
  });

  it('still knows an account that was later moved to another premises', async () => {
    await inWorkshop(createClock(), async (workshop) => {
      const told = storyRecords('sale-found-by-unit-code');
      const account = told.find(({ source }) => source === 'meter-account')!;
      const moved = { ...account, record: { ...account.record, ywlx: '更正', bbh: 2, bdcdyh: '', yddz: '' } };
      const events = await eventsTold([...told, moved]);
      await workshop.live(events);
      for (let position = 0; position <= events.length; position++) await comparePast(workshop, position);
    });
  });

  it('knows an account that a reviewer chose, though nothing else links it to the case', async () => {
    const clock = createClock();
    await inWorkshop(clock, async (workshop) => {
      const told = storyRecords('sale-found-by-unit-code');
      const elsewhere = storyRecords('sale-found-by-unit-code', castOf(6_000)).filter(({ source }) => source === 'meter-account');
      const [other, ...others] = await eventsTold(elsewhere);
      await workshop.live([...(await eventsTold(told)), other!, ...others]);
      const [request] = await workshop.views.list('transfer-request', { limit: 1 });
      await workshop.live([transferStep(request!.key, 'account-chosen', 1, clock.now(), other!.subject)]);
      const head = await workshop.store.head();
      for (let position = 0; position <= head; position++) await comparePast(workshop, position);
      const { request: past } = await historyOf(workshop).requestAsOf(request!.key, head);
      assert.equal(past?.meter?.consumerNo, other!.subject);
    });
  });
});
