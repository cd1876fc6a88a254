// The tables of one set of views, in a schema of their own so that a whole set can be put in place by renaming.
import { HubError } from '../../domain/errors.ts';
import { viewsFormat } from '../../ports/view-store.ts';
import { sqlState } from './postgres-error.ts';
import type { Database, Session } from './database.ts';

const version = viewsFormat;

/** Text is kept in the order of its bytes, as SQLite has it, whatever the database's own order is. */
const tablesOf = (schema: string): string => `
  CREATE TABLE ${schema}.rows (
    view text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, body text NOT NULL, local text NOT NULL,
    tags text NOT NULL, due text COLLATE "C", PRIMARY KEY (view, key)) WITH (fillfactor = 85);
  CREATE INDEX rows_by_due ON ${schema}.rows (due, view, key) WHERE due IS NOT NULL;
  CREATE TABLE ${schema}.tags (
    tag text COLLATE "C" NOT NULL, view text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, PRIMARY KEY (tag, view, key));
  CREATE TABLE ${schema}.feed (
    cursor text COLLATE "C" PRIMARY KEY, view text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, body text NOT NULL);
  CREATE TABLE ${schema}.checkpoint (
    id int PRIMARY KEY CHECK (id = 1), position bigint NOT NULL, date text NOT NULL, version int NOT NULL);
  INSERT INTO ${schema}.checkpoint VALUES (1, 0, '0000-01-01', ${version});`;

/** Makes the tables of `schema` where there are none. Errors: CONFIG_INVALID when it is not ours to write. */
export async function makeViews(session: Session, schema: string): Promise<void> {
  const found = await stateOf(session, schema);
  if (found === 'none') return remakeViews(session, schema, null);
  if (found === 'foreign') throw new HubError('CONFIG_INVALID', `the schema ${schema} is there already and holds no views of a hub`);
  if (found.version > version) {
    throw new HubError(
      'CONFIG_INVALID',
      `the views in ${schema} were made by a newer hub, version ${found.version}; this one knows ${version}`,
    );
  }
  if (!found.writable) {
    throw new HubError('CONFIG_INVALID', `the user for PostgreSQL may only read the views in ${schema}; see infra/postgres/roles.sql`);
  }
  if (found.version < version) await remakeViews(session, schema, schema);
}

/**
 * Makes empty tables in `schema`, in the place of any there are; what the feed in `told` said last of each thing goes along
 * (services/projector/tell-differences.ts), with the lines that no rebuild can make again.
 */
export async function remakeViews(session: Session, schema: string, told: string | null): Promise<void> {
  await session.transaction(async () => {
    const there = told !== null && typeof (await stateOf(session, told)) === 'object';
    // Its own feed is kept until it is read.
    const from = there && told === schema ? `${schema}_before` : told;
    if (there && told === schema) await session.query(`ALTER SCHEMA ${schema} RENAME TO ${from}`);
    await session.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}; ${tablesOf(schema)}`);
    if (there) await session.query(keepTold(from!, schema));
    if (from !== told) await session.query(`DROP SCHEMA ${from} CASCADE`);
  });
}

const keepTold = (from: string, to: string): string => `
  INSERT INTO ${to}.rows (view, key, body, local, tags, due)
    SELECT view, key, body, local, tags, due FROM ${from}.rows WHERE view = 'told' AND key <> '';
  INSERT INTO ${to}.rows (view, key, body, local, tags, due)
    SELECT 'told', f.view || '/' || f.key, json_build_object('digest', f.body::json ->> 'digest', 'status', f.body::json ->> 'status')::text, 'null', '', NULL
    FROM (SELECT DISTINCT ON (view, key) view, key, body FROM ${from}.feed ORDER BY view, key, cursor DESC) f
    WHERE f.body::json ->> 'digest' IS NOT NULL
    ON CONFLICT (view, key) DO NOTHING;
  INSERT INTO ${to}.feed (cursor, view, key, body)
    SELECT cursor, view, key, body FROM ${from}.feed WHERE body::json -> 'cause' ->> 'rebuilt' IS NOT NULL;`;

async function stateOf(session: Session, schema: string): Promise<'none' | 'foreign' | { version: number; writable: boolean }> {
  const [there] = await session.query<{ table: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid AND relname = 'checkpoint') AS table
     FROM pg_namespace n WHERE nspname = $1`,
    [schema],
  );
  if (!there) return 'none';
  if (!there.table) return 'foreign';
  const [row] = await session.query<{ version: number; writable: boolean }>(
    `SELECT version, has_table_privilege('${schema}.checkpoint', 'UPDATE') AS writable FROM ${schema}.checkpoint`,
  );
  return row ?? 'foreign';
}

/** Puts the tables of `from` in the place of those of `schema`, at once: statements prepared before find the new ones. */
export async function swapViews(session: Session, schema: string, from: string, old: string): Promise<void> {
  await session.transaction(async () => {
    const [there] = await session.query(`SELECT FROM pg_namespace WHERE nspname = '${schema}'`);
    if (there) await session.query(`ALTER SCHEMA ${schema} RENAME TO ${oldPrefix(schema)}${old}`);
    await session.query(`ALTER SCHEMA ${from} RENAME TO ${schema}`);
  });
}

/** Drops replaced views, but for those that a long reading still holds: they go at the next turn. */
export async function dropReplaced(session: Session, schema: string): Promise<void> {
  const olds = await session.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE starts_with(nspname, $1) AND nspowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)`,
    [oldPrefix(schema)],
  );
  for (const { name } of olds) {
    try {
      await session.transaction(() => session.query(`SET LOCAL lock_timeout = '2s'; DROP SCHEMA IF EXISTS "${name}" CASCADE`));
    } catch (error) {
      if (!session.alive()) throw error;
    }
  }
}

const oldPrefix = (schema: string): string => `${schema}_old_`;

/** Reads views; before the projector has made them there is nothing to read. */
export async function readViews<T>(database: Database, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!['42P01', '3F000', '42703'].includes(sqlState(error) ?? '')) throw error;
    const message = `the views in PostgreSQL at ${database.where} have not been made yet; the projector makes them when it starts`;
    throw new HubError('ENGINE_UNAVAILABLE', message, { cause: error });
  }
}
