// How SQLite files are opened: DESIGN §7, asserted on every file of a hub.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { HubError } from '../../../services/domain/errors.ts';
import { assertSafeVersion, openDatabase, sqliteCall } from '../../../services/drivers/sqlite/database.ts';
import { openSqliteEventLog } from '../../../services/drivers/sqlite/event-log.ts';
import { openSqliteEventStore } from '../../../services/drivers/sqlite/event-store.ts';
import { takeWriterLock } from '../../../services/drivers/sqlite/writer-lock.ts';
import { smallEvents } from '../../support/events.ts';
import { useTempFolder } from '../../support/temp-folder.ts';

const hubError = (code: string) => (error: unknown) => error instanceof HubError && error.code === code;

describe('a SQLite file', () => {
  const folder = useTempFolder();

  it('is in WAL mode, and as durable as asked', () => {
    for (const [durable, synchronous] of [
      [true, 2],
      [false, 1],
    ] as const) {
      const db = openDatabase(folder(`${durable}.sqlite`), { durable });
      assert.deepEqual([db.pragma('journal_mode', { simple: true }), db.pragma('synchronous', { simple: true })], ['wal', synchronous]);
      db.close();
    }
  });

  it('is waited for while another opens it for the first time', async () => {
    const file = folder('new.sqlite');
    // Takes what the switch to WAL needs, as another opener does for a moment.
    const script = `
      const db = new (require('better-sqlite3'))(process.argv[1]);
      db.exec('CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
      console.log('held');
      setTimeout(() => db.exec('COMMIT'), 300);`;
    const holder = spawn(process.execPath, ['-e', script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(holder, 'exit');
    await once(holder.stdout, 'data');
    openDatabase(file, { durable: true }).close();
    assert.deepEqual(await ended, [0, null]);
  });

  it('is refused to a SQLite that may corrupt it', () => {
    for (const version of ['3.51.2', '3.50.9', '3.7.17', '2.99.99'])
      assert.throws(() => assertSafeVersion(version), hubError('STORE_TOO_OLD'));
    for (const version of ['3.51.3', '3.51.10', '3.52.0', '3.100.0', '4.0.0']) assert.doesNotThrow(() => assertSafeVersion(version));
  });

  it('is told by a code of ours when it cannot be used', () => {
    mkdirSync(folder('folder.sqlite'));
    writeFileSync(folder('text.sqlite'), 'no database, though long enough to be taken for the head of one'.repeat(40));
    for (const file of ['folder.sqlite', 'text.sqlite', 'none/file.sqlite'])
      assert.throws(() => openDatabase(folder(file), { durable: true }), hubError('DATA_DIRECTORY'));
  });

  it('passes on errors that say nothing of the file', () => {
    const failure = new Error('something else');
    assert.throws(
      () =>
        sqliteCall('x', () => {
          throw failure;
        }),
      failure,
    );
    assert.throws(
      () =>
        sqliteCall('x', () => {
          throw new Database.SqliteError('full', 'SQLITE_FULL');
        }),
      hubError('DISK_FULL'),
    );
  });

  it('takes a file that another process keeps locked for an engine that is away', () => {
    assert.throws(
      () =>
        sqliteCall('x', () => {
          throw new Database.SqliteError('database is locked', 'SQLITE_BUSY');
        }),
      hubError('ENGINE_UNAVAILABLE'),
    );
  });
});

describe('the writer lock', () => {
  const folder = useTempFolder();

  it('is held by one at a time and free after its release', () => {
    const lock = takeWriterLock(folder('lock.sqlite'));
    assert.throws(() => takeWriterLock(folder('lock.sqlite')), hubError('DATA_LOCKED'));
    lock.release();
    takeWriterLock(folder('lock.sqlite')).release();
  });
});

describe('the embedded log', () => {
  const folder = useTempFolder();

  it('keeps nothing that was committed', async () => {
    const log = openSqliteEventLog(folder('log.sqlite'));
    const end = await log.publish(smallEvents(50));
    await log.commit(String(Number(end) - 20));
    const rows = (): unknown => new Database(folder('log.sqlite'), { readonly: true }).prepare('SELECT count(*) FROM log').pluck().get();
    assert.equal(rows(), 20);
    await log.commit(end);
    assert.equal(rows(), 0);
    await log.close();
  });
});

describe('the embedded store', () => {
  const folder = useTempFolder();

  it('is read while another process writes it, and never written by a reader', async () => {
    const store = openSqliteEventStore(folder('store.sqlite'), { now: () => 1 });
    await store.append(smallEvents(3));
    const reader = openSqliteEventStore(folder('store.sqlite'), { now: () => 1, readOnly: true });
    await store.append(smallEvents(2, 3));
    assert.equal(await reader.head(), 5);
    await assert.rejects(reader.append(smallEvents(1, 5)));
    await reader.close();
    await store.close();
  });
});
