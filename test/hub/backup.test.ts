// Backups: what is written while one is taken does not tear it, what is damaged or unfinished is refused, nothing is overwritten.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readConfig } from '../../services/config/config.ts';
import { HubError } from '../../services/domain/errors.ts';
import { backupHub } from '../../services/hub/backup.ts';
import { importIntoHub } from '../../services/hub/import.ts';
import { erasePerson } from '../../services/hub/person.ts';
import { restoreHub } from '../../services/hub/restore.ts';
import { settle } from '../../services/hub/settle.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { inHub, run, runOne } from '../support/command.ts';
import { smallEvent } from '../support/events.ts';
import { pseudonymKey } from '../support/project.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { JSONWebKeySet } from 'jose';
import type { Environment } from '../../services/config/environment.ts';
import type { ErrorCode } from '../../services/domain/errors.ts';
import type { Part } from '../../services/hub/backup.ts';
import type { Hub } from '../../services/hub/open-hub.ts';
import type { HubStatus } from '../../services/hub/summary.ts';

const records = [...createSimulation({ seed: 'backup', subjects: 60 }).records('property-right')];
const failsWith = (code: ErrorCode, text: RegExp) => (error: unknown) =>
  error instanceof HubError && error.code === code && text.test(error.message);

describe('a backup', () => {
  const folder = useTempFolder();
  const config = (data: string, env: Environment = {}) =>
    readConfig({ HUB_PSEUDONYM_KEY: pseudonymKey.toString('hex'), ...env }, { data: folder(data) });
  const backup = (to: string, options: { keys?: string; onPart?: (part: Part) => Promise<void> } = {}) =>
    backupHub(config('d'), folder(to), { version: '0', ...options });
  const write = (name: string, from: number, to: number): string => {
    writeFileSync(
      folder(name),
      records
        .slice(from, to)
        .map((record) => `${JSON.stringify(record)}\n`)
        .join(''),
    );
    return folder(name);
  };
  const imported = (): Promise<unknown> =>
    inHub(folder('d'), (hub) => importIntoHub(hub, 'property-right', write('a.jsonl', 0, records.length)));
  const personsOf = async (hub: Hub): Promise<Set<string>> => {
    const persons = new Set<string>();
    for await (const events of hub.store.readAll(0))
      for (const { data } of events)
        for (const [name] of JSON.stringify(hub.codec.decode(data)).matchAll(/p-[\w-]{22}/g)) persons.add(name);
    return persons;
  };

  for (const moment of [1, 2, 3])
    it(`holds what was acknowledged when it began, no cursor ahead of it and every key, though more is written before part ${moment + 1}`, async () => {
      await inHub(folder('d'), async (hub) => {
        let told = 0;
        // A page of a source, as an adapter handles it: published, recorded, then the cursor saved.
        const page = async (): Promise<void> => {
          await importIntoHub(hub, 'property-right', write(`${told}.jsonl`, told * 40, (told + 1) * 40));
          await hub.cursors.save('property-right', String(++told));
        };
        await page();
        // In the log, and not recorded yet when the backup begins.
        await hub.log.publish([smallEvent(1)]);
        let parts = 0;
        await backup('b', {
          async onPart() {
            if (parts++ === moment) await page();
          },
        });
        assert.deepEqual([parts, told], [4, 2]);
      });
      await restoreHub(folder('b'), folder('r'));
      await inHub(folder('r'), async (hub) => {
        await settle(hub);
        assert.ok(await hub.store.get(smallEvent(1).id), 'what was only in the log is there');
        const pages = Number(await hub.cursors.load('property-right'));
        assert.ok(pages >= 1);
        for (let page = 0; page < pages; page++) {
          const { recorded } = await importIntoHub(hub, 'property-right', folder(`${page}.jsonl`));
          assert.equal(recorded, 0, 'every event behind the cursor is there');
        }
        const persons = await personsOf(hub);
        assert.ok(persons.size > 3, `${persons.size} persons`);
        for (const person of persons) assert.equal(await hub.keys.state(person), 'present', person);
      });
    });

  it('is told by the command line, keys apart where they are wanted, and restored by it', async () => {
    await imported();
    const { viewsDigest, head } = await runOne<HubStatus>(['status', '--data', folder('d')]);
    const told = await runOne<{ events: number; head: number }>(['backup', folder('b'), '--keys', folder('k'), '--data', folder('d')]);
    assert.deepEqual([told.events, told.head], [head, head]);
    assert.deepEqual(readdirSync(folder('b')).sort(), ['cursors.sqlite', 'log.sqlite', 'manifest.json', 'store.sqlite']);
    assert.deepEqual(readdirSync(folder('k')).sort(), ['keys.sqlite', 'manifest.json']);
    const without = await run(['restore', folder('b'), '--data', folder('r')]);
    assert.equal(without.code, 2);
    assert.match(without.error.join(), /holds no finished backup/);
    assert.equal((await run(['restore', folder('b'), '--keys', folder('k'), '--data', folder('r')])).code, 0);
    const before = await run(['packages', '--data', folder('r')]);
    assert.match(before.error.join(), /run hub replay/);
    assert.equal((await runOne<{ viewsDigest: string }>(['replay', '--data', folder('r')])).viewsDigest, viewsDigest);
  });

  it('is never overwritten, nor anything else', async () => {
    await imported();
    await backup('b');
    await assert.rejects(backup('b'), failsWith('USAGE', /holds one already/));
    mkdirSync(folder('full'));
    writeFileSync(folder('full', 'letter'), '');
    await assert.rejects(backup('full'), failsWith('USAGE', /not empty/));
    await assert.rejects(restoreHub(folder('b'), folder('d')), failsWith('DATA_DIRECTORY', /already holds/));
    await assert.rejects(backupHub(config('nothing'), folder('c'), { version: '0' }), failsWith('DATA_DIRECTORY', /is not there/));
    assert.ok(!existsSync(folder('c')));
  });

  it('that did not end is no backup, and one that failed leaves nothing behind', async () => {
    await imported();
    await backup('b');
    rmSync(folder('b', 'manifest.json'));
    await assert.rejects(restoreHub(folder('b'), folder('r')), failsWith('NOT_FOUND', /no finished backup/));
    await assert.rejects(backup('b'), failsWith('USAGE', /never ended/));
    for (const last of ['cursors', 'log', 'store', 'keys']) {
      const dies = backup('c', { onPart: async (part) => assert.notEqual(part, last) });
      await assert.rejects(dies, assert.AssertionError);
      assert.deepEqual(readdirSync(folder('c')), [], last);
    }
    await backup('c');
    await restoreHub(folder('c'), folder('r'));
  });

  for (const damaged of ['cursors.sqlite', 'log.sqlite', 'store.sqlite', 'keys/keys.sqlite'])
    it(`is refused with ${damaged} damaged, longer, or gone, before anything is restored`, async () => {
      await imported();
      await backup('b');
      const file = folder('b', damaged);
      const whole = readFileSync(file);
      const flipped = Buffer.from(whole);
      flipped[5000]! ^= 1;
      const refused = (): Promise<void> => assert.rejects(restoreHub(folder('b'), folder('r')), failsWith('STORE_CORRUPT', /sqlite/));
      writeFileSync(file, flipped);
      await refused();
      writeFileSync(file, whole);
      appendFileSync(file, 'x');
      await refused();
      rmSync(file);
      await refused();
      writeFileSync(file, whole);
      assert.ok(!existsSync(folder('r')));
      await restoreHub(folder('b'), folder('r'));
    });

  it('is refused with a manifest that is damaged or reaches out of its folder', async () => {
    await imported();
    await backup('b');
    const file = folder('b', 'manifest.json');
    const text = readFileSync(file, 'utf8');
    for (const bad of [
      text.slice(0, -9),
      'null',
      text.replace('"store.sqlite"', '"../store.sqlite"'),
      text.replace('"format": 1', '"format": 2'),
    ]) {
      assert.notEqual(bad, text);
      writeFileSync(file, bad);
      await assert.rejects(restoreHub(folder('b'), folder('r')), failsWith('STORE_CORRUPT', /manifest/));
    }
  });

  it('goes with the keys of a later one, never with those of an earlier', async () => {
    await imported();
    await backup('early');
    await inHub(folder('d'), (hub) => hub.log.publish([smallEvent(2)]));
    await backup('late');
    await assert.rejects(restoreHub(folder('late'), folder('r'), { keys: folder('early', 'keys') }), failsWith('USAGE', /older/));
    await restoreHub(folder('early'), folder('r'), { keys: folder('late', 'keys') });
  });

  it('brings nobody back who was erased after it, once the erasure is known', async () => {
    await imported();
    const erased = await inHub(folder('d'), async (hub) => [...(await personsOf(hub))][0]!);
    await backup('before');
    await inHub(folder('d'), async (hub) => {
      await erasePerson(hub, erased, null);
      await settle(hub);
    });
    await backup('after');
    // Keys of before the erasure, beside events of after it: as when an older copy of the keys alone is put back.
    await restoreHub(folder('after'), folder('r'));
    renameSync(folder('before', 'keys', 'keys.sqlite'), folder('r', 'keys.sqlite'));
    const state = (data: string) => inHub(folder(data), (hub) => hub.keys.state(erased));
    assert.equal(await state('r'), 'present');
    assert.equal((await run(['replay', '--data', folder('r')])).code, 0);
    assert.equal(await state('r'), 'erased');
    // Events of before it with the later keys.
    await restoreHub(folder('before'), folder('s'), { keys: folder('after', 'keys') });
    assert.equal(await state('s'), 'erased');
  });

  describe('of a hub that signs copies', () => {
    const signingKeys = (data: string, ...options: string[]) => runOne<JSONWebKeySet>(['signing-keys', ...options, '--data', folder(data)]);
    const idsOf = ({ keys }: JSONWebKeySet) => keys.map(({ kid }) => kid);
    const kept = () => folder('b', 'signing-keys.json');
    let before: JSONWebKeySet;
    beforeEach(async () => {
      await imported();
      await signingKeys('d');
      before = await signingKeys('d', '--rotate');
      assert.equal(before.keys.length, 2);
    });

    it('holds the public halves of its keys and no private one, and they are published again beside a new one', async () => {
      const { out } = await run(['backup', folder('b'), '--data', folder('d')]);
      assert.match(out.join(), /仅备份公钥/);
      assert.deepEqual(JSON.parse(readFileSync(kept(), 'utf8')), before);
      assert.equal(statSync(kept()).mode & 0o777, 0o600);
      for (const name of readdirSync(folder('b'), { recursive: true, encoding: 'utf8' }))
        if (name.endsWith('.json')) assert.doesNotMatch(readFileSync(folder('b', name), 'utf8'), /"d"\s*:/, name);
      const restored = await run(['restore', folder('b'), '--data', folder('r')]);
      assert.equal(restored.code, 0, restored.error.join());
      assert.match(restored.out.join(), /重新分发公钥/);
      const [fresh, ...old] = idsOf(await signingKeys('r'));
      assert.deepEqual(old, idsOf(before));
      assert.ok(!old.includes(fresh));
      assert.equal(statSync(folder('r', 'signing-keys.json')).mode & 0o777, 0o600);
      assert.equal((await run(['replay', '--data', folder('r')])).code, 0);
      // A backup of what was restored holds them all.
      assert.equal((await run(['backup', folder('c'), '--data', folder('r')])).code, 0);
      await restoreHub(folder('c'), folder('s'));
      assert.deepEqual(idsOf(await signingKeys('s')).slice(1), [fresh, ...old]);
    });

    it('leaves a private key that is still there in use, and every public one once', async () => {
      await backup('b');
      mkdirSync(folder('r'));
      copyFileSync(folder('d', 'signing-keys.json'), folder('r', 'signing-keys.json'));
      const [newest] = idsOf(await signingKeys('r', '--rotate'));
      await restoreHub(folder('b'), folder('r'));
      assert.deepEqual(idsOf(await signingKeys('r')), [newest, ...idsOf(before)]);
    });

    it('is refused with them changed or gone, leaves nothing behind when it failed, and holds none that come from outside', async () => {
      await backup('b');
      const text = readFileSync(kept(), 'utf8');
      writeFileSync(kept(), text.replace('"ES256"', '"ES257"'));
      await assert.rejects(restoreHub(folder('b'), folder('r')), failsWith('STORE_CORRUPT', /signing-keys\.json/));
      rmSync(kept());
      await assert.rejects(restoreHub(folder('b'), folder('r')), failsWith('STORE_CORRUPT', /signing-keys\.json/));
      assert.ok(!existsSync(folder('r')));
      await assert.rejects(backup('c', { onPart: async (part) => assert.notEqual(part, 'keys') }), assert.AssertionError);
      assert.deepEqual(readdirSync(folder('c')), []);
      const outside = config('d', { HUB_SIGNING_KEY_FILE: folder('d', 'signing-keys.json') });
      const { manifest } = await backupHub(outside, folder('c'), { version: '0' });
      assert.ok(manifest.files.every(({ name }) => name.endsWith('.sqlite')));
    });
  });

  it('says which parts engines hold, and holds the others', async () => {
    await imported();
    const engines = { KAFKA_BROKERS: '127.0.0.1:1', DATABASE_URL: 'postgres://127.0.0.1:1/a' };
    const { manifest } = await backupHub(config('d', engines), folder('b'), { version: '0' });
    assert.deepEqual(
      manifest.elsewhere.map(({ part }) => part),
      ['cursors', 'log'],
    );
    assert.deepEqual(readdirSync(folder('b')).sort(), ['keys', 'manifest.json', 'store.sqlite']);
    const all = { ...engines, EVENTSTORE_URL: 'esdb://127.0.0.1:1', KEYS_URL: 'postgres://127.0.0.1:1/b' };
    await assert.rejects(backupHub(config('d', all), folder('c'), { version: '0' }), failsWith('USAGE', /every part/));
  });
});
