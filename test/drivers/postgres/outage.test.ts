// PostgreSQL away, mute, full or refusing: what callers are told, and that the same open store goes on afterwards.
import assert from 'node:assert/strict';
import pg from 'pg';
import { openPostgresCursors } from '../../../services/drivers/postgres/cursors.ts';
import { openPostgresPersonKeys } from '../../../services/drivers/postgres/person-keys.ts';
import { postgresError } from '../../../services/drivers/postgres/postgres-error.ts';
import { openPostgresViewStore } from '../../../services/drivers/postgres/view-store.ts';
import { ownPostgresFor, postgresFor } from '../../support/postgres.ts';
import { openMuteProxy } from './mute-proxy.ts';
import { changes, hubError, lead, row, until } from './rows.ts';
import type { ViewStore } from '../../../services/ports/view-store.ts';
import type { OwnPostgres } from '../../support/start-postgres.ts';
import type { TestPostgres } from '../../support/postgres.ts';

const unavailable = hubError('ENGINE_UNAVAILABLE');

describe('a PostgreSQL that is stopped', () => {
  let server: OwnPostgres;
  before(async function () {
    server = await ownPostgresFor(this);
  });
  after(() => server?.end());

  for (const how of ['stop', 'crash'] as const) {
    it(`is waited for by the same open store: ${how}`, async function () {
      this.timeout(30_000);
      const url = server.url.replace(/\/postgres$/, '/template1');
      const views = openPostgresViewStore({ url, schema: `views_${how}` });
      await lead(views);
      await views.commit(changes(1, row('a')));
      const digest = await views.digest();
      await server.command(how);
      for (let i = 0; i < 3; i++) await assert.rejects(views.get('package', 'a'), unavailable);
      await assert.rejects(views.commit(changes(2, row('b'))), unavailable);
      await assert.rejects(lead(views), unavailable);
      await server.command('start');
      assert.deepEqual([await views.digest(), (await views.checkpoint()).position], [digest, 1]);
      await lead(views);
      await views.commit(changes(2, row('b')));
      assert.equal((await views.checkpoint()).position, 2);
      await views.close();
    });
  }
});

describe('a PostgreSQL that is not there at the start', () => {
  let server: OwnPostgres;
  before(async function () {
    server = await ownPostgresFor(this);
  });
  after(() => server?.end());

  it('is waited for by cursors, keys and views that were opened before it', async function () {
    this.timeout(30_000);
    const { url } = server;
    await server.command('stop');
    const [cursors, keys, views] = [openPostgresCursors({ url }), openPostgresPersonKeys({ url }), openPostgresViewStore({ url })];
    const calls = [
      () => cursors.load('a'),
      () => cursors.save('a', '1'),
      () => keys.ready(),
      () => keys.erase('p-1', 1),
      () => views.checkpoint(),
      () => lead(views),
    ];
    for (let i = 0; i < 2; i++) for (const call of calls) await assert.rejects(call(), unavailable);
    assert.throws(() => keys.pseudonym('passport', 'X1'), unavailable);
    await server.command('start');
    await cursors.save('a', '1');
    await lead(views);
    await keys.ready();
    keys.seal('p-1', { name: null, idType: null, idNumber: null, phone: null, address: null });
    assert.deepEqual([await cursors.load('a'), await keys.save(), (await views.checkpoint()).position], ['1', 'saved', 0]);
    await server.command('stop');
    keys.seal('p-2', { name: null, idType: null, idNumber: null, phone: null, address: null });
    await assert.rejects(keys.save(), unavailable);
    await server.command('start');
    keys.seal('p-2', { name: null, idType: null, idNumber: null, phone: null, address: null });
    assert.deepEqual([await keys.save(), await keys.state('p-2')], ['saved', 'present']);
    for (const each of [cursors, keys, views]) await each.close();
  });
});

