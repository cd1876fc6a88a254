// Fifty times the usual while the projector stands still: the lag grows, the memory does not.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { program } from '../support/programs.ts';
import { codec, rules } from '../support/project.ts';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { project } from '../../services/projector/projector.ts';
import { assertSound } from '../support/kept.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { BurstReport } from './burst-child.ts';

describe('a slow projector', function () {
  this.timeout(90_000);
  const folder = useTempFolder();

  it('fault-53: stands still during a burst of fifty times the usual, and catches up, in the same memory', async () => {
    const child = fileURLToPath(new URL('burst-child.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--max-old-space-size=96', ...program(child), folder()], {
      timeout: 80_000,
    });
    const { before, most, burst, mostLag, head, checkpoint } = JSON.parse(stdout) as BurstReport;
    console.log(`      burst of ${burst.toFixed(0)} MB; resident ${before.toFixed(0)} MB before, at most ${most.toFixed(0)} MB`);
    assert.equal(mostLag, 20_000, 'the projector stood still for the whole burst');
    assert.equal(checkpoint, head);
    // The page caches of log, store and views fill once (44 MiB); whoever kept the burst in hand would need all of it.
    assert.ok(most - before < burst * 0.65, `memory grew by ${(most - before).toFixed(0)} MB`);
    const store = openSqliteEventStore(folder('store.sqlite'), { now: () => 0, readOnly: true });
    const [live, fresh] = ['views.sqlite', 'fresh.sqlite'].map((name) => openSqliteViewStore(folder(name))) as [
      ReturnType<typeof openSqliteViewStore>,
      ReturnType<typeof openSqliteViewStore>,
    ];
    assert.equal((await assertSound(store)).length, 20_400);
    await project({ store, views: fresh, codec, rules, today: () => '2027-03-01' });
    assert.equal(await live.digest(), await fresh.digest());
    await Promise.all([store.close(), live.close(), fresh.close()]);
  });
});
