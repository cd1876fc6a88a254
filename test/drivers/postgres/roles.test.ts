// The roles of infra/postgres, on a real server: each process can do its work with its role, and nothing else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { openPostgresCursors } from '../../../services/drivers/postgres/cursors.ts';
import { openPostgresPersonKeys } from '../../../services/drivers/postgres/person-keys.ts';
import { openPostgresViewStore } from '../../../services/drivers/postgres/view-store.ts';
import { ownPostgresFor } from '../../support/postgres.ts';
import { projectRoot } from '../../support/project.ts';
import { changes, hubError, lead, row } from './rows.ts';
import type { PersonalData } from '../../../services/domain/facts.ts';
import type { OwnPostgres } from '../../support/start-postgres.ts';

const data: PersonalData = { name: '金丝雀', idType: 'citizen-id', idNumber: '1', phone: null, address: null };
const roles = ['hub_projector', 'hub_adapter', 'hub_portal', 'hub_audit', 'hub_operator'] as const;

describe('the roles of infra/postgres', () => {
  let server: OwnPostgres;
  const closing: { close(): void | Promise<void> }[] = [];
  const urlOf = (database: string, role?: string): string => {
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    if (role) [url.username, url.password] = [role, `password-of-${role}`];
    return url.href;
  };
  async function sql<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }
  const opened = <T extends { close(): void | Promise<void> }>(driver: T): T => {
    closing.push(driver);
    return driver;
  };
  const viewsAs = (role: string) => opened(openPostgresViewStore({ url: urlOf('hub', role), name: role }));
  const keysAs = (role: string, database = 'keys') => opened(openPostgresPersonKeys({ url: urlOf(database, role), name: role }));
  const refused = (role: string, database: string, text: string): Promise<void> =>
    assert.rejects(sql(urlOf(database, role), text), /permission denied|read-only|must be owner/);

  before(async function () {
    server = await ownPostgresFor(this);
    for (const database of ['hub', 'keys']) {
      await sql(server.url, `CREATE DATABASE ${database} ENCODING 'UTF8' TEMPLATE template0`);
      for (const file of database === 'hub' ? ['roles.sql', 'roles.sql'] : ['keys.sql', 'keys.sql'])
        await sql(urlOf(database), readFileSync(join(projectRoot, 'infra/postgres', file), 'utf8'));
    }
    for (const role of roles) await sql(server.url, `ALTER ROLE ${role} PASSWORD 'password-of-${role}'`);
  });
  afterEach(async () => {
    for (const driver of closing.splice(0)) await driver.close();
  });
  after(() => server?.end());

  it('let the projector write what portal, audit and operators read, before and after a rebuild', async () => {
    const projector = viewsAs('hub_projector');
    const readers = ['hub_portal', 'hub_audit', 'hub_operator'].map(viewsAs);
    await assert.rejects(readers[0]!.checkpoint(), hubError('ENGINE_UNAVAILABLE'));
    await lead(projector);
    await projector.commit(changes(1, row('old')));
    const seen = async (): Promise<unknown[]> =>
      Promise.all(readers.map(async (each) => [(await each.list('package', { limit: 9 })).map(({ key }) => key), await each.digest()]));
    const digest = await projector.digest();
    assert.deepEqual(
      await seen(),
      readers.map(() => [['old'], digest]),
    );
    for (let turn = 0; turn < 2; turn++) {
      const aside = await projector.aside();
      await aside.commit(changes(2, row(`new ${turn}`)));
      await aside.replace();
      const after = await projector.digest();
      assert.deepEqual(
        await seen(),
        readers.map(() => [[`new ${turn}`], after]),
      );
    }
  });

  it('let no reader write, make or hold anything', async () => {
    const projector = viewsAs('hub_projector');
    await lead(projector);
    await projector.commit(changes(1, row('kept')));
    const before = await projector.digest();
    await projector.close();
    closing.length = 0;
    for (const role of ['hub_portal', 'hub_audit', 'hub_operator']) {
      for (const text of [
        `DELETE FROM hub_views.rows`,
        `BEGIN READ WRITE; UPDATE hub_views.checkpoint SET position = 9`,
        `BEGIN READ WRITE; CREATE TABLE hub_views.mine (x int)`,
        `BEGIN READ WRITE; CREATE SCHEMA mine`,
        `BEGIN READ WRITE; CREATE TABLE public.mine (x int)`,
        `BEGIN READ WRITE; DROP SCHEMA hub_views CASCADE`,
        `SELECT * FROM hub_adapters.cursor`,
      ])
        await refused(role, 'hub', text).catch((error: unknown) => {
          throw new Error(`${role} ${text}`, { cause: error });
        });
      const views = viewsAs(role);
      await assert.rejects(lead(views), hubError('CONFIG_INVALID', /roles\.sql/));
      await assert.rejects(
        views.aside(),
        role === 'hub_operator' ? hubError('CONFIG_INVALID', /roles\.sql/) : hubError('ENGINE_UNAVAILABLE', /no writing/),
      );
      await views.close();
    }
    const next = viewsAs('hub_projector');
    await lead(next);
    assert.equal(await next.digest(), before);
  });

  it('let adapters keep their cursors, and see nothing of the views', async () => {
    const cursors = opened(openPostgresCursors({ url: urlOf('hub', 'hub_adapter') }));
    await cursors.save('property-right', '7');
    assert.equal(await cursors.load('property-right'), '7');
    await refused('hub_adapter', 'hub', 'SELECT FROM hub_views.rows');
    await refused('hub_projector', 'hub', 'SELECT FROM hub_adapters.cursor');
  });

  it('let adapters seal, the portal open, and projector and operators erase: each that and no more', async () => {
    const [adapter, portal, projector, operator] = [
      keysAs('hub_adapter'),
      keysAs('hub_portal'),
      keysAs('hub_projector'),
      keysAs('hub_operator'),
    ];
    await assert.rejects(portal.ready(), hubError('ENGINE_UNAVAILABLE'));
    await adapter.ready();
    await portal.ready();
    await operator.ready();
    assert.equal(portal.pseudonym('passport', 'X1'), adapter.pseudonym('passport', 'X1'));
    const { box } = adapter.seal('p-1', data);
    adapter.seal('p-2', data);
    assert.equal(await adapter.save(), 'saved');
    assert.deepEqual([await portal.open('p-1', box), await operator.open('p-1', box)], [data, data]);
    const file = (): Promise<{ file: string }[]> => sql(urlOf('keys'), `SELECT pg_relation_filepath('hub_keys.person') AS file`);
    const before = await file();
    assert.deepEqual(
      [await projector.state('p-1'), await projector.erase('p-1', 1), await projector.erase('p-9', 1)],
      ['present', 'erased', 'unknown'],
    );
    assert.equal(await portal.open('p-1', box), null);
    assert.equal(await operator.erase('p-2', 1), 'erased');
    const [{ server_version_num: version }] = (await sql<{ server_version_num: string }>(server.url, 'SHOW server_version_num')) as [
      { server_version_num: string },
    ];
    if (Number(version) >= 170_000) assert.notDeepEqual(await file(), before, 'the table is written anew');
    await refused('hub_projector', 'keys', 'SELECT key FROM hub_keys.person');
    await refused('hub_projector', 'keys', 'SELECT value FROM hub_keys.secret');
    await refused('hub_adapter', 'keys', 'UPDATE hub_keys.person SET erasedtime = NULL');
    await refused('hub_adapter', 'keys', 'DELETE FROM hub_keys.person');
    await refused('hub_portal', 'keys', `BEGIN READ WRITE; INSERT INTO hub_keys.person (pseudonym) VALUES ('p-3')`);
    await assert.rejects(sql(urlOf('keys', 'hub_audit'), 'SELECT 1'), /permission denied for database/);
  });

  it('are for the same tables as the hub makes by itself', async () => {
    const shape = (database: string): Promise<object[]> =>
      sql(
        urlOf(database),
        `SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default FROM information_schema.columns
         WHERE table_schema = 'hub_keys' ORDER BY table_name, ordinal_position`,
      );
    await sql(server.url, `CREATE DATABASE made ENCODING 'UTF8' TEMPLATE template0`);
    const made = opened(openPostgresPersonKeys({ url: urlOf('made') }));
    await made.ready();
    assert.deepEqual(await shape('keys'), await shape('made'));
    assert.equal((await shape('made')).length, 5);
  });
});
