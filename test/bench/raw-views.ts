// What a rebuild must write, by bare better-sqlite3: a little less, as rows here have neither due dates nor their tags as text.
import { openUnsynced } from './raw-sqlite.ts';
import type { ViewChanges } from '../../services/ports/view-store.ts';

/** Writes all changes that a rebuild committed, a transaction each: rows, tags and feed, keyed as views must be to be found. */
export function writeViews(file: string, commits: readonly ViewChanges[]): void {
  const db = openUnsynced(file);
  db.exec(`
    CREATE TABLE rows (view TEXT, key TEXT, body TEXT, local TEXT, PRIMARY KEY (view, key));
    CREATE TABLE tags (tag TEXT, view TEXT, key TEXT, PRIMARY KEY (tag, view, key)) WITHOUT ROWID;
    CREATE TABLE feed (cursor TEXT PRIMARY KEY, view TEXT, key TEXT, body TEXT) WITHOUT ROWID`);
  const put = db.prepare('INSERT OR REPLACE INTO rows VALUES (?,?,?,?)');
  const remove = db.prepare('DELETE FROM rows WHERE view = ? AND key = ?');
  const tag = db.prepare('INSERT OR IGNORE INTO tags VALUES (?,?,?)');
  const untag = db.prepare('DELETE FROM tags WHERE tag = ? AND view = ? AND key = ?');
  const tell = db.prepare('INSERT INTO feed VALUES (?,?,?,?)');
  const write = db.transaction(({ rows, feed }: ViewChanges) => {
    for (const { view, key, row, was } of rows) {
      if (row) put.run(view, key, row.body, row.local);
      else remove.run(view, key);
      const [before, now] = [new Set(was), new Set(row?.tags)];
      for (const old of before) if (!now.has(old)) untag.run(old, view, key);
      for (const each of now) if (!before.has(each)) tag.run(each, view, key);
    }
    for (const { cursor, view, key, body } of feed) tell.run(cursor, view, key, body);
  });
  for (const changes of commits) write.immediate(changes);
  db.close();
}
