// fault-04: kill -9 at any moment of an import or a replay loses nothing, doubles nothing, and the next run finishes the job.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { writeSimulation } from '../../services/simulator/write-files.ts';
import { ended, inHub, run, runOne, start } from '../support/command.ts';
import { assertSound } from '../support/kept.ts';
import type { HubStatus } from '../../services/hub/summary.ts';

describe('a hub that is killed', function () {
  this.timeout(120_000);
  const simulation = createSimulation({ seed: 'kill', subjects: 500, dirty: 0.1 });
  let folder: string;
  /** How long one command takes as a process of its own, in milliseconds: within it lie the moments to kill. */
  let duration: number;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hub-test-'));
    await writeSimulation(simulation, join(folder, 'files'));
    await importAll('whole');
    const started = performance.now();
    assert.equal((await ended(start(importing('property-right', 'timed')))).code, 0);
    duration = performance.now() - started;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const importing = (source: string, data: string): string[] => [
    'import',
    source,
    join(folder, 'files', `${source}.jsonl`),
    '--data',
    join(folder, data),
  ];
  const digest = async (data: string): Promise<string> => (await runOne<HubStatus>(['status', '--data', join(folder, data)])).viewsDigest;

  async function importAll(data: string): Promise<void> {
    for (const source of simulation.sources) {
      const { code, error } = await run(importing(source, data));
      assert.equal(code, 0, error.join('\n'));
    }
  }

  /** Runs a command and kills it after that part of the usual time; says whether it was still alive. */
  async function kill(args: string[], part: number): Promise<boolean> {
    const child = start(args);
    const end = ended(child);
    await Promise.race([wait(part * duration), end]);
    child.kill('SIGKILL');
    return (await end).code === null;
  }

  /** Parts of a command's time, past most of the start of the process; fast-check's own seed tells them again. */
  const moments = (count: number): number[] => fc.sample(fc.double({ min: 0.45, max: 0.98, noNaN: true }), count);

  it('has lost and doubled nothing when its imports are run again', async () => {
    const whole = await inHub(join(folder, 'whole'), (hub) => assertSound(hub.store));
    const plan = moments(12).map((part, i) => ({ part, source: simulation.sources[i % simulation.sources.length]! }));
    let [killed, pace] = [0, 1];
    for (const { part, source } of plan) {
      if (await kill(importing(source, 'killed'), part * pace)) killed++;
      // The machine may have become faster than it was when it was timed.
      else pace *= 0.8;
      if (killed === 6) break;
    }
    const told = JSON.stringify({ duration, plan });
    assert.ok(killed > 0, `every import was faster than its death: ${told}`);
    await importAll('killed');
    assert.deepEqual(await inHub(join(folder, 'killed'), (hub) => assertSound(hub.store)), whole, told);
    assert.equal(await digest('killed'), await digest('whole'), told);
    assert.equal((await runOne<{ same: boolean }>(['replay', '--data', join(folder, 'killed')])).same, true, told);
  });

  it('shows the old views or the new ones, never half of them, when a replay dies', async () => {
    const before = await digest('whole');
    for (const part of moments(2)) {
      await kill(['replay', '--data', join(folder, 'whole')], part);
      assert.equal(await digest('whole'), before, `killed at ${part} of ${duration} ms`);
    }
    assert.equal((await runOne<{ viewsDigest: string }>(['replay', '--data', join(folder, 'whole')])).viewsDigest, before);
  });
});
