// A restore that is killed leaves nothing that a hub would take for its data, and can be run again; what was restored can be backed up.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HubError } from '../../services/domain/errors.ts';
import { restoreHub } from '../../services/hub/restore.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { inHub, run, runOne } from '../support/command.ts';
import { program } from '../support/programs.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const child = fileURLToPath(new URL('restoring-child.ts', import.meta.url));
const records = [...createSimulation({ seed: 'restore', subjects: 20 }).records('property-right')];
const parts = ['cursors.sqlite', 'keys.sqlite', 'log.sqlite', 'store.sqlite'];

describe('a restore', function () {
  this.timeout(180_000);
  const folder = useTempFolder();
  const on = (data: string): string[] => ['--data', folder(data)];
  const backedUp = async (): Promise<string> => {
    writeFileSync(folder('a.jsonl'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    assert.equal((await run(['import', 'property-right', folder('a.jsonl'), ...on('d')])).code, 0);
    await runOne(['signing-keys', ...on('d')]);
    await runOne(['backup', folder('b'), ...on('d')]);
    return (await runOne<{ viewsDigest: string }>(['status', ...on('d')])).viewsDigest;
  };
  const files = (): string[] => (existsSync(folder('r')) ? readdirSync(folder('r')) : []);

  it('leaves what can be backed up before any hub was started on it, and a backup of it is as good', async () => {
    const viewsDigest = await backedUp();
    await restoreHub(folder('b'), folder('r'));
    assert.deepEqual(files().sort(), [...parts, 'lock.sqlite', 'signing-keys.json'].sort());
    const again = await run(['backup', folder('c'), ...on('r')]);
    assert.equal(again.code, 0, again.error.join());
    await restoreHub(folder('c'), folder('s'));
    assert.equal((await runOne<{ viewsDigest: string }>(['replay', ...on('s')])).viewsDigest, viewsDigest);
  });

  it('that is killed anywhere is no data directory to any command until the same restore was run again', async () => {
    const viewsDigest = await backedUp();
    const seen = new Set<string>();
    for (let n = 1, code: number | null = null; code === null; n++) {
      rmSync(folder('r'), { recursive: true, force: true });
      const restoring = spawn(process.execPath, [...program(child), String(n), folder('b'), folder('r')], { stdio: 'inherit' });
      [code] = (await once(restoring, 'exit')) as [number | null];
      const left = files();
      const begun = left.includes('restoring');
      const inPlace = parts.filter((name) => left.includes(name)).length;
      seen.add(`${begun ? 'begun' : 'not begun'}, ${inPlace} in place`);
      if (inPlace === parts.length && !begun) {
        assert.equal((await run(['replay', ...on('r')])).code, 0, 'it ended, but for its traces');
        continue;
      }
      if (begun)
        for (const args of [
          ['import', 'property-right', folder('a.jsonl')],
          ['replay'],
          ['status'],
          ['packages'],
          ['backup', folder('c')],
        ]) {
          const refused = await run([...args, ...on('r')]);
          assert.deepEqual([refused.code, refused.error.length], [2, 1], `${args[0]!} before change ${n}`);
          assert.match(refused.error[0]!, /\(DATA_DIRECTORY\)$/);
        }
      else assert.equal(inPlace, 0, `before change ${n}`);
      assert.deepEqual(
        files().filter((name) => !name.startsWith('lock.sqlite')),
        left.filter((name) => !name.startsWith('lock.sqlite')),
        'nobody made files there',
      );
      await restoreHub(folder('b'), folder('r'));
      // Where keys are written when it is killed, they stay aside under a name of their own.
      const now = files().filter((name) => !/^signing-keys\.json\./.test(name));
      assert.deepEqual(now.sort(), [...parts, 'lock.sqlite', 'signing-keys.json'].sort());
      assert.equal((await runOne<{ viewsDigest: string }>(['replay', ...on('r')])).viewsDigest, viewsDigest);
    }
    const placed = [0, 1, 2, 3, 4].map((count) => `begun, ${count} in place`);
    assert.deepEqual([...seen].sort(), [...placed, 'not begun, 0 in place', 'not begun, 4 in place'].sort());
  });

  it('says what to do to whoever opens what it did not end', async () => {
    await backedUp();
    mkdirSync(folder('r', 'restoring'), { recursive: true });
    const { error } = await run(['import', 'property-right', folder('a.jsonl'), ...on('r')]);
    assert.match(error.join(), /run the same hub restore again 恢复尚未完成，请重新执行同一 hub restore 命令/);
  });

  it('removes nothing that it did not put there itself', async () => {
    await backedUp();
    await restoreHub(folder('b'), folder('r'));
    const whole = readFileSync(folder('r', 'store.sqlite'));
    const refused = () =>
      assert.rejects(restoreHub(folder('b'), folder('r')), (error) => error instanceof HubError && /already holds/.test(error.message));
    const placed = parts.map((name) => ({ name, sha256: hash('sha256', readFileSync(folder('r', name))) }));
    // As one that was interrupted with a hub of before such folders writing there since.
    mkdirSync(folder('r', 'restoring'));
    await refused();
    writeFileSync(folder('r', 'restoring', 'placed.json'), JSON.stringify(placed));
    appendFileSync(folder('r', 'log.sqlite'), 'x');
    await refused();
    assert.deepEqual(readFileSync(folder('r', 'store.sqlite')), whole);
    assert.ok(parts.every((name) => files().includes(name)));
    rmSync(folder('r', 'restoring'), { recursive: true });
    assert.ok((await inHub(folder('r'), (hub) => hub.store.head())) > 0);
  });
});