describe('a PostgreSQL that answers badly', () => {
  let postgres: TestPostgres;
  let url: string;
  let views: ViewStore;
  let turn = 0;
  before(async function () {
    postgres = await postgresFor(this);
  });
  beforeEach(async () => {
    url = await postgres.database(`outage ${turn++}`);
    views = openPostgresViewStore({ url });
  });
  afterEach(() => views.close());

  it('is told apart when it is mute: each call ends in time, and closing too', async () => {
    await lead(views);
    await views.commit(changes(1, row('a')));
    const { port, hostname } = new URL(url);
    assert.ok(['127.0.0.1', 'localhost'].includes(hostname), 'the proxy stands on this machine');
    const proxy = await openMuteProxy(Number(port));
    const through = new URL(url);
    through.port = String(proxy.port);
    await views.close();
    views = openPostgresViewStore({ url: through.href, timeoutMs: 200, connectTimeoutMs: 300, poolSize: 2 });
    await lead(views);
    await views.commit(changes(2, row('a')));
    await views.get('package', 'a');
    proxy.mute(true);
    await assert.rejects(views.commit(changes(3, row('b'))), unavailable);
    for (let i = 0; i < 4; i++) await assert.rejects(views.get('package', 'a'), unavailable);
    await assert.rejects(views.digest(), unavailable);
    proxy.mute(false);
    assert.equal((await views.checkpoint()).position, 2);
    proxy.mute(true);
    await views.close();
    await proxy.close();
    views = openPostgresViewStore({ url });
  });

  it('has not made the views yet', async () => {
    for (const read of [() => views.get('package', 'a'), () => views.checkpoint(), () => views.feed({ limit: 1 }), () => views.digest()])
      await assert.rejects(read(), hubError('ENGINE_UNAVAILABLE', /have not been made yet/));
  });

  it('cuts connections that nobody uses, which harms nobody', async () => {
    await lead(views);
    await Promise.all(Array.from({ length: 4 }, () => views.digest()));
    await postgres.query(
      url,
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'hub' AND datname = current_database()`,
    );
    await until(() =>
      views.checkpoint().then(
        ({ position }) => position === 0,
        () => false,
      ),
    );
  });

  it('is slower than allowed', async () => {
    const hurried = openPostgresViewStore({ url, timeoutMs: 200 });
    await lead(views);
    await postgres.holding(url, 'LOCK TABLE hub_views.rows', () =>
      assert.rejects(hurried.get('package', 'a'), hubError('ENGINE_UNAVAILABLE', /in time/)),
    );
    assert.equal(await hurried.get('package', 'a'), undefined);
    await hurried.close();
  });

  it('has no space left: the commit leaves nothing, and a later one is kept', async () => {
    await lead(views);
    await postgres.query(
      url,
      `
      CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$;
      CREATE TRIGGER full_disk BEFORE UPDATE ON hub_views.checkpoint EXECUTE FUNCTION full_disk()`,
    );
    await assert.rejects(views.commit(changes(1, row('a'))), hubError('DISK_FULL'));
    assert.equal(await views.get('package', 'a'), undefined);
    await postgres.query(url, 'DROP TRIGGER full_disk ON hub_views.checkpoint');
    await views.commit(changes(1, row('a')));
    assert.equal((await views.checkpoint()).position, 1);
  });

  it('is not there, has no such database, or refuses the user: said without the password', async () => {
    const changed = (change: (place: URL) => void): string => {
      const place = new URL(url);
      place.password = 'pass-canary';
      change(place);
      return place.href;
    };
    for (const [place, why] of [
      [changed(() => undefined), /refused this user/],
      [changed((place) => void (place.port = '1')), /cannot be reached/],
      [changed((place) => void (place.hostname = 'no-such-host.invalid')), /cannot be reached/],
      [url.replace(/[^/]+$/, 'no_such_database'), /no database of this name/],
    ] as const) {
      const other = openPostgresViewStore({ url: place });
      await assert.rejects(
        other.checkpoint(),
        (error: Error) => hubError('ENGINE_UNAVAILABLE', why)(error) && !`${error.message} ${String(error.cause)}`.includes('canary'),
      );
      await assert.rejects(lead(other), unavailable);
      await other.close();
    }
    for (const nonsense of ['', 'localhost', 'http://x/y', 'pass-canary'])
      assert.throws(
        () => openPostgresViewStore({ url: nonsense }),
        (error: Error) => hubError('CONFIG_INVALID')(error) && !error.message.includes('canary'),
      );
    assert.throws(() => openPostgresViewStore({ url, schema: 'hub"; DROP' }), hubError('CONFIG_INVALID'));
  });

  it('quotes nothing that it was given when it refuses a row', async () => {
    await lead(views);
    const broken = row('canary-key');
    broken.row = { ...broken.row!, body: undefined as unknown as string, local: 'canary-local' };
    await assert.rejects(
      views.commit(changes(1, broken)),
      (error: Error) => !JSON.stringify([error, error.message, error.cause]).includes('canary'),
    );
  });

  it('says which errors pass and which do not', () => {
    const answered = (code: string): unknown =>
      postgresError(Object.assign(new pg.DatabaseError('x', 1, 'error'), { code }), 'db:5432/hub');
    for (const code of ['08006', '53300', '57P01', '57P02', '57P03', '57014', '55P03', '40P01', '25006', '28P01', '3D000'])
      assert.ok(unavailable(answered(code)), code);
    assert.ok(hubError('CONFIG_INVALID', /roles\.sql/)(answered('42501')));
    assert.ok(hubError('STORE_CORRUPT')(answered('XX001')));
    assert.ok(!unavailable(answered('22021')));
    assert.ok(unavailable(postgresError(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'x')));
    const mistake = new TypeError('a mistake of ours');
    assert.equal(postgresError(mistake, 'x'), mistake);
  });
});
