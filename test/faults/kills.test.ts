// fault-01, 02, 03, 05, 07, 12: one process on files is killed at every place where a record could be lost or doubled; nothing is.
import assert from 'node:assert/strict';
import { failpoints } from '../../services/ports/failpoint.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { embeddedInstallation } from './support/embedded.ts';
import { everySource, oneSource } from './support/histories.ts';
import { startFaultPlatform } from './support/platform.ts';
import type { Failpoint } from '../../services/ports/failpoint.ts';
import type { Verdict } from './support/checker.ts';
import type { Embedded } from './support/embedded.ts';
import type { Healed } from './support/installation.ts';
import type { FaultPlatform, Histories } from './support/platform.ts';

const page = 10;
const named: Partial<Record<Failpoint, string>> = {
  'adapter-read': 'fault-01',
  'adapter-published': 'fault-02',
  'recorder-appended': 'fault-03',
  'views-rows-written': 'fault-07',
};
/** Only Kafka carries results. */
const elsewhere: readonly Failpoint[] = ['results-read', 'results-published'];
const ofRebuild = failpoints.filter((name) => name.startsWith('rebuild-'));

describe('a hub that is killed where it matters', function () {
  this.timeout(120_000);
  const folder = useTempFolder();
  const faultFree = new Map<Histories, Verdict>();
  let platform: FaultPlatform | undefined;
  afterEach(async () => {
    await platform?.close();
    platform = undefined;
  });

  async function install(histories: Histories, place = 'data'): Promise<Embedded> {
    await platform?.close();
    platform = await startFaultPlatform({ file: folder(`${place}.ledger`), histories, page });
    return embeddedInstallation(folder(place), platform);
  }
  /** The end of a run that nothing disturbed. */
  async function undisturbed(histories: Histories): Promise<Verdict> {
    let verdict = faultFree.get(histories);
    if (!verdict) {
      const hub = await install(histories, 'undisturbed');
      assert.equal((await hub.heal()).code, 0);
      faultFree.set(histories, (verdict = await hub.examine()));
      assert.deepEqual(verdict.findings, []);
    }
    return verdict;
  }
  /** Dies at a failpoint, heals, and ends as if nothing had been. */
  async function survives(histories: Histories, armed: string): Promise<{ before: Verdict; after: Verdict; healed: Healed }> {
    const before = await undisturbed(histories);
    const hub = await install(histories);
    assert.equal(await hub.start(armed).ended, null, 'it was killed');
    assert.deepEqual(await hub.crashed(), []);
    const healed = await hub.heal();
    const after = await hub.examine();
    assert.deepEqual([healed.code, after.findings], [0, []]);
    assert.deepEqual([after.digest, after.ids], [before.digest, before.ids]);
    return { before, after, healed };
  }

  it('fault-01: after a record was read and before it is published, it is read again', async () => {
    const { before, after } = await survives(oneSource, 'adapter-read=kill@4');
    assert.deepEqual(after.counts, { ...before.counts, sent: before.counts.sent + page });
  });

  it('fault-02: after a page is published and before the cursor is saved, exactly that page is suppressed', async () => {
    const { before, after } = await survives(oneSource, 'adapter-published=kill@4');
    const { sent, received, suppressed } = before.counts;
    assert.deepEqual(after.counts, { ...before.counts, sent: sent + page, received: received + page, suppressed: suppressed + page });
  });

  it('fault-03: after an append and before its offset is committed, the batch comes again and is suppressed', async () => {
    const { healed } = await survives(everySource, 'recorder-appended=kill@3');
    assert.match(healed.metrics, /^hub_recorder_events_total\{[^}]*outcome="duplicate"\} [1-9]/m);
  });

  it('fault-07: between rows and checkpoint, both are there or neither', async () => {
    await survives(everySource, 'views-rows-written=kill@3');
  });

  for (const name of ['recorder-appended', 'views-rows-written'])
    it(`fault-12: without memory at ${name} it ends at once, and the end is that of a run without faults`, async () => {
      const before = await undisturbed(everySource);
      const hub = await install(everySource);
      const { env } = hub;
      env['NODE_OPTIONS'] = '--max-old-space-size=256';
      assert.equal(await hub.start(`${name}=heap@2`).ended, null, 'it was ended by a signal');
      assert.match(hub.said.join('\n'), /heap out of memory/);
      delete env['NODE_OPTIONS'];
      assert.deepEqual(await hub.crashed(), []);
      assert.equal((await hub.heal()).code, 0);
      const after = await hub.examine();
      assert.deepEqual([after.findings, after.digest, after.ids], [[], before.digest, before.ids]);
    });

  const rest = failpoints.filter((name) => !(name in named) && !elsewhere.includes(name) && !ofRebuild.includes(name));
  for (const name of rest)
    it(`fault-05: at ${name} the end is that of a run without faults`, () => survives(everySource, `${name}=kill@2`).then(() => undefined));

  it(`fault-05: at ${ofRebuild.join(', ')} the views are the old ones or the new ones`, async () => {
    const hub = await install(everySource);
    await hub.heal();
    const before = await hub.examine();
    for (const name of ofRebuild) {
      assert.equal(await hub.replay(`${name}=kill`), null, `it was killed at ${name}`);
      const { findings, digest } = await hub.examine();
      assert.deepEqual([findings, digest], [[], before.digest], name);
    }
    assert.equal(await hub.replay(), 0);
    assert.equal((await hub.examine()).digest, before.digest);
  });

  it('arms nothing that is no failpoint', async () => {
    const hub = await install(oneSource);
    assert.equal(await hub.start('adapter-raed=kill').ended, 1);
  });
});
