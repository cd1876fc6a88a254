// fault-18: the disk is full in the middle of an import; nothing acknowledged is lost, and with space again a rerun finishes the job.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { writeSimulation } from '../../services/simulator/write-files.ts';
import { ended, inHub, run, runOne, start } from '../support/command.ts';
import { assertSound } from '../support/kept.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { HubStatus } from '../../services/hub/summary.ts';

const mount = (...args: string[]): boolean => process.getuid?.() === 0 && spawnSync('mount', args).status === 0;

describe('a full disk', function () {
  this.timeout(60_000);
  // Before the folder goes.
  afterEach(() => void spawnSync('umount', [folder('disk')], { stdio: 'ignore' }));
  const folder = useTempFolder();

  async function onSmallDisk(context: Mocha.Context, size: string): Promise<void> {
    mkdirSync(folder('disk'));
    if (!mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder('disk'))) {
      context.test!.title += ' (skipped: needs the right to mount a tmpfs)';
      context.skip();
    }
    await writeSimulation(createSimulation({ seed: 'full', subjects: 400 }), folder('files'));
  }
  const importing = (data: string): string[] => [
    'import',
    'property-right',
    folder('files', 'property-right.jsonl'),
    '--data',
    folder(data),
  ];
  const wholeDigest = async (): Promise<string> => {
    assert.equal((await run(importing('whole'))).code, 0);
    return (await runOne<HubStatus>(['status', '--data', folder('whole')])).viewsDigest;
  };

  it('is told in one line with exit code 1, loses nothing, and a rerun finishes the job', async function () {
    await onSmallDisk(this, '1500k');
    const { code, error } = await ended(start(importing('disk/d')));
    assert.equal(code, 1, error);
    assert.match(error, /^hub: [^\n]+ \(DISK_FULL\)\n$/);
    assert.ok(mount('-o', 'remount,size=64m', folder('disk')));
    const result = await ended(start([...importing('disk/d'), '--json']));
    assert.equal(result.code, 0, result.error);
    const { received, recorded, duplicates, quarantined } = JSON.parse(result.out) as Record<string, number>;
    assert.equal(recorded! + duplicates! + quarantined!, received);
    const digest = await wholeDigest();
    assert.equal((await runOne<HubStatus>(['status', '--data', folder('disk/d')])).viewsDigest, digest);
    const [kept, whole] = await Promise.all(['disk/d', 'whole'].map((data) => inHub(folder(data), (hub) => assertSound(hub.store))));
    assert.deepEqual(kept, whole);
  });

  it('is told the same way wherever it runs out, and no place leaves something half done', async function () {
    await onSmallDisk(this, '16m');
    const digest = await wholeDigest();
    // Another file takes all space but a little more each time.
    for (const left of [0, 300, 900]) {
      rmSync(folder('disk/d'), { recursive: true, force: true });
      const { bavail, bsize } = statfsSync(folder('disk'));
      writeFileSync(folder('disk/ballast'), Buffer.alloc(Math.max(0, bavail * bsize - left * 1024)));
      const { code, error } = await ended(start(importing('disk/d')));
      assert.equal(code, 1, `${left} KiB left: ${error}`);
      assert.match(error, /^hub: [^\n]+ \(DISK_FULL\)\n$/, `${left} KiB left`);
      rmSync(folder('disk/ballast'));
      assert.equal((await run(importing('disk/d'))).code, 0);
      assert.equal((await runOne<HubStatus>(['status', '--data', folder('disk/d')])).viewsDigest, digest);
    }
  });
});
