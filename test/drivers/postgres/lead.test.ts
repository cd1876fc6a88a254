// One writer of views in PostgreSQL: whoever lost the connection lost the lead, and nothing of theirs lands afterwards.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openPostgresViewStore } from '../../../services/drivers/postgres/view-store.ts';
import { postgresFor } from '../../support/postgres.ts';
import { program } from '../../support/programs.ts';
import { changes, hubError, lead, row, until } from './rows.ts';
import type { ViewStore } from '../../../services/ports/view-store.ts';
import type { TestPostgres } from '../../support/postgres.ts';

describe('the lead over views in PostgreSQL', () => {
  let postgres: TestPostgres;
  let url: string;
  let first: ViewStore;
  let second: ViewStore;
  let turn = 0;
  before(async function () {
    postgres = await postgresFor(this);
  });
  beforeEach(async () => {
    url = await postgres.database(`lead ${turn++}`);
    [first, second] = [openPostgresViewStore({ url, name: 'first' }), openPostgresViewStore({ url, name: 'second' })];
  });
  afterEach(() => Promise.all([first.close(), second.close()]));

  const sql = (text: string) => postgres.query<Record<string, unknown>>(url, text);
  const terminate = (name: string) =>
    sql(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '${name}' AND datname = current_database()`);

  it('leaves nothing of a commit that was cut in the middle', async () => {
    await lead(first);
    await first.commit(changes(1, row('a')));
    const before = [await second.digest(), await second.checkpoint()];
    // The checkpoint is written last: held by another, it stops the commit when the rows are written already.
    await postgres.holding(url, 'SELECT FROM hub_views.checkpoint FOR UPDATE', async () => {
      const refused = assert.rejects(first.commit(changes(2, row('b'))), hubError('ENGINE_UNAVAILABLE'));
      await until(
        async () => (await sql(`SELECT FROM pg_stat_activity WHERE application_name = 'first' AND wait_event_type = 'Lock'`)).length === 1,
      );
      await terminate('first');
      await refused;
    });
    await lead(second);
    assert.deepEqual([await second.digest(), await second.checkpoint()], before);
    assert.deepEqual(await second.find('key:b'), []);
  });

  it('cannot be used after the connection was lost, whether another leads or not', async () => {
    await lead(first);
    await terminate('first');
    await assert.rejects(first.commit(changes(1, row('nobody'))), hubError('ENGINE_UNAVAILABLE'));
    await lead(second);
    await assert.rejects(first.commit(changes(1, row('late'))), hubError('ENGINE_UNAVAILABLE'));
    await second.commit(changes(2, row('good')));
    await assert.rejects(first.commit(changes(3, row('late'))), hubError('ENGINE_UNAVAILABLE'));
    assert.deepEqual(
      (await second.list('package', { limit: 9 })).map(({ key }) => key),
      ['good'],
    );
    assert.equal((await first.checkpoint()).position, 2);
  });

  it('is refused to who never took it', async () => {
    await lead(first);
    await assert.rejects(second.commit(changes(1, row('a'))), hubError('ENGINE_UNAVAILABLE'));
    assert.equal((await first.checkpoint()).position, 0);
  });

  it('passes to who waits as soon as the connection goes, and back', async () => {
    await lead(first);
    let led = false;
    const waiting = lead(second).then(() => (led = true));
    await first.commit(changes(1, row('a')));
    assert.equal(led, false);
    await terminate('first');
    await waiting;
    await second.commit(changes(2, row('b')));
    const again = lead(first);
    await second.close();
    await again;
    await first.commit(changes(3, row('c')));
    assert.equal((await first.checkpoint()).position, 3);
    second = openPostgresViewStore({ url });
  });

  it('is taken once, however often it is asked for at once', async () => {
    await Promise.all([lead(first), lead(first), lead(first)]);
    await first.commit(changes(1, row('a')));
    const sessions = await sql(
      `SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    assert.equal(sessions.length, 1);
  });

  it('is given up by one who stops waiting, leaving no connection behind', async () => {
    await lead(first);
    const stop = new AbortController();
    const refused = assert.rejects(second.lead(stop.signal));
    const connected = async (): Promise<number> => (await sql(`SELECT FROM pg_stat_activity WHERE application_name = 'second'`)).length;
    await until(async () => (await connected()) === 1);
    stop.abort();
    await refused;
    await until(async () => (await connected()) === 0);
  });

  it('fault-09 is taken from a process that is stopped, which writes nothing when it goes on', async function () {
    this.timeout(30_000);
    const script = fileURLToPath(new URL('./leading-child.ts', import.meta.url));
    const child = spawn(process.execPath, [...program(script), url, '600'], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      assert.equal((await said.next()).value, 'leading');
      child.stdin.write('before\n');
      assert.equal((await said.next()).value, 'committed');
      child.kill('SIGSTOP');
      await lead(second);
      await second.commit(changes(10, row('after')));
      child.kill('SIGCONT');
      child.stdin.write('late\n');
      assert.equal((await said.next()).value, 'ENGINE_UNAVAILABLE');
      assert.deepEqual(
        (await second.list('package', { limit: 9 })).map(({ key }) => key),
        ['after', 'before'],
      );
    } finally {
      child.kill('SIGKILL');
    }
  });
});
