// Every question that views answer, each one statement, prepared once on every connection.
import { createHash } from 'node:crypto';
import { fromStored, textArray, toStored } from './text.ts';
import { readViews } from './views-schema.ts';
import type { Checkpoint, FeedEntry, Page, ViewReader, ViewRow } from '../../ports/view-store.ts';
import type { Database } from './database.ts';

interface StoredRow extends Omit<ViewRow, 'tags'> {
  tags: string;
}
const toRow = ({ view, key, tags, ...row }: StoredRow): ViewRow => ({
  ...row,
  view: fromStored(view),
  key: fromStored(key),
  tags: tags === '' ? [] : fromStored(tags).split('\n'),
});

/** How many rows a digest holds at once. */
const digestRows = 1_000;

/** All but the digest go by an index; the planner must not choose otherwise while it knows nothing of tables just filled. */
export const readerSettings = ['enable_seqscan=off', 'enable_hashjoin=off', 'enable_mergejoin=off', 'jit=off'];

/** Reads the views in `schema`. */
export function viewReader(database: Database, schema: string): ViewReader {
  const columns = 'r.view, r.key, r.body, r.local, r.tags, r.due';
  const joined = `SELECT ${columns} FROM ${schema}.tags t JOIN ${schema}.rows r ON r.view = t.view AND r.key = t.key WHERE t.tag = $1`;
  const ask = <Row extends object>(name: string, text: string, values: unknown[]): Promise<Row[]> =>
    readViews(database, () => database.query<Row>({ name: `${schema}.${name}`, text, values }));
  const rows = async (name: string, text: string, values: unknown[]): Promise<ViewRow[]> =>
    (await ask<StoredRow>(name, text, values)).map(toRow);

  return {
    async get(view, key) {
      const text = `SELECT ${columns} FROM ${schema}.rows r WHERE r.view = $1 AND r.key = $2`;
      return (await rows('get', text, [toStored(view), toStored(key)]))[0];
    },
    getAll(keys) {
      const text = `SELECT ${columns} FROM unnest($1::text[], $2::text[]) k (view, key)
        JOIN ${schema}.rows r ON r.view = k.view AND r.key = k.key`;
      return rows('get_all', text, [textArray(keys.map(({ view }) => toStored(view))), textArray(keys.map(({ key }) => toStored(key)))]);
    },
    findAll(tags) {
      const text = `SELECT ${columns} FROM (
          SELECT DISTINCT t.view, t.key FROM unnest($1::text[]) k (tag) JOIN ${schema}.tags t ON t.tag = k.tag) f
        JOIN ${schema}.rows r ON r.view = f.view AND r.key = f.key`;
      return rows('find_all', text, [textArray(tags.map(toStored))]);
    },
    find(tag, { view, after, limit }: { view?: string } & Partial<Page> = {}) {
      const sought = [toStored(tag), ...(view === undefined ? [] : [toStored(view)])];
      if (view === undefined) return rows('find', `${joined} ORDER BY t.view, t.key`, sought);
      if (limit === undefined) return rows('find_in', `${joined} AND t.view = $2 ORDER BY t.key`, sought);
      const text = `${joined} AND t.view = $2 AND t.key > $3 ORDER BY t.key LIMIT $4`;
      return rows('find_page', text, [...sought, toStored(after ?? ''), limit]);
    },
    list(view, { after, limit }) {
      const text = `SELECT ${columns} FROM ${schema}.rows r WHERE r.view = $1 AND r.key > $2 ORDER BY r.key LIMIT $3`;
      return rows('list', text, [toStored(view), toStored(after ?? ''), limit]);
    },
    due(date, limit) {
      const text = `SELECT ${columns} FROM ${schema}.rows r WHERE r.due <= $1 ORDER BY r.due, r.view, r.key LIMIT $2`;
      return rows('due', text, [date, limit]);
    },
    async feed({ after, limit }) {
      const text = `SELECT cursor, view, key, body FROM ${schema}.feed WHERE cursor > $1 ORDER BY cursor LIMIT $2`;
      const lines = await ask<FeedEntry>('feed', text, [toStored(after ?? ''), limit]);
      return lines.map((line) => ({ ...line, view: fromStored(line.view), key: fromStored(line.key) }));
    },
    async count(view, tagPrefix) {
      if (tagPrefix === undefined) {
        const text = `SELECT count(*) AS n FROM ${schema}.rows WHERE view = $1`;
        return { '': Number((await ask<{ n: string }>('count', text, [toStored(view)]))[0]!.n) };
      }
      const text = `SELECT tag, count(*) AS n FROM ${schema}.tags WHERE tag >= $1 AND tag < $2 AND view = $3 GROUP BY tag ORDER BY tag`;
      const from = toStored(tagPrefix);
      const counted = await ask<{ tag: string; n: string }>('count_tags', text, [from, `${from}\u{10ffff}`, toStored(view)]);
      return Object.fromEntries(counted.map(({ tag, n }) => [fromStored(tag).slice(tagPrefix.length), Number(n)]));
    },
    async checkpoint() {
      const text = `SELECT position, date FROM ${schema}.checkpoint`;
      const [row] = await ask<{ position: string; date: string }>('checkpoint', text, []);
      return { position: Number(row!.position), date: row!.date } satisfies Checkpoint;
    },
    digest: () => readViews(database, () => digest(database, schema)),
  };
}

/** One snapshot of all rows, in pieces. */
function digest(database: Database, schema: string): Promise<string> {
  return database.use((session) =>
    session.transaction(async () => {
      const hash = createHash('sha256');
      await session.query(`DECLARE everything NO SCROLL CURSOR FOR SELECT view, key, body FROM ${schema}.rows ORDER BY view, key`);
      for (;;) {
        const rows = await session.query<StoredRow>(`FETCH ${digestRows} FROM everything`);
        for (const { view, key, body } of rows) hash.update(`${fromStored(view)}\0${fromStored(key)}\0${body}\n`);
        if (rows.length < digestRows) return `sha256:${hash.digest('hex')}`;
      }
    }, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'),
  );
}
