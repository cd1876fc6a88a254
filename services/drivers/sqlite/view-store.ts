// The embedded view store: rows by key, tags to find them by, the feed, and the checkpoint that covers all three.
import { createHash } from 'node:crypto';
import { HubError } from '../../domain/errors.ts';
import { failpoint } from '../../ports/failpoint.ts';
import { viewsFormat } from '../../ports/view-store.ts';
import { openDatabase, sqliteCall } from './database.ts';
import { keepTold } from './told.ts';
import { openViewsAside } from './views-aside.ts';
import { waitForWriterLock } from './writer-lock.ts';
import type { Db } from './database.ts';
import type { Checkpoint, FeedEntry, Page, RowKey, ViewChanges, ViewRow, ViewStore } from '../../ports/view-store.ts';

const columns = 'r.view, r.key, r.body, r.local, r.tags, r.due';

interface StoredRow extends Omit<ViewRow, 'tags'> {
  tags: string;
}
const fromStored = (row: StoredRow): ViewRow => ({ ...row, tags: row.tags === '' ? [] : row.tags.split('\n') });

export interface SqliteViewStoreOptions {
  readOnly?: boolean;
  /** For a rebuild into a file that is thrown away if the process dies: no waiting for the disk at all. */
  bulk?: boolean;
}

const tables = ['rows', 'tags', 'feed', 'checkpoint'];
const tablesOf = (schema: string): string => `
  CREATE TABLE IF NOT EXISTS ${schema}.rows (
    view TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, local TEXT NOT NULL, tags TEXT NOT NULL, due TEXT,
    PRIMARY KEY (view, key)) STRICT;
  CREATE INDEX IF NOT EXISTS ${schema}.rows_by_due ON rows (due, view, key) WHERE due IS NOT NULL;
  CREATE TABLE IF NOT EXISTS ${schema}.tags (tag TEXT NOT NULL, view TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (tag, view, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ${schema}.feed (cursor TEXT PRIMARY KEY, view TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS ${schema}.checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL, date TEXT NOT NULL) STRICT;
  INSERT OR IGNORE INTO ${schema}.checkpoint VALUES (1, 0, '0000-01-01');`;

/**
 * Makes the tables. Views of an older form are thrown away in the same transaction, and the projector folds them again; what
 * was told of them last is kept. Errors: CONFIG_INVALID for those of a newer hub.
 */
function makeTables(db: Db, file: string): void {
  const found = (): number => db.pragma('user_version', { simple: true }) as number;
  if (found() > viewsFormat)
    throw new HubError(
      'CONFIG_INVALID',
      `the views in ${file} were made by a newer hub, version ${found()}; this one knows ${viewsFormat}`,
    );
  if (found() === viewsFormat) return;
  // Another process may have made them while this one waited for its turn.
  const make = db.transaction(() => {
    if (found() === 0) db.exec(tablesOf('main'));
    else if (found() < viewsFormat) remakeTables(db);
    db.pragma(`user_version = ${viewsFormat}`);
  });
  sqliteCall(file, () => make.immediate());
}

/** Errors: DATA_DIRECTORY for views of an older form, which this hub cannot read and may not make anew. */
function refuseOlder(db: Db, file: string): void {
  const found = db.pragma('user_version', { simple: true }) as number;
  if (found >= viewsFormat) return;
  throw new HubError(
    'DATA_DIRECTORY',
    `the views in ${file} are of an earlier version; hub start or hub replay makes them anew 视图为旧版本所建，请先执行 hub start 或 hub replay`,
  );
}

function remakeTables(db: Db): void {
  db.exec(tablesOf('temp'));
  keepTold(db, 'main', 'temp');
  for (const table of tables) db.exec(`DROP TABLE main.${table}`);
  db.exec(tablesOf('main'));
  for (const table of ['rows', 'feed']) db.exec(`INSERT INTO main.${table} SELECT * FROM temp.${table}`);
  for (const table of tables) db.exec(`DROP TABLE temp.${table}`);
}

