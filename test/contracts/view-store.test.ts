// What every view store does, whichever driver it is.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openPostgresViewStore } from '../../services/drivers/postgres/view-store.ts';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { postgresFor } from '../support/postgres.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { TestPostgres } from '../support/postgres.ts';
import type { Checkpoint, FeedEntry, RowChange, ViewRow, ViewStore } from '../../services/ports/view-store.ts';

interface Driver {
  /** Starts what the driver needs, or skips the suite. */
  prepare: (context: Mocha.Context) => Promise<void>;
  /** Opens the views of one place, again after a close too. */
  open: (place: string) => Promise<ViewStore>;
}

const rowOf = (view: string, key: string, changes: Partial<ViewRow> = {}): ViewRow => ({
  view,
  key,
  body: JSON.stringify({ key }),
  local: '{}',
  tags: [`key:${key}`],
  due: null,
  ...changes,
});
const put = (row: ViewRow, was: readonly string[] | null = null): RowChange => ({ view: row.view, key: row.key, row, was });
const at = (position: number, date = '2027-01-01'): Checkpoint => ({ position, date });
const line = (position: number, n = 0): FeedEntry => ({ cursor: `${String(position).padStart(12, '0')}.${n}`, view: 'package', key: 'k', body: `{"n":${n}}` });
const keysOf = (rows: readonly ViewRow[]): string[] => rows.map(({ view, key }) => `${view}/${key}`);

