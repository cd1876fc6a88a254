// Makes tables on first use, by whichever of many processes comes first.
import { schemaName } from './database.ts';
import type { Database } from './database.ts';

/**
 * Gives a function to await before each use of `schema`.`table`. Tables that an operator made with other owners
 * (infra/postgres/roles.sql) are left as they are, so that no process needs the right to make any.
 */
export function tablesOnFirstUse(database: Database, schema: string, table: string, sql: string): () => Promise<void> {
  const name = schemaName(schema);
  let made: Promise<void> | null = null;
  const make = (): Promise<void> =>
    database.use(async (session) => {
      const there = async (): Promise<boolean> => {
        const [found] = await session.query<{ there: boolean }>(
          'SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = $1 AND relname = $2) AS there',
          [name, table],
        );
        return found!.there;
      };
      if (await there()) return;
      await session.transaction(async () => {
        await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`make ${name}`]);
        if (await there()) return;
        const [schemaThere] = await session.query('SELECT FROM pg_namespace WHERE nspname = $1', [name]);
        await session.query(`${schemaThere ? '' : `CREATE SCHEMA ${name};`} ${sql}`);
      });
    });
  return async () => {
    made ??= make();
    try {
      await made;
    } catch (error) {
      made = null;
      throw error;
    }
  };
}