/** Opens the views in `file`. Views follow from the store, so NORMAL is durable enough: at worst they fold again. */
export function openSqliteViewStore(file: string, options: SqliteViewStoreOptions = {}): ViewStore {
  const db = openDatabase(file, { durable: false, readOnly: options.readOnly ?? false, cacheMiB: 24 });
  if (options.bulk) db.pragma('synchronous = OFF');
  if (options.readOnly) refuseOlder(db, file);
  else makeTables(db, file);
  const get = db.prepare<[string, string], StoredRow>(`SELECT ${columns} FROM rows r WHERE r.view = ? AND r.key = ?`);
  const joined = `SELECT ${columns} FROM tags t JOIN rows r ON r.view = t.view AND r.key = t.key WHERE t.tag = ?`;
  // Without ORDER BY a search that finds nothing, which most do, takes a seventh of the time; the index gives the order.
  const findAll = db.prepare<[string], StoredRow>(joined);
  const findAllIn = db.prepare<[string, string], StoredRow>(`${joined} AND t.view = ?`);
  const findPage = db.prepare<[string, string, string, number], StoredRow>(`${joined} AND t.view = ? AND t.key > ? ORDER BY t.key LIMIT ?`);
  // One statement for any number of keys: JSON arrays as tables.
  const getEach = db.prepare<[string], StoredRow>(
    `SELECT ${columns} FROM json_each(?) k JOIN rows r ON r.view = k.value ->> 0 AND r.key = k.value ->> 1`,
  );
  const findEach = db.prepare<[string], StoredRow>(
    `SELECT ${columns} FROM (SELECT DISTINCT t.view, t.key FROM json_each(?) k JOIN tags t ON t.tag = k.value) f
     JOIN rows r ON r.view = f.view AND r.key = f.key`,
  );
  const list = db.prepare<[string, string, number], StoredRow>(
    `SELECT ${columns} FROM rows r WHERE r.view = ? AND r.key > ? ORDER BY r.key LIMIT ?`,
  );
  const due = db.prepare<[string, number], StoredRow>(
    `SELECT ${columns} FROM rows r WHERE r.due <= ? ORDER BY r.due, r.view, r.key LIMIT ?`,
  );
  const feed = db.prepare<[string, number], FeedEntry>('SELECT cursor, view, key, body FROM feed WHERE cursor > ? ORDER BY cursor LIMIT ?');
  const countRows = db.prepare<[string]>('SELECT count(*) FROM rows WHERE view = ?').pluck();
  const countTags = db.prepare<[string, string, string], { tag: string; n: number }>(
    'SELECT tag, count(*) AS n FROM tags WHERE tag >= ? AND tag < ? AND view = ? GROUP BY tag ORDER BY tag',
  );
  const readCheckpoint = db.prepare<[], Checkpoint>('SELECT position, date FROM checkpoint');
  const everything = db.prepare('SELECT view, key, body FROM rows ORDER BY view, key').raw();

  const commit = options.readOnly ? null : prepareCommit(db);
  let lead: { release(): void } | null = null;
  return {
    get: async (view, key) => one(get.get(view, key)),
    getAll: async (keys: readonly RowKey[]) => getEach.all(JSON.stringify(keys.map(({ view, key }) => [view, key]))).map(fromStored),
    findAll: async (tags) => findEach.all(JSON.stringify(tags)).map(fromStored),
    async find(tag, options: { view?: string } & Partial<Page> = {}) {
      const { view, after, limit } = options;
      if (view !== undefined && limit !== undefined) return findPage.all(tag, view, after ?? '', limit).map(fromStored);
      return (view === undefined ? findAll.all(tag) : findAllIn.all(tag, view)).map(fromStored).sort(byViewAndKey);
    },
    list: async (view, page) => list.all(view, page.after ?? '', page.limit).map(fromStored),
    due: async (date, limit) => due.all(date, limit).map(fromStored),
    feed: async (page) => feed.all(page.after ?? '', page.limit),
    async count(view, tagPrefix) {
      if (tagPrefix === undefined) return { '': countRows.get(view) as number };
      const rows = countTags.all(tagPrefix, `${tagPrefix}\u{10ffff}`, view);
      return Object.fromEntries(rows.map(({ tag, n }) => [tag.slice(tagPrefix.length), n]));
    },
    checkpoint: async () => readCheckpoint.get()!,
    async digest() {
      const hash = createHash('sha256');
      for (const row of everything.iterate() as Iterable<[string, string, string]>) hash.update(`${row[0]}\0${row[1]}\0${row[2]}\n`);
      return `sha256:${hash.digest('hex')}`;
    },
    async lead(signal) {
      lead ??= await waitForWriterLock(`${file}.lock`, signal);
    },
    aside: async () => openViewsAside(file, openSqliteViewStore),
    async commit(changes) {
      sqliteCall(file, () => commit?.immediate(changes));
    },
    async close() {
      if (options.bulk) {
        // What was written without waiting goes to the disk before the file is put in place.
        db.pragma('synchronous = FULL');
        db.exec('UPDATE checkpoint SET position = position');
        db.pragma('wal_checkpoint(TRUNCATE)');
      }
      db.close();
      lead?.release();
    },
  };
}

