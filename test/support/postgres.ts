// The PostgreSQL of a test process: the server at POSTGRES_URL, else one of our own, which ends when the process does.
import pg from 'pg';
import { startPostgres } from './start-postgres.ts';
import type { OwnPostgres } from './start-postgres.ts';

export interface TestPostgres {
  /** Of a user that may make databases. */
  url: string;
  /** The URL of a database of its own for a place, the same for the same place of a suite. */
  database(place: string): Promise<string>;
  /** Runs SQL in a database as the user of `url`, beside whatever is tested. */
  query<Row extends pg.QueryResultRow>(url: string, text: string, values?: unknown[]): Promise<Row[]>;
  /** Does `work` while a transaction that began with this SQL is open. */
  holding(url: string, text: string, work: () => Promise<void>): Promise<void>;
}

let server: Promise<string> | undefined;
let made = 0;

/** The server's address; started on first use. */
const serverUrl = async (): Promise<string> => (await startPostgres()).url;

/**
 * For the `before` of a suite, with databases that are gone after it. Skips the suite where there is no PostgreSQL to be
 * had, and says so; on CI that is a failure.
 */
export async function postgresFor(context: Mocha.Context): Promise<TestPostgres> {
  context.timeout(60_000);
  const given = process.env['POSTGRES_URL'];
  const opened = databasesOn(given ?? (await orSkip(context, () => (server ??= serverUrl()))));
  if (given) context.test!.parent!.afterAll(() => opened.drop());
  return orSkip(context, () => opened.reached());
}

/** A server that the suite may stop and start; skipped as above. The suite ends it. */
export async function ownPostgresFor(context: Mocha.Context): Promise<OwnPostgres> {
  context.timeout(60_000);
  return orSkip(context, () => startPostgres());
}

async function orSkip<T>(context: Mocha.Context, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (process.env['CI']) throw error;
    console.error(`Not run: ${context.test?.parent?.title ?? 'a suite'} (no PostgreSQL: ${(error as Error).message}; set POSTGRES_URL)`);
    return context.skip();
  }
}

function databasesOn(url: string): TestPostgres & { reached(): Promise<TestPostgres>; drop(): Promise<void> } {
  const places = new Map<string, Promise<string>>();
  const query = async <Row extends pg.QueryResultRow>(at: string, text: string, values?: unknown[]): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: at });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  async function create(): Promise<string> {
    const name = `hub_test_${process.pid}_${made++}`;
    await query(url, `CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`);
    const place = new URL(url);
    place.pathname = `/${name}`;
    return place.href;
  }
  const opened: ReturnType<typeof databasesOn> = {
    url,
    query,
    async holding(at, text, work) {
      const client = new pg.Client({ connectionString: at });
      await client.connect();
      try {
        await client.query(`BEGIN; ${text}`);
        await work();
      } finally {
        await client.end();
      }
    },
    database(place) {
      let known = places.get(place);
      if (!known) places.set(place, (known = create()));
      return known;
    },
    async reached() {
      await query(url, 'SELECT 1');
      return opened;
    },
    async drop() {
      for (const place of places.values()) await query(url, `DROP DATABASE ${new URL(await place).pathname.slice(1)} WITH (FORCE)`);
    },
  };
  return opened;
}
