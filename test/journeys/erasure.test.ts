// A person erased: no file, no command and no rebuild shows the data again, and everything still runs.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { settle } from '../../services/hub/settle.ts';
import { makeCitizenId } from '../../services/domain/identifiers/make.ts';
import { account, holders, sale, title } from '../../services/simulator/registers.ts';
import { inHub, run, runJson, runOne } from '../support/command.ts';
import { castOf } from '../support/simulated-events.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { ImportResult } from '../../services/hub/import.ts';
import type { HubStatus } from '../../services/hub/summary.ts';
import type { Person } from '../../services/simulator/cast.ts';

const canary: Person = { name: '金丝雀甲乙', idType: '111', idNumber: makeCitizenId('110101', '19700101', '777'), phone: '13987650001' };
const home = '模拟市金丝雀路778号3幢2单元501室';
const canaries = [canary.name, canary.idNumber, canary.phone, '金丝雀路778', 'Jinsique'];

/** One person's flat, account and sale, and a refused record that names the person too. */
function recordsAboutThem(): Record<string, object[]> {
  const cast = castOf(40);
  const flat = { ...cast.premises(0, '成套住宅'), address: home };
  const register = title(cast, flat, [canary]);
  const entry = sale(cast, 0, flat, [canary], [cast.person(1)]);
  const refused = { ...register('100', 4).record, DJSJ: '', YWH: 'YW1' };
  return {
    'property-right': [register('100', 5).record, refused],
    'meter-account': [account(cast, 0, flat, canary, '居民', 20)('新装', 20).record],
    'house-transfer': [
      entry('受理', 200, { sfty: '1', consno: cast.consumerNo(0) }).record,
      entry('登簿', 205).record,
      { ...entry('发证', 206).record, bz: 'Jinsique' },
    ],
  };
}