function describeViewStore(name: string, { prepare, open }: Driver): void {
  describe(`view store on ${name}`, () => {
    before(async function () {
      await prepare(this);
    });
    const folder = useTempFolder();
    /** Opens the views of a place, to write them. */
    const openLeading = async (place: string): Promise<ViewStore> => {
      const opened = await open(place);
      await opened.lead(AbortSignal.timeout(10_000));
      return opened;
    };
    let views: ViewStore;
    let turn = 0;
    beforeEach(async () => {
      views = await openLeading(folder(`views${turn++}`));
    });
    afterEach(() => views.close());
    const commit = (rows: RowChange[], feed: FeedEntry[] = [], checkpoint = at(1)): Promise<void> => views.commit({ rows, feed, checkpoint });

    it('begins empty, before the first position and every date', async () => {
      assert.deepEqual(await views.checkpoint(), { position: 0, date: '0000-01-01' });
      assert.equal(await views.get('package', 'a'), undefined);
      assert.deepEqual([await views.list('package', { limit: 10 }), await views.feed({ limit: 10 })], [[], []]);
    });

    it('keeps a row as it is', async () => {
      const row = rowOf('package', '键 a~b', { body: '{"名":"值"}', local: '{"x":1}', tags: ['a:1', 'b:文'], due: '2027-05-06' });
      await commit([put(row)]);
      assert.deepEqual(await views.get('package', row.key), row);
      assert.deepEqual(await views.find('b:文'), [row]);
    });

    it('replaces a row, and finds it by its new tags only', async () => {
      await commit([put(rowOf('package', 'a', { tags: ['status:ready', 'subject:1'] }))]);
      await commit([put(rowOf('package', 'a', { tags: ['status:blocked', 'subject:1'], body: '{}' }), ['status:ready', 'subject:1'])]);
      assert.deepEqual(await views.find('status:ready'), []);
      assert.deepEqual(keysOf(await views.find('status:blocked')), ['package/a']);
      assert.deepEqual(keysOf(await views.find('subject:1')), ['package/a']);
      assert.deepEqual(await views.count('package', 'status:'), { blocked: 1 });
      assert.equal((await views.get('package', 'a'))?.body, '{}');
    });

    it('finds a row by each of many tags', async () => {
      const many = Array.from({ length: 100 }, (_, i) => `t:${i}`);
      await commit([put(rowOf('package', 'a', { tags: many.slice(0, 41) }))]);
      await commit([put(rowOf('package', 'a', { tags: many }), many.slice(0, 41))]);
      for (const tag of many) assert.deepEqual(keysOf(await views.find(tag)), ['package/a'], tag);
      assert.deepEqual(Object.keys(await views.count('package', 't:')).length, 100);
    });

    it('removes a row with its tags', async () => {
      await commit([put(rowOf('package', 'a', { tags: ['status:ready'], due: '2027-01-01' })), put(rowOf('package', 'b', { tags: ['status:ready'] }))]);
      await commit([{ view: 'package', key: 'a', row: null, was: ['status:ready'] }]);
      assert.equal(await views.get('package', 'a'), undefined);
      assert.deepEqual(keysOf(await views.find('status:ready')), ['package/b']);
      assert.deepEqual(await views.count('package', 'status:'), { ready: 1 });
      assert.deepEqual(await views.due('2030-01-01', 10), []);
    });

    it('changes nothing when the same is committed twice', async () => {
      const changes = { rows: [put(rowOf('package', 'a')), put(rowOf('project', 'b'))], feed: [line(1), line(1, 1)], checkpoint: at(7) };
      await views.commit(changes);
      const look = async (): Promise<unknown> => [await views.digest(), await views.list('package', { limit: 9 }), await views.feed({ limit: 9 }), await views.checkpoint(), await views.find('key:a')];
      const before = await look();
      await views.commit(changes);
      assert.deepEqual(await look(), before);
    });

    it('commits rows, feed and checkpoint together or not at all', async () => {
      await commit([put(rowOf('package', 'a'))], [line(1)], at(5));
      const before = [await views.digest(), await views.checkpoint(), await views.feed({ limit: 10 })];
      const broken = put({ ...rowOf('package', 'c'), body: undefined as unknown as string });
      await assert.rejects(commit([put(rowOf('package', 'b')), broken], [line(2)], at(6)));
      assert.deepEqual([await views.digest(), await views.checkpoint(), await views.feed({ limit: 10 })], before);
      assert.equal(await views.get('package', 'b'), undefined);
      assert.deepEqual(await views.find('key:b'), []);
    });

    it('keeps everything over a close', async () => {
      const place = folder('closed');
      let closed = await openLeading(place);
      await closed.commit({ rows: [put(rowOf('package', 'a'))], feed: [line(1)], checkpoint: at(5) });
      const digest = await closed.digest();
      await closed.close();
      closed = await open(place);
      assert.deepEqual([await closed.digest(), await closed.checkpoint(), (await closed.feed({ limit: 9 })).length], [digest, at(5), 1]);
      await closed.close();
    });

    it('lists a view by key, and pages through a tag, without loss or repetition', async () => {
      const keys = ['a', 'b', 'c', 'd', 'e', '中', '一'];
      await commit([...keys.map((key) => put(rowOf('package', key, { tags: ['t:1'] }))), put(rowOf('project', 'c', { tags: ['t:1'] }))]);
      const wanted = keys.toSorted();
      for (const limit of [1, 2, 3, 100]) {
        for (const read of [
          (after: string) => views.list('package', { after, limit }),
          (after: string) => views.find('t:1', { view: 'package', after, limit }),
        ]) {
          const found: string[] = [];
          for (let rows = await read(''); rows.length > 0; rows = await read(found.at(-1)!)) found.push(...rows.map(({ key }) => key));
          assert.deepEqual(found, wanted);
        }
      }
    });

    it('finds a tag in every view, by view then key', async () => {
      await commit([put(rowOf('project', 'a', { tags: ['t:1'] })), put(rowOf('enterprise', 'z', { tags: ['t:1'] })), put(rowOf('project', 'b', { tags: ['t:1', 't:11'] }))]);
      assert.deepEqual(keysOf(await views.find('t:1')), ['enterprise/z', 'project/a', 'project/b']);
      assert.deepEqual(keysOf(await views.find('t:1', { view: 'project' })), ['project/a', 'project/b']);
      assert.deepEqual(keysOf(await views.find('t:11')), ['project/b']);
    });

    it('gets many rows, and finds by many tags, in one go, each row once', async () => {
      await commit([
        put(rowOf('package', 'a', { tags: ['t:1', 't:2'] })),
        put(rowOf('project', 'a', { tags: ['t:2'] })),
        put(rowOf('project', '键"\'', { tags: ['t:3'] })),
      ]);
      const got = await views.getAll([
        { view: 'package', key: 'a' },
        { view: 'package', key: 'none' },
        { view: 'project', key: '键"\'' },
      ]);
      assert.deepEqual(keysOf(got).toSorted(), ['package/a', 'project/键"\'']);
      assert.deepEqual(got[0], await views.get(got[0]!.view, got[0]!.key));
      assert.deepEqual(keysOf(await views.findAll(['t:1', 't:2', 't:none'])).toSorted(), ['package/a', 'project/a']);
      assert.deepEqual([await views.getAll([]), await views.findAll([])], [[], []]);
    });

    it('lets one writer lead at a time, and the next when it has gone', async () => {
      const place = folder(`led${turn++}`);
      const first = await open(place);
      await first.lead(AbortSignal.timeout(5_000));
      await first.lead(AbortSignal.timeout(5_000));
      const second = await open(place);
      const stop = new AbortController();
      const refused = second.lead(stop.signal);
      stop.abort();
      await assert.rejects(refused);
      const waiting = second.lead(AbortSignal.timeout(10_000));
      await first.close();
      await waiting;
      await second.commit({ rows: [put(rowOf('package', 'a'))], feed: [], checkpoint: at(1) });
      await second.close();
    });

    it('builds views aside and puts them in place at once, or throws them away', async () => {
      await commit([put(rowOf('package', 'old', { tags: ['t:1'] }))], [line(1)], at(5));
      const before = await views.digest();
      const dropped = await views.aside();
      await dropped.commit({ rows: [put(rowOf('package', 'dropped'))], feed: [], checkpoint: at(1) });
      await dropped.discard();
      const aside = await views.aside();
      assert.deepEqual(await aside.checkpoint(), { position: 0, date: '0000-01-01' });
      await aside.commit({ rows: [put(rowOf('package', 'new', { tags: ['t:1'] }))], feed: [line(2)], checkpoint: at(9) });
      const wanted = await aside.digest();
      assert.deepEqual([await views.digest(), (await views.checkpoint()).position], [before, 5]);
      await aside.replace();
      assert.deepEqual([await views.digest(), await views.checkpoint(), await views.feed({ limit: 9 })], [wanted, at(9), [line(2)]]);
      assert.deepEqual(keysOf(await views.find('t:1')), ['package/new']);
      await commit([put(rowOf('package', 'newer'))], [], at(10));
      assert.deepEqual(await views.count('package'), { '': 2 });
    });

    it('hands views made aside what was told last of each thing, and the lines that no rebuild can make again', async () => {
      const told = (position: number, key: string, line: object): FeedEntry => ({
        ...{ cursor: `${String(position).padStart(12, '0')}.0`, view: 'package', key },
        body: JSON.stringify(line),
      });
      const lines = [
        told(1, 'a', { digest: 'sha256:1', status: 'missing' }),
        told(2, 'a', { digest: 'sha256:2', status: 'verified' }),
        told(3, 'b', { digest: 'sha256:3', status: 'lapsed' }),
        told(4, 'b', { digest: null, status: null }),
        told(5, 'c', { digest: 'sha256:5', status: 'lapsed', cause: { rebuilt: '2027-01-01' } }),
      ];
      await commit([], lines, at(5));
      const aside = await views.aside();
      const kept = (await aside.list('told', { limit: 9 })).map(({ key, body }) => [key, JSON.parse(body) as unknown]);
      assert.deepEqual(kept, [
        ['package/a', { digest: 'sha256:2', status: 'verified' }],
        ['package/c', { digest: 'sha256:5', status: 'lapsed' }],
      ]);
      assert.deepEqual(await aside.feed({ limit: 9 }), [lines[4]]);
      await aside.discard();
    });

    it('counts a view by the values of a tag', async () => {
      await commit([
        put(rowOf('package', 'a', { tags: ['status:ready', 'type:x'] })),
        put(rowOf('package', 'b', { tags: ['status:ready', 'type:y'] })),
        put(rowOf('package', 'c', { tags: ['status:blocked', 'statuses:none'] })),
        put(rowOf('project', 'a', { tags: ['status:ready'] })),
      ]);
      assert.deepEqual(await views.count('package', 'status:'), { blocked: 1, ready: 2 });
      assert.deepEqual(await views.count('package'), { '': 3 });
      assert.deepEqual(await views.count('permit', 'status:'), {});
    });

    it('tells what is due by a date, earliest first, then by view and key', async () => {
      const due = (view: string, key: string, date: string | null): RowChange => put(rowOf(view, key, { due: date }));
      await commit([due('package', 'b', '2027-01-02'), due('package', 'a', '2027-01-02'), due('package', 'c', '2027-01-01'), due('package', 'd', '2027-01-03'), due('package', 'e', null), due('alpha', 'z', '2027-01-02')]);
      assert.deepEqual(keysOf(await views.due('2027-01-02', 10)), ['package/c', 'alpha/z', 'package/a', 'package/b']);
      assert.deepEqual(keysOf(await views.due('2027-01-02', 2)), ['package/c', 'alpha/z']);
      assert.deepEqual(await views.due('2026-12-31', 10), []);
    });

    it('gives the feed in order of its cursors, after any of them', async () => {
      const lines = [line(2), line(10), line(10, 1), line(11)];
      await commit([], [lines[2]!, lines[0]!], at(1));
      await commit([], [lines[3]!, lines[1]!], at(2));
      assert.deepEqual(await views.feed({ limit: 10 }), lines);
      assert.deepEqual(await views.feed({ after: lines[1]!.cursor, limit: 1 }), [lines[2]]);
      assert.deepEqual(await views.feed({ after: lines[3]!.cursor, limit: 1 }), []);
    });

    it('has a digest that follows from views, keys and bodies, whatever else, in whatever order', async () => {
      const bodies = fc.uniqueArray(fc.tuple(fc.constantFrom('package', 'project'), fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }), fc.jsonValue()), {
        selector: ([view, key]) => `${view}\0${key}`,
        minLength: 1,
        maxLength: 8,
      });
      const digestOf = async (rows: readonly [string, string, unknown][], local: string): Promise<string> => {
        const fresh = await openLeading(folder(`digest${turn++}`));
        try {
          for (const [view, key, body] of rows) {
            await fresh.commit({ rows: [put(rowOf(view, key, { body: JSON.stringify(body), local, due: local === '{}' ? null : '2027-01-01' }))], feed: [], checkpoint: at(local.length) });
          }
          return await fresh.digest();
        } finally {
          await fresh.close();
        }
      };
      await fc.assert(
        fc.asyncProperty(bodies, async (rows) => {
          const digest = await digestOf(rows, '{}');
          assert.equal(await digestOf([...rows].reverse(), '{"position":9}'), digest);
          assert.notEqual(await digestOf(rows.map(([view, key, body]) => [view, key, { changed: body }]), '{}'), digest);
        }),
        { numRuns: 8 },
      );
    });
  });
}

describeViewStore('sqlite', {
  prepare: async () => undefined,
  open: async (place) => openSqliteViewStore(`${place}.sqlite`),
});

let postgres: TestPostgres;
describeViewStore('postgres', {
  prepare: async (context) => {
    postgres = await postgresFor(context);
  },
  open: async (place) => openPostgresViewStore({ url: await postgres.database(place) }),
});
