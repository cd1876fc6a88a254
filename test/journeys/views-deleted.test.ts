// Views are disposable: deleted, they come back byte for byte from the store, feed included.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { settle } from '../../services/hub/settle.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { writeSimulation } from '../../services/simulator/write-files.ts';
import { createClock } from '../support/clock.ts';
import { inHub, run, runJson, runOne } from '../support/command.ts';
import { feedOf, rowsOf } from '../support/fold.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { HubStatus } from '../../services/hub/summary.ts';

describe('views that were deleted', function () {
  this.timeout(60_000);
  const folder = useTempFolder();
  const clock = createClock();

  it('come back the same: rows, feed, digest and what the commands print', async () => {
    const simulation = createSimulation({ seed: 'deleted', subjects: 80, dirty: 0.2 });
    await writeSimulation(simulation, folder('files'));
    const now = clock.now;
    for (const source of simulation.sources) {
      await run(['import', source, folder('files', `${source}.jsonl`), '--data', folder('d')], { now });
      clock.pass(40);
    }
    const look = () =>
      inHub(
        folder('d'),
        async (hub) => {
          await settle(hub);
          return { rows: await rowsOf(hub.views), feed: await feedOf(hub.views), digest: await hub.views.digest() };
        },
        now,
      );
    const printed = async (): Promise<unknown[]> => {
      const commands = ['packages', 'transfers', 'events', 'status'].map((command) => [command, '--data', folder('d')]);
      return Promise.all(commands.map((args) => runJson(args, { now })));
    };
    const [before, said] = [await look(), await printed()];
    assert.ok(before.rows.length > 100 && before.feed.length > 100);
    for (const suffix of ['', '-wal', '-shm']) rmSync(folder('d', `views.sqlite${suffix}`), { force: true });
    assert.deepEqual(await look(), before);
    assert.deepEqual(await printed(), said);
  });

  it('leave events and cursors as they were', async () => {
    const simulation = createSimulation({ seed: 'deleted', subjects: 20 });
    await writeSimulation(simulation, folder('files'));
    await run(['import', 'property-right', folder('files', 'property-right.jsonl'), '--data', folder('d')]);
    const status = (): Promise<HubStatus> => runOne(['status', '--data', folder('d')]);
    const { events, head, viewsDigest } = await status();
    rmSync(folder('d', 'views.sqlite'));
    assert.equal((await run(['replay', '--data', folder('d')])).code, 0);
    const after = await status();
    assert.deepEqual([after.events, after.head, after.position, after.viewsDigest], [events, head, head, viewsDigest]);
  });
});
