// A disk that fails: killed at an fsync, an fsync that fails, no space; and what a second writer or a long reader does to the file.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { HubError } from '../../services/domain/errors.ts';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { smallEvent, smallEvents } from '../support/events.ts';
import { assertSound } from '../support/kept.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { createDice } from './powercut/disk.ts';
import { childOf } from './powercut/run.ts';
import { plan } from './support/plan.ts';

const { seed } = plan;
/** Kills at an fsync; more in a soak, each taking a second or three. */
const samples = Math.max(4, Math.min(200, Math.floor(plan.soakMs / 4_000)));
const [size, batches] = [10, 12];

interface Said {
  opened?: true;
  reopened?: true;
  /** Acknowledged: the number of the first event of the batch. */
  first?: number;
  /** Not acknowledged: the error's code, and the head that could still be read. */
  refused?: string;
  head?: number;
}

const now = (): number => Date.parse('2027-03-02');

describe('a failing disk', function () {
  this.timeout(90_000 + 2 * plan.soakMs);
  const folder = useTempFolder();
  before(function () {
    const can = spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', 'trace=fsync', '-e', 'inject=fsync:error=EIO', 'true']).status === 0;
    if (can) return;
    console.log('      skipped: failing fsyncs and writes need strace, and the right to trace');
    this.skip();
  });

  /** Appends under strace with a fault injected into a system call, on one file alone if there is one; gives what was said, and how the process ended. */
  async function struck(disk: string, call: string, fault: string, file?: string): Promise<{ said: Said[]; code: number | null }> {
    mkdirSync(folder(disk));
    const acks = folder(`${disk}.acks`);
    writeFileSync(acks, '');
    const work = childOf({ task: 'struggle', folder: folder(disk), acks, batches, size, checkpointPages: 1000 });
    const trace = [
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      `trace=${call}`,
      '-e',
      `inject=${call}:${fault}`,
      ...(file ? ['-P', folder(disk, file)] : []),
    ];
    const child = spawn('strace', [...trace, process.execPath, ...work], { stdio: ['ignore', 'ignore', 'pipe'] });
    const errors = text(child.stderr);
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the child ended with ${code ?? signal}: ${await errors}`);
    const lines = readFileSync(acks, 'utf8').split('\n').slice(0, -1);
    return { said: lines.map((line) => JSON.parse(line) as Said), code };
  }

  /** Asserts that all that was acknowledged is kept, batches whole, and that the file is sound; gives the number kept. */
  async function assertKept(disk: string, said: readonly Said[], where: string): Promise<number> {
    const store = openSqliteEventStore(folder(disk, 'store.sqlite'), { now });
    const kept = new Set(await assertSound(store));
    await store.close();
    for (const { first } of said)
      if (first !== undefined)
        for (const { id } of smallEvents(size, first)) assert.ok(kept.has(id), `${where}: ${first} was acknowledged`);
    const known = new Set(smallEvents((batches + 1) * size).map(({ id }) => id));
    for (const id of kept) assert.ok(known.has(id), `${where}: nothing is invented`);
    assert.equal(kept.size % size, 0, `${where}: a batch is kept whole or not at all`);
    const db = new Database(folder(disk, 'store.sqlite'));
    assert.equal(db.pragma('integrity_check', { simple: true }), 'ok', where);
    db.close();
    return kept.size;
  }
  const acknowledged = (said: readonly Said[]): number => said.filter(({ first }) => first !== undefined).length;

  it('fault-06: killed at any fsync, keeps what it acknowledged, and of the rest whole batches or nothing', async () => {
    const dice = createDice(`fsync ${seed}`);
    let most = 0;
    for (let i = 0; i < samples; i++) {
      // The first in the middle of the appends, the others anywhere, the opening of the file included.
      const at = i === 0 ? batches : 1 + dice(batches + 3);
      const { said, code } = await struck(`disk-${i}`, 'fsync', `signal=SIGKILL:when=${at}`);
      assert.equal(code, null, `seed ${seed}: it was not killed at fsync ${at}`);
      most = Math.max(most, acknowledged(said));
      await assertKept(`disk-${i}`, said, `seed ${seed}, killed at fsync ${at}`);
    }
    assert.ok(most > 0, `every kill came before the first append`);
  });

  for (const [call, at] of [
    ['fsync', 7],
    ['pwrite64', 40],
  ] as const)
    it(`fault-17: ${call} that fails once is told, and nothing is acknowledged after it until the store is opened again`, async () => {
      const { said } = await struck('disk', call, `error=EIO:when=${at}`, 'store.sqlite-wal');
      const failed = said.findIndex(({ refused }) => refused !== undefined);
      const reopened = said.findIndex((line) => line.reopened);
      const before = acknowledged(said.slice(0, failed));
      assert.ok(before > 0 && before < batches - 1, `the fault came in the middle: ${JSON.stringify(said)}`);
      // Every later attempt on the same connection is refused, though the disk would take it; what is kept can be read.
      assert.deepEqual(
        said.slice(failed, reopened),
        Array.from({ length: batches - before }, () => ({ refused: 'DATA_DIRECTORY', head: before * size })),
      );
      assert.deepEqual(said.slice(reopened), [{ reopened: true }, { first: batches * size }]);
      await assertKept('disk', said, `${call} failed`);
    });

  it('fault-18: without space it refuses, is read on, and takes events again as soon as there is some', async () => {
    const { said } = await struck('disk', 'pwrite64', 'error=ENOSPC:when=40..43', 'store.sqlite-wal');
    const refused = said.filter((line) => line.refused !== undefined);
    assert.ok(refused.length > 0, `the fault came in the middle: ${JSON.stringify(said)}`);
    const at = said.findIndex((line) => line.refused !== undefined);
    const before = acknowledged(said.slice(0, at));
    assert.deepEqual(
      refused,
      Array.from(refused, () => ({ refused: 'DISK_FULL', head: before * size })),
    );
    const reopened = said.findIndex((line) => line.reopened);
    assert.ok(acknowledged(said.slice(at, reopened)) > 0, 'it went on without being opened again');
    assert.equal(await assertKept('disk', said, 'no space'), acknowledged(said) * size);
  });
});

describe('a store that others use', () => {
  const folder = useTempFolder();

  it('fault-24: waits for a second writer, and neither loses an append', async () => {
    const [one, two] = [0, 1].map(() => openSqliteEventStore(folder('store.sqlite'), { now })) as [
      ReturnType<typeof openSqliteEventStore>,
      ReturnType<typeof openSqliteEventStore>,
    ];
    await Promise.all(smallEvents(60).map((event, i) => (i % 2 === 0 ? one : two).append([event])));
    const holder = spawn(
      process.execPath,
      [
        '-e',
        "const db = new (require('better-sqlite3'))(process.argv[1]); db.exec('BEGIN IMMEDIATE'); console.log('held'); setTimeout(() => db.exec('COMMIT'), 300)",
        folder('store.sqlite'),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = once(holder, 'exit');
    await once(holder.stdout, 'data');
    assert.deepEqual(await one.append([smallEvent(60)]), ['recorded']);
    assert.deepEqual(await two.append([smallEvent(60), smallEvent(61)]), ['duplicate', 'recorded']);
    assert.deepEqual(await ended, [0, null]);
    assert.equal((await assertSound(one)).length, 62);
    await one.close();
    await two.close();
  });

  it('fault-25: a long reader makes the write-ahead log grow, not fail, and it is used again once the reader is gone', async function () {
    this.timeout(60_000);
    const file = folder('store.sqlite');
    const store = openSqliteEventStore(file, { now });
    await store.append(smallEvents(1000));
    const reader = new Database(file, { readonly: true });
    reader.exec('BEGIN');
    const seen = reader.prepare('SELECT count(*) FROM events').pluck();
    assert.equal(seen.get(), 1000);
    const wal = (): number => statSync(`${file}-wal`).size;
    // Until the log is past the size at which it is folded in (64 MiB), which the reader forbids.
    const limit = 72 * 2 ** 20;
    let next = 1000;
    const grow = async (): Promise<void> => {
      const data = Buffer.alloc(512 * 1024, next);
      await store.append([smallEvent(next++, { data, subject: 'p-large' })]);
    };
    while (wal() < limit) await grow();
    assert.equal(seen.get(), 1000, 'the reader still sees what it began with');
    reader.exec('COMMIT');
    reader.close();
    const most = wal();
    for (let i = 0; i < 8; i++) await grow();
    assert.ok(wal() <= most + 2 ** 20, 'the log is used again from its start');
    assert.equal(await store.head(), next);
    await store.close();
  });
});

describe('a folder that cannot be written', () => {
  // Before the folder goes.
  afterEach(() => void spawnSync('umount', [folder('disk')], { stdio: 'ignore' }));
  const folder = useTempFolder();
  const mount = (...args: string[]): boolean => spawnSync('mount', args).status === 0;

  it('fault-27: is told at once, and is sound when it can be written again', async function () {
    mkdirSync(folder('disk'));
    if (process.getuid?.() !== 0 || !mount('-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder('disk'))) {
      console.log('      skipped: needs the right to mount a tmpfs');
      this.skip();
    }
    const open = (): ReturnType<typeof openSqliteEventStore> => openSqliteEventStore(folder('disk', 'store.sqlite'), { now });
    const store = open();
    await store.append(smallEvents(10));
    await store.close();
    assert.ok(mount('-o', 'remount,ro', folder('disk')));
    assert.throws(open, (error: unknown) => error instanceof HubError && error.code === 'DATA_DIRECTORY');
    assert.ok(mount('-o', 'remount,rw', folder('disk')));
    const again = open();
    assert.equal((await assertSound(again)).length, 10);
    assert.deepEqual(await again.append([smallEvent(10)]), ['recorded']);
    await again.close();
  });
});