describe('erasing a person', function () {
  this.timeout(60_000);
  const folder = useTempFolder();
  const data = (): string => folder('d');

  beforeEach(async () => {
    mkdirSync(folder('files'));
    for (const [source, records] of Object.entries(recordsAboutThem())) {
      writeFileSync(folder('files', `${source}.jsonl`), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
      await importFile(source);
    }
  });

  const importFile = (source: string): Promise<ImportResult> =>
    runOne(['import', source, folder('files', `${source}.jsonl`), '--data', data()]);

  async function pseudonym(): Promise<string> {
    const input = `${canary.idNumber}\n`;
    return (await runOne<{ pseudonym: string }>(['person', 'pseudonym', '--data', data()], { input })).pseudonym;
  }

  /** Files of the data directory that hold one of these byte strings. */
  function filesWith(needles: readonly (string | Buffer)[]): string[] {
    const files = readdirSync(data(), { recursive: true, encoding: 'utf8' });
    return files.filter((file) => needles.some((needle) => readFileSync(join(data(), file)).includes(needle)));
  }

  async function printed(): Promise<string> {
    const lists = [['packages'], ['transfers'], ['events'], ['quarantine', 'list'], ['status']];
    const said = await Promise.all(lists.map(async (command) => (await run([...command, '--data', data(), '--json'])).out));
    const refused = await runJson<{ id: string }>(['quarantine', 'list', '--data', data()]);
    const shown = await Promise.all(
      refused.map(async ({ id }) => (await run(['quarantine', 'show', id, '--purpose', '核查', '--data', data()])).out),
    );
    return [...said, ...shown].flat().join('\n');
  }

  const keyOf = (person: string): Buffer => {
    const db = new Database(join(data(), 'keys.sqlite'), { readonly: true });
    try {
      return db.prepare('SELECT key FROM person WHERE pseudonym = ?').pluck().get(person) as Buffer;
    } finally {
      db.close();
    }
  };

  it('finds nothing of theirs in the clear in any file, before as after', async () => {
    assert.deepEqual(filesWith(canaries), []);
    await run(['person', 'erase', await pseudonym(), '--data', data()]);
    assert.deepEqual(filesWith(canaries), []);
  });

  it('destroys the key in every file, so that no sealed box opens again', async () => {
    const person = await pseudonym();
    const key = keyOf(person);
    assert.equal(key.length, 32);
    // A WAL that is kept open still has the key's pages in it.
    await inHub(data(), async (hub) => {
      const boxes = (await hub.views.find(`party:${person}`)).map(
        (row) => (JSON.parse(row.local) as { sealed: Record<string, string> }).sealed[person]!,
      );
      assert.ok(boxes.length >= 3);
      for (const box of boxes) assert.equal((await hub.keys.open(person, Buffer.from(box, 'base64')))?.idNumber, canary.idNumber);
      assert.deepEqual(
        filesWith([key]).filter((file) => !file.startsWith('keys.sqlite')),
        [],
      );
      await run(['person', 'erase', person, '--data', data()]);
      for (const box of boxes) assert.equal(await hub.keys.open(person, Buffer.from(box, 'base64')), null);
      assert.deepEqual(filesWith([key]), []);
    });
    assert.deepEqual(filesWith([key]), []);
  });

  it('hides them from every command, also in records that were refused', async () => {
    const [refused] = await runJson<{ id: string }>(['quarantine', 'list', '--data', data()]);
    const shown = (): Promise<{ content: object | null }> =>
      runOne(['quarantine', 'show', refused!.id, '--purpose', '核查', '--data', data()]);
    assert.ok(JSON.stringify((await shown()).content).includes(canary.name));
    const erased = await runOne<{ outcome: string; quarantined: number }>(['person', 'erase', await pseudonym(), '--data', data()]);
    assert.deepEqual([erased.outcome, erased.quarantined], ['erased', 1]);
    assert.equal((await shown()).content, null);
    const text = await printed();
    for (const word of canaries) assert.ok(!text.includes(word), word);
  });

  it('says that nothing was left when asked again', async () => {
    const person = await pseudonym();
    const erase = (): Promise<{ outcome: string }> => runOne(['person', 'erase', person, '--data', data()]);
    assert.deepEqual([(await erase()).outcome, (await erase()).outcome], ['erased', 'already-erased']);
  });

  it('leaves views and digests as they were, and rebuildable', async () => {
    const digest = async (): Promise<string> => (await runOne<HubStatus>(['status', '--data', data()])).viewsDigest;
    const before = await digest();
    await run(['person', 'erase', await pseudonym(), '--data', data()]);
    assert.equal(await digest(), before);
    const replayed = await runOne<{ same: boolean; viewsDigest: string }>(['replay', '--data', data()]);
    assert.deepEqual([replayed.same, replayed.viewsDigest], [true, before]);
    await inHub(data(), async (hub) => {
      assert.equal((await hub.store.query({ family: 'erasure', limit: 10 })).events.length, 1);
    });
  });

  it('gives only duplicates when the same records come again, and the data do not come back', async () => {
    const person = await pseudonym();
    await run(['person', 'erase', person, '--data', data()]);
    assert.deepEqual(await importFile('property-right'), { received: 2, recorded: 0, duplicates: 1, quarantined: 1 });
    assert.deepEqual(await importFile('meter-account'), { received: 1, recorded: 0, duplicates: 1, quarantined: 0 });
    assert.deepEqual(await importFile('house-transfer'), { received: 3, recorded: 0, duplicates: 3, quarantined: 0 });
    assert.equal(keyOf(person), null);
    const text = await printed();
    for (const word of canaries) assert.ok(!text.includes(word), word);
  });

  it('keeps no readable copy of what is refused about them later', async () => {
    await run(['person', 'erase', await pseudonym(), '--data', data()]);
    const later = { ...recordsAboutThem()['property-right']![1]!, YWH: 'YW2', BBH: 9 };
    writeFileSync(folder('files', 'property-right.jsonl'), `${JSON.stringify(later)}\n`);
    assert.equal((await importFile('property-right')).quarantined, 1);
    const text = await printed();
    for (const word of canaries) assert.ok(!text.includes(word), word);
  });

  it('lets new facts about them come in under the same pseudonym, sealed for nobody', async () => {
    const person = await pseudonym();
    await run(['person', 'erase', person, '--data', data()]);
    const cast = castOf(41);
    const record = title(cast, { ...cast.premises(0, '成套住宅'), address: home }, [canary])('100', 60, {
      QLRLB: holders([canary]),
    }).record;
    writeFileSync(folder('files', 'property-right.jsonl'), `${JSON.stringify(record)}\n`);
    assert.equal((await importFile('property-right')).recorded, 1);
    await inHub(data(), async (hub) => {
      await settle(hub);
      const sealed = (await hub.views.find(`party:${person}`, { view: 'property' })).map(
        (row) => (JSON.parse(row.local) as { sealed: Record<string, string> }).sealed,
      );
      assert.ok(sealed.some((boxes) => boxes[person] === ''));
    });
    assert.deepEqual(filesWith(canaries), []);
  });

  it('refuses what is no pseudonym and never repeats it', async () => {
    const { code, error } = await run(['person', 'erase', canary.idNumber, '--data', data()]);
    assert.equal(code, 2);
    assert.equal(error.length, 1);
    assert.ok(!error[0]!.includes(canary.idNumber));
  });
});