/** In the order of bytes, as SQLite has it. */
const byViewAndKey = (a: ViewRow, b: ViewRow): number =>
  a.view === b.view ? Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) : a.view < b.view ? -1 : 1;

const one = (row: StoredRow | undefined): ViewRow | undefined => row && fromStored(row);

/** Tags that one statement adds. Few rows have more; a statement is kept for each number. */
const mostAtOnce = 16;

function prepareCommit(db: ReturnType<typeof openDatabase>) {
  const put = db.prepare(
    `INSERT INTO rows (view, key, body, local, tags, due) VALUES (?,?,?,?,?,?)
     ON CONFLICT (view, key) DO UPDATE SET body = excluded.body, local = excluded.local, tags = excluded.tags, due = excluded.due`,
  );
  const remove = db.prepare('DELETE FROM rows WHERE view = ? AND key = ?');
  // By how many tags they add.
  const tagging: ReturnType<Db['prepare']>[] = [];
  const tag = (view: string, key: string, tags: readonly string[]): void => {
    const n = tags.length;
    tagging[n] ??= db.prepare(`INSERT OR IGNORE INTO tags SELECT column1, ?, ? FROM (VALUES ${Array(n).fill('(?)').join(',')})`);
    tagging[n].run([view, key, ...tags]);
  };
  const untag = db.prepare('DELETE FROM tags WHERE tag = ? AND view = ? AND key = ?');
  const addFeed = db.prepare('INSERT OR REPLACE INTO feed VALUES (?,?,?,?)');
  const setCheckpoint = db.prepare('UPDATE checkpoint SET position = ?, date = ?');
  return db.transaction((changes: ViewChanges) => {
    for (const { view, key, row, was } of changes.rows) {
      if (row) put.run(view, key, row.body, row.local, row.tags.join('\n'), row.due);
      else remove.run(view, key);
      const tags = row?.tags ?? [];
      for (const old of was ?? []) if (!tags.includes(old)) untag.run(old, view, key);
      const added = was ? tags.filter((now) => !was.includes(now)) : tags;
      for (let from = 0; from < added.length; from += mostAtOnce) tag(view, key, added.slice(from, from + mostAtOnce));
    }
    for (const entry of changes.feed) addFeed.run(entry.cursor, entry.view, entry.key, entry.body);
    failpoint('views-rows-written');
    setCheckpoint.run(changes.checkpoint.position, changes.checkpoint.date);
  });
}
