// Writes what one batch changed: rows, tags, feed and checkpoint in one transaction of a few statements, however many rows.
import { failpoint } from '../../ports/failpoint.ts';
import { textArray, toStored } from './text.ts';
import type { RowChange, ViewChanges, ViewRow } from '../../ports/view-store.ts';
import type { Session } from './database.ts';

/** Commits `changes` to the views in `schema`. */
export async function commitViews(session: Session, schema: string, changes: ViewChanges): Promise<void> {
  const { put, removed, untagged, tagged } = sort(changes.rows);
  const run = (name: string, text: string, columns: readonly (readonly (string | null)[])[]): Promise<unknown> =>
    columns[0]!.length === 0
      ? Promise.resolve()
      : session.query({ name: `${schema}.${name}`, text, values: columns.map((column) => textArray(column)) });
  await session.transaction(async () => {
    await run(
      'put',
      `INSERT INTO ${schema}.rows (view, key, body, local, tags, due)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
       ON CONFLICT (view, key) DO UPDATE SET body = excluded.body, local = excluded.local, tags = excluded.tags, due = excluded.due`,
      rowColumns(put),
    );
    await run(
      'remove',
      `DELETE FROM ${schema}.rows r USING unnest($1::text[], $2::text[]) k (view, key) WHERE r.view = k.view AND r.key = k.key`,
      removed,
    );
    await run(
      'untag',
      `DELETE FROM ${schema}.tags t USING unnest($1::text[], $2::text[], $3::text[]) k (tag, view, key)
       WHERE t.tag = k.tag AND t.view = k.view AND t.key = k.key`,
      untagged,
    );
    await run('tag', `INSERT INTO ${schema}.tags SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING`, tagged);
    const feed = [...new Map(changes.feed.map((entry) => [entry.cursor, entry])).values()];
    await run(
      'feed',
      `INSERT INTO ${schema}.feed SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
       ON CONFLICT (cursor) DO UPDATE SET view = excluded.view, key = excluded.key, body = excluded.body`,
      [
        feed.map(({ cursor }) => toStored(cursor)),
        feed.map(({ view }) => toStored(view)),
        feed.map(({ key }) => toStored(key)),
        feed.map(({ body }) => body),
      ],
    );
    failpoint('views-rows-written');
    const { position, date } = changes.checkpoint;
    await session.query(`UPDATE ${schema}.checkpoint SET position = $1, date = $2`, [position, date]);
  });
}

const rowColumns = (rows: readonly ViewRow[]): (string | null)[][] => [
  rows.map(({ view }) => toStored(view)),
  rows.map(({ key }) => toStored(key)),
  rows.map(({ body }) => body),
  rows.map(({ local }) => local),
  rows.map(({ tags }) => toStored(tags.join('\n'))),
  rows.map(({ due }) => due),
];

interface Sorted {
  put: ViewRow[];
  /** View and key. */
  removed: [string[], string[]];
  /** Tag, view and key. */
  untagged: [string[], string[], string[]];
  tagged: [string[], string[], string[]];
}

/** What is to be done with each row once, though a batch may name it twice. */
function sort(rows: readonly RowChange[]): Sorted {
  const sorted: Sorted = { put: [], removed: [[], []], untagged: [[], [], []], tagged: [[], [], []] };
  const last = new Map<string, RowChange>();
  for (const change of rows) {
    const id = `${change.view}\0${change.key}`;
    const before = last.get(id);
    last.set(id, before ? { ...change, was: before.was } : change);
  }
  for (const change of last.values()) {
    const { row, was } = change;
    const [view, key] = [toStored(change.view), toStored(change.key)];
    if (row) sorted.put.push(row);
    else add(sorted.removed, view, key);
    const tags = row?.tags ?? [];
    for (const old of was ?? []) if (!tags.includes(old)) add(sorted.untagged, toStored(old), view, key);
    for (const now of tags) if (!was?.includes(now)) add(sorted.tagged, toStored(now), view, key);
  }
  return sorted;
}

const add = (columns: readonly string[][], ...values: readonly string[]): void => values.forEach((value, i) => columns[i]!.push(value));
