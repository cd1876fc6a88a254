// A backup of a hub that is importing in another process: restored, it is a hub of its own that goes on where the backup was taken.
import assert from 'node:assert/strict';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { writeSimulation } from '../../services/simulator/write-files.ts';
import { ended, inHub, run, runOne, start } from '../support/command.ts';
import { allEvents, digestOfRows, foldInMemory } from '../support/fold.ts';
import { assertSound } from '../support/kept.ts';
import { until } from '../support/processes.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { Manifest } from '../../services/hub/backup-manifest.ts';
import type { HubStatus } from '../../services/hub/summary.ts';

describe('a backup taken while another process imports', function () {
  this.timeout(120_000);
  const folder = useTempFolder();
  const on = (data: string): string[] => ['--data', folder(data)];
  const importing = (data: string): string[] => ['import', 'property-right', folder('files', 'property-right.jsonl'), ...on(data)];
  const digestOf = async (data: string): Promise<string> => (await runOne<HubStatus>(['status', ...on(data)])).viewsDigest;

  it('has views of its own events when it is replayed, and those of an undisturbed hub when the import is run again', async () => {
    await writeSimulation(createSimulation({ seed: 'backup', subjects: 3000 }), folder('files'));
    const child = start([...importing('d'), '--json']);
    const end = ended(child);
    await until('the import began to record', async () => {
      assert.equal(child.exitCode, null, 'the import ended before it was seen');
      // Until the files are made and have their tables there is nothing to ask.
      const { code, out } = await run(['status', '--json', ...on('d')]);
      return code === 0 && (JSON.parse(out[0]!) as HubStatus).head > 0;
    });
    const backup = await runOne<Manifest>(['backup', folder('b'), ...on('d')]);
    const { code, out, error } = await end;
    assert.equal(code, 0, error);
    const { recorded } = JSON.parse(out) as { recorded: number };
    assert.ok(backup.events! > 0 && backup.events! < recorded, `${backup.events} of ${recorded} events were there to back up`);

    assert.equal((await run(['restore', folder('b'), ...on('r')])).code, 0);
    const { viewsDigest } = await runOne<{ viewsDigest: string }>(['replay', ...on('r')]);
    const whole = await inHub(folder('d'), (hub) => assertSound(hub.store));
    const known = new Set(whole);
    await inHub(folder('r'), async (hub) => {
      const held = await assertSound(hub.store);
      assert.ok(held.every((id) => known.has(id)));
      // Those that were backed up, and those that waited in the log beside them.
      const events = await allEvents(hub.store);
      assert.ok(events.length >= backup.events!);
      assert.equal(digestOfRows(await foldInMemory(events, hub.today())), viewsDigest);
    });

    assert.equal((await run(importing('r'))).code, 0);
    assert.deepEqual(await inHub(folder('r'), (hub) => assertSound(hub.store)), whole);
    assert.equal(await digestOf('r'), await digestOf('d'));
    assert.equal((await runOne<{ same: boolean }>(['replay', ...on('r')])).same, true);
  });
});
