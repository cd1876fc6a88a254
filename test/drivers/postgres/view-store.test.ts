// Views in PostgreSQL beside those in SQLite: the same answers and digests; and views that are replaced under their readers.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openPostgresViewStore } from '../../../services/drivers/postgres/view-store.ts';
import { openSqliteViewStore } from '../../../services/drivers/sqlite/view-store.ts';
import { postgresFor } from '../../support/postgres.ts';
import { inTempFolder } from '../../support/temp-folder.ts';
import { changes, hubError, lead, row, until } from './rows.ts';
import type { RowChange, ViewChanges, ViewRow, ViewStore } from '../../../services/ports/view-store.ts';
import type { TestPostgres } from '../../support/postgres.ts';

describe('views in PostgreSQL', () => {
  let postgres: TestPostgres;
  let url: string;
  let views: ViewStore;
  let turn = 0;
  before(async function () {
    postgres = await postgresFor(this);
  });
  beforeEach(async () => {
    url = await postgres.database(`views ${turn++}`);
    views = openPostgresViewStore({ url });
    await lead(views);
  });
  afterEach(() => views.close());

  it('are durable when a commit is answered, even where the database is set not to wait', async () => {
    const name = new URL(url).pathname.slice(1);
    await postgres.query(url, `ALTER DATABASE ${name} SET synchronous_commit = off`);
    await postgres.query(
      url,
      `
      CREATE TABLE seen (mode text);
      CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
      CREATE TRIGGER see AFTER UPDATE ON hub_views.checkpoint EXECUTE FUNCTION see()`,
    );
    const next = openPostgresViewStore({ url });
    await views.close();
    await lead(next);
    await next.commit(changes(1, row('a')));
    assert.deepEqual(await postgres.query(url, 'SELECT mode FROM seen'), [{ mode: 'on' }]);
    views = next;
  });

  it('hold keys and tags with any character, in the order of their bytes', async () => {
    const keys = [
      'a',
      'a\0',
      'a\0b',
      'a\u0001',
      'a\u0001\u0001',
      'a\u0001\u0002',
      'a\u0002',
      'B',
      'é',
      '中',
      '\ufffd',
      '😀',
      "'",
      '"',
      '\\',
      '{}',
      'NULL',
      '',
    ];
    await views.commit(changes(1, ...keys.map((key) => row(key, 1, [`t:${key}`, 'all:1']))));
    const wanted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(
      (await views.find('all:1')).map(({ key }) => key),
      wanted,
    );
    assert.deepEqual(
      (await views.list('package', { limit: 99 })).map(({ key }) => key),
      wanted.slice(1),
    );
    for (const key of keys)
      assert.deepEqual(
        (await views.find(`t:${key}`)).map((found) => [found.key, found.tags]),
        [[key, [`t:${key}`, 'all:1']]],
      );
    assert.deepEqual(await views.count('package', 't:'), Object.fromEntries(keys.map((key) => [key, 1])));
  });

  it('are made again, empty, when an older hub made them, and left alone when a newer one did', async () => {
    const told = { cursor: '1.0', view: 'package', key: 'a', body: JSON.stringify({ digest: 'sha256:1', status: 'verified' }) };
    await views.commit({ ...changes(1, row('a')), feed: [told] });
    await views.close();
    await postgres.query(url, 'UPDATE hub_views.checkpoint SET version = 0');
    views = openPostgresViewStore({ url });
    await lead(views);
    assert.equal((await views.checkpoint()).position, 0);
    // All but what was told last, which is compared with what is folded anew.
    assert.deepEqual([await views.list('package', { limit: 9 }), await views.feed({ limit: 9 })], [[], []]);
    assert.deepEqual(
      (await views.list('told', { limit: 9 })).map(({ key, body }) => [key, JSON.parse(body) as unknown]),
      [['package/a', { digest: 'sha256:1', status: 'verified' }]],
    );
    assert.deepEqual(await postgres.query(url, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'hub\\_views\\_%'"), []);
    await views.commit(changes(1, row('b')));
    await views.close();
    await postgres.query(url, 'UPDATE hub_views.checkpoint SET version = 99');
    views = openPostgresViewStore({ url });
    await assert.rejects(lead(views), hubError('CONFIG_INVALID'));
    assert.equal((await views.list('package', { limit: 9 })).length, 1);
  });

  it('live in a schema of their own choice, beside others', async () => {
    const beside = openPostgresViewStore({ url, schema: 'other_views' });
    await lead(beside);
    await beside.commit(changes(5, row('b')));
    assert.deepEqual([(await views.checkpoint()).position, (await beside.checkpoint()).position], [0, 5]);
    await beside.close();
  });

  it('are not put into a schema that holds something else, which is left alone', async () => {
    await postgres.query(url, 'CREATE SCHEMA others; CREATE TABLE others.things (x int)');
    const beside = openPostgresViewStore({ url, schema: 'others' });
    await assert.rejects(lead(beside), hubError('CONFIG_INVALID'));
    await postgres.query(url, 'SELECT x FROM others.things');
    await beside.close();
  });

  it('are replaced under many readers, none of whom sees a mixture, an error or nothing', async function () {
    this.timeout(60_000);
    const size = 30;
    const generation = (number: number): ViewChanges =>
      changes(number, ...Array.from({ length: size }, (_, i) => row(`k${i}`, number, ['all:1', `n:${number}`])));
    await views.commit(generation(0));
    const readers = Array.from({ length: 4 }, (_, i) => openPostgresViewStore({ url, name: `reader ${i}` }));
    let stop = false;
    let reads = 0;
    const reading = readers.map(async (reader) => {
      let last = 0;
      while (!stop) {
        for (const rows of [
          await reader.list('package', { limit: 99 }),
          await reader.find('all:1'),
          await reader.find('all:1', { view: 'package', after: '', limit: 99 }),
          await reader.findAll(['all:1']),
          await reader.getAll(Array.from({ length: size }, (_, i) => ({ view: 'package', key: `k${i}` }))),
        ]) {
          assert.equal(rows.length, size);
          const [body, ...others] = new Set(rows.map((each) => each.body));
          assert.deepEqual(others, []);
          assert.ok(Number(body) >= last, 'never back to older views');
          last = Number(body);
          reads++;
        }
        await reader.digest();
        await reader.count('package', 'n:');
      }
    });
    for (let number = 1; number <= 25; number++) {
      const aside = await views.aside();
      await aside.commit(generation(number));
      await aside.replace();
      // The leader leads on, in the new ones.
      await views.commit({ rows: [], feed: [], checkpoint: { position: 1000 + number, date: '2027-01-01' } });
      assert.equal((await views.checkpoint()).position, 1000 + number);
    }
    stop = true;
    await Promise.all(reading);
    await Promise.all(readers.map((reader) => reader.close()));
    assert.ok(reads > 50);
  });

  it('are replaced while a long reading holds the old ones, which go later', async () => {
    const schemas = (): Promise<unknown[]> => postgres.query(url, `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'hub%'`);
    await views.commit(changes(1, row('a')));
    await postgres.holding(url, 'SELECT FROM hub_views.rows', async () => {
      const aside = await views.aside();
      await aside.commit(changes(2, row('b')));
      await aside.replace();
      assert.equal((await views.checkpoint()).position, 2);
      assert.equal((await schemas()).length, 2);
    });
    await (await views.aside()).discard();
    const again = await views.aside();
    await again.replace();
    assert.deepEqual(await schemas(), [{ nspname: 'hub_views' }]);
  });

  it('are rebuilt by one at a time, and not put in the place of what another writes', async () => {
    const beside = openPostgresViewStore({ url });
    const aside = await views.aside();
    await assert.rejects(beside.aside(), hubError('DATA_LOCKED'));
    await aside.discard();
    const theirs = await beside.aside();
    await assert.rejects(theirs.replace(), hubError('DATA_LOCKED'));
    await views.close();
    await theirs.commit(changes(7, row('theirs')));
    await theirs.replace();
    assert.equal((await beside.checkpoint()).position, 7);
    views = beside;
  });

  it('that were being rebuilt when the process died do not stand in the way', async () => {
    await (await views.aside()).commit(changes(3, row('lost')));
    await views.close();
    views = openPostgresViewStore({ url });
    await lead(views);
    // The server notices in its own time that the other has gone.
    await until(() =>
      views.aside().then(
        async (aside) => (await aside.checkpoint()).position === 0,
        () => false,
      ),
    );
  });

  it('answer as SQLite does after any changes', async function () {
    this.timeout(120_000);
    const keyOf = fc.constantFrom('a', 'b', 'B', 'é', '中', '一', 'k:1', 'k 1', '~', 'a\0');
    const viewOf = fc.constantFrom('package', 'project', 'alpha');
    const tagOf = fc.constantFrom('s:ready', 's:blocked', 's:中', 't:1', 't:11', 's');
    const date = fc.constantFrom('2027-01-01', '2027-01-02', '2026-12-31');
    const one = fc.record({
      view: viewOf,
      key: keyOf,
      gone: fc.boolean(),
      body: fc.jsonValue(),
      tags: fc.uniqueArray(tagOf),
      due: fc.option(date),
    });
    const commit = fc.record({
      rows: fc.uniqueArray(one, { selector: ({ view, key }) => `${view} ${key}`, maxLength: 8 }),
      feed: fc.uniqueArray(fc.nat(30), { maxLength: 5 }),
      date,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(commit, { minLength: 1, maxLength: 6 }), (commits) =>
        inTempFolder(async (folder) => {
          const place = await postgres.database(folder);
          const stores = [openSqliteViewStore(`${folder}/views.sqlite`), openPostgresViewStore({ url: place })];
          try {
            for (const store of stores) await lead(store);
            const known = new Map<string, readonly string[]>();
            for (const [position, { rows, feed, date }] of commits.entries()) {
              const wanted = rows.map(({ view, key, gone, body, tags, due }): RowChange => {
                const was = known.get(`${view} ${key}`) ?? null;
                const now: ViewRow | null =
                  gone && was ? null : { view, key, body: JSON.stringify(body), local: `{"at":${position}}`, tags, due };
                if (now) known.set(`${view} ${key}`, tags);
                else known.delete(`${view} ${key}`);
                return { view, key, was, row: now };
              });
              const lines = feed.map((n) => ({ cursor: String(n).padStart(6, '0'), view: 'package', key: 'k', body: `{"n":${position}}` }));
              for (const store of stores) await store.commit({ rows: wanted, feed: lines, checkpoint: { position, date } });
            }
            const [sqlite, here] = await Promise.all(stores.map(answers));
            assert.deepEqual(here, sqlite);
          } finally {
            for (const store of stores) await store.close();
          }
        }),
      ),
      { numRuns: 25 },
    );
  });
});

/** Everything that can be asked of these views, order included where the port promises one. */
async function answers(views: ViewStore): Promise<unknown> {
  const names = ['package', 'project', 'alpha'];
  const tags = ['s:ready', 's:blocked', 's:中', 't:1', 't:11', 's', 'none'];
  const unordered = (rows: ViewRow[]): ViewRow[] => rows.sort((a, b) => (`${a.view} ${a.key}` < `${b.view} ${b.key}` ? -1 : 1));
  const keys = names.flatMap((view) => ['a', 'B', '中', 'a\0', 'none'].map((key) => ({ view, key })));
  const each = <T, R>(of: readonly T[], ask: (one: T) => Promise<R>): Promise<R[]> => Promise.all(of.map(ask));
  return {
    checkpoint: await views.checkpoint(),
    digest: await views.digest(),
    lists: await each(names, (view) => views.list(view, { limit: 99 })),
    pages: await each(names, (view) => views.list(view, { after: 'a', limit: 2 })),
    found: await each(tags, (tag) => views.find(tag)),
    foundIn: await each(tags, (tag) => views.find(tag, { view: 'package' })),
    foundPages: await each(tags, (tag) => views.find(tag, { view: 'package', after: 'B', limit: 2 })),
    all: unordered(await views.getAll(keys)),
    allFound: unordered(await views.findAll(tags)),
    due: await each(['2026-12-31', '2027-01-01', '2030-01-01'], (date) => views.due(date, 4)),
    feed: [await views.feed({ limit: 99 }), await views.feed({ after: '000010', limit: 3 })],
    counts: await each(names, async (view) => [
      await views.count(view),
      await views.count(view, 's:'),
      await views.count(view, 't:1'),
      await views.count(view, ''),
    ]),
  };
}
