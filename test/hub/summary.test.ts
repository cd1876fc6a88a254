// How the hub is doing: the counters add up, and a source that keeps silent is said to be stale.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { importIntoHub } from '../../services/hub/import.ts';
import { rebuildViews } from '../../services/hub/rebuild.ts';
import { hubStatus } from '../../services/hub/summary.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { createClock } from '../support/clock.ts';
import { inHub } from '../support/command.ts';
import { rowsOf } from '../support/fold.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const records = [...createSimulation({ seed: 'summary', subjects: 150, dirty: 0.2 }).records('meter-account')];

describe('the status of a hub', () => {
  const folder = useTempFolder();
  const clock = createClock();

  async function withAccounts(use: Parameters<typeof inHub<void>>[1]): Promise<void> {
    writeFileSync(folder('a.jsonl'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    await inHub(
      folder('d'),
      async (hub) => {
        await importIntoHub(hub, 'meter-account', folder('a.jsonl'));
        await use(hub);
      },
      clock.now,
    );
  }

  it('has counters that add up: received = published + refused, published = kept + duplicates', async () => {
    await withAccounts(async (hub) => {
      const again = await importIntoHub(hub, 'meter-account', folder('a.jsonl'));
      const [source] = (await hubStatus(hub)).sources;
      assert.equal(source!.received, 2 * records.length);
      assert.equal(source!.published + source!.refused, source!.received);
      assert.equal(again.recorded, 0);
      assert.equal(source!.events, (await hub.store.query({ family: 'meter-account', limit: 10_000 })).events.length);
      assert.equal(source!.published, source!.events + source!.duplicates);
    });
  });

  it('says that a source is stale when it has been silent for longer than its contract promises', async () => {
    await withAccounts(async (hub) => {
      const fresh = async (): Promise<boolean | null> => (await hubStatus(hub)).sources[0]!.fresh;
      assert.equal(await fresh(), true);
      clock.pass(1);
      assert.equal(await fresh(), false);
      await importIntoHub(hub, 'meter-account', folder('a.jsonl'));
      assert.equal(await fresh(), true);
    });
  });

  it('is the same after a rebuild', async () => {
    await withAccounts(async (hub) => {
      const [before, rows] = [await hubStatus(hub), await rowsOf(hub.views)];
      const told: number[] = [];
      const { events, before: was, after } = await rebuildViews(hub, (position: number) => void told.push(position));
      assert.deepEqual([events, was, after], [before.head, before.viewsDigest, before.viewsDigest]);
      assert.deepEqual(await hubStatus(hub), before);
      assert.deepEqual(await rowsOf(hub.views), rows);
      assert.equal(told.at(-1), before.head);
    });
  });
});
