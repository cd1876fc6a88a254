// The last line of a feed about each thing, kept for the views that take its place (services/projector/tell-differences.ts).
import type { Db } from './database.ts';

/** Copies those lines from the tables of `from` into those of `to`, with the lines that no rebuild can make again. */
export function keepTold(db: Db, from: string, to: string): void {
  db.exec(`
    INSERT OR REPLACE INTO ${to}.rows (view, key, body, local, tags, due)
      SELECT 'told', view || '/' || key, json_object('digest', body ->> 'digest', 'status', body ->> 'status'), 'null', '', NULL
      FROM ${from}.feed WHERE cursor IN (SELECT max(cursor) FROM ${from}.feed GROUP BY view, key) AND body ->> 'digest' IS NOT NULL;
    INSERT OR REPLACE INTO ${to}.rows (view, key, body, local, tags, due)
      SELECT view, key, body, local, tags, due FROM ${from}.rows WHERE view = 'told' AND key <> '';
    INSERT OR IGNORE INTO ${to}.feed SELECT cursor, view, key, body FROM ${from}.feed WHERE body -> 'cause' ->> 'rebuilt' IS NOT NULL;`);
}
