// The roles of dispatcher and supervisor on a real server: the views and boxes they need, and no more.
import assert from 'node:assert/strict';
import pg from 'pg';
import { openPostgresLeadership } from '../../services/drivers/postgres/leadership.ts';
import { openPostgresPersonKeys } from '../../services/drivers/postgres/person-keys.ts';
import { openPostgresViewStore } from '../../services/drivers/postgres/view-store.ts';
import { changes, hubError, lead, row } from '../drivers/postgres/rows.ts';
import { postgresWithRoles } from '../support/postgres-roles.ts';
import { pseudonymKey } from '../support/project.ts';
import type { PersonalData } from '../../services/domain/facts.ts';
import type { PostgresWithRoles, RoleUrls } from '../support/postgres-roles.ts';

const data: PersonalData = { name: '金丝雀', idType: 'citizen-id', idNumber: '1', phone: null, address: null };

describe('the roles of dispatcher and supervisor', () => {
  let server: PostgresWithRoles;
  let urls: RoleUrls;
  const open: { close(): void | Promise<void> }[] = [];
  const opened = <T extends { close(): void | Promise<void> }>(driver: T): T => {
    open.push(driver);
    return driver;
  };
  const viewsAs = (role: string) => opened(openPostgresViewStore({ url: urls(role).DATABASE_URL, name: role }));

  before(async function () {
    server = await postgresWithRoles(this);
    urls = await server.installation(1);
    const projector = openPostgresViewStore({ url: urls('hub_projector').DATABASE_URL });
    await lead(projector);
    await projector.commit(changes(1, row('one')));
    // Others would wait for its lock.
    await projector.close();
  });
  after(async () => {
    for (const driver of open.splice(0)) await driver.close();
    await server?.end();
  });

  async function refused(url: string, text: string): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    const run = async (): Promise<void> => {
      await client.connect();
      await client.query(text);
    };
    await assert.rejects(
      run().finally(() => client.end()),
      /permission denied|read-only/,
      text,
    );
  }

  it('read views and change none', async () => {
    for (const role of ['hub_dispatcher', 'hub_supervisor']) {
      const views = viewsAs(role);
      assert.deepEqual(
        (await views.list('package', { limit: 9 })).map(({ key }) => key),
        ['one'],
      );
      assert.equal((await views.checkpoint()).position, 1);
      await assert.rejects(lead(views), hubError('CONFIG_INVALID', /roles\.sql/));
      for (const text of [
        'DELETE FROM hub_views.rows',
        'BEGIN READ WRITE; UPDATE hub_views.checkpoint SET position = 9',
        'BEGIN READ WRITE; CREATE SCHEMA mine',
        'SELECT * FROM hub_adapters.cursor',
      ])
        await refused(urls(role).DATABASE_URL, text);
    }
  });

  it('let them lead, one of each at a time, with no right to write', async () => {
    for (const [role, work] of [
      ['hub_dispatcher', 'dispatcher'],
      ['hub_supervisor', 'supervisor'],
    ] as const) {
      const one = opened(openPostgresLeadership({ url: urls(role).DATABASE_URL, name: role }));
      const other = opened(openPostgresLeadership({ url: urls(role).DATABASE_URL, name: role }));
      const stop = new AbortController();
      await one.lead(work, new AbortController().signal, async ({ confirm }) => {
        await confirm();
        const waiting = other.lead(work, stop.signal, () => Promise.reject(new Error('two lead')));
        await confirm();
        stop.abort();
        await waiting;
      });
      let led = false;
      await other.lead(work, new AbortController().signal, async () => void (led = true));
      assert.ok(led);
    }
  });

  it('let the dispatcher open boxes, without the key of pseudonyms, and neither seal nor erase', async () => {
    const adapter = opened(openPostgresPersonKeys({ url: urls('hub_adapter').KEYS_URL, pseudonymKey }));
    await adapter.ready();
    const { box } = adapter.seal('p-1', data);
    assert.equal(await adapter.save(), 'saved');
    const url = urls('hub_dispatcher').KEYS_URL;
    assert.deepEqual(await opened(openPostgresPersonKeys({ url })).open('p-1', box), data);
    await refused(url, "BEGIN READ WRITE; INSERT INTO hub_keys.person (pseudonym) VALUES ('p-2')");
    await refused(url, 'BEGIN READ WRITE; UPDATE hub_keys.person SET key = NULL, erasedtime = 1');
  });

  it('keep the supervisor from the keys of persons', () => refused(urls('hub_supervisor').KEYS_URL, 'SELECT 1'));
});
