// Adapter cursors in a table of PostgreSQL.
import { openDatabase } from './database.ts';
import { tablesOnFirstUse } from './make-tables.ts';
import { fromStored, toStored } from './text.ts';
import type { Cursors } from '../../ports/cursors.ts';
import type { PostgresOptions } from './database.ts';

export interface PostgresCursorsOptions extends PostgresOptions {
  schema?: string;
}

/** Opens the cursors at `url` without connecting yet. Errors: CONFIG_INVALID. */
export function openPostgresCursors(options: PostgresCursorsOptions): Cursors & { close(): Promise<void> } {
  const schema = options.schema ?? 'hub_adapters';
  const database = openDatabase({ poolSize: 1, ...options });
  const made = tablesOnFirstUse(
    database,
    schema,
    'cursor',
    `CREATE TABLE ${schema}.cursor (source text PRIMARY KEY, cursor text NOT NULL, savedtime timestamptz NOT NULL DEFAULT now())`,
  );
  return {
    async load(source) {
      await made();
      const [row] = await database.query<{ cursor: string }>(`SELECT cursor FROM ${schema}.cursor WHERE source = $1`, [source]);
      return row ? fromStored(row.cursor) : null;
    },
    async save(source, cursor) {
      await made();
      await database.query(
        `INSERT INTO ${schema}.cursor (source, cursor) VALUES ($1, $2)
         ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor, savedtime = excluded.savedtime`,
        [source, toStored(cursor)],
      );
    },
    close: database.close,
  };
}
