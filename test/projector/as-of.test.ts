// A package as known at a past position is what a rebuild stopped at that position holds.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { permit } from '../../services/simulator/registers.ts';
import { packageHistory } from '../../services/projector/as-of.ts';
import { createClock } from '../support/clock.ts';
import { allEvents, foldInMemory, inWorkshop } from '../support/fold.ts';
import { codec, rules } from '../support/project.ts';
import { eventsTold, simulatedEvents, storyRecords } from '../support/simulated-events.ts';
import { factory } from '../support/told.ts';
import type { Workshop } from '../support/fold.ts';
import type { PackageHistory } from '../../services/ports/package-history.ts';

const historyOf = ({ store, views }: Workshop): PackageHistory => packageHistory({ store, views, codec, rules });

/** Asks for every package that there is or was, and compares with a fold of only the events up to the position. */
async function comparePast(workshop: Workshop, position: number): Promise<number> {
  const past = (await allEvents(workshop.store)).filter((event) => event.position <= position);
  const rows = (await foldInMemory(past)).filter((row) => row.view === 'package');
  const now = await workshop.views.list('package', { limit: 100_000 });
  for (const id of new Set([...rows.map((row) => row.key), ...now.map((row) => row.key)])) {
    const { package: pack } = await historyOf(workshop).asOf(id, position);
    const wanted = rows.find((row) => row.key === id)?.body ?? null;
    assert.equal(pack && JSON.stringify(pack), wanted, `${id} as of ${position}`);
  }
  return rows.length;
}

describe('a package as of a past position', function () {
  this.timeout(120_000);

  it('is what a rebuild stopped there holds, at any position of any order of delivery', async () => {
    const events = await simulatedEvents({ seed: 'past', subjects: 60, dirty: 0.2 });
    const property = fc.asyncProperty(
      fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
      async (delivered, places) => {
        const clock = createClock('2024-06-01');
        await inWorkshop(clock, async (workshop) => {
          for (let i = 0; i < delivered.length; i += 25) {
            await workshop.live(delivered.slice(i, i + 25));
            clock.pass(45);
          }
          const head = await workshop.store.head();
          for (const place of places) await comparePast(workshop, Math.round(place * head));
        });
      },
    );
    await fc.assert(property, { numRuns: 4, endOnFailure: true });
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
});
