// The PostgreSQL of a test run: the server at POSTGRES_URL, else one of our own; a fresh database for each place.
import pg from 'pg';
import { startPostgres } from './start-postgres.ts';
import type { OwnPostgres } from './start-postgres.ts';

export interface TestPostgres {
  /** Of a user that may make databases. */
  url: string;
  /** The URL of a database of its own for a place, the same for the same place. */
  database(place: string): Promise<string>;
  /** Runs SQL in a database as the user of `url`, beside whatever is tested. */
  query<Row extends pg.QueryResultRow>(url: string, text: string, values?: unknown[]): Promise<Row[]>;
  /** Does `work` while a transaction that began with this SQL is open. */
  holding(url: string, text: string, work: () => Promise<void>): Promise<void>;
}

let shared: Promise<TestPostgres & { end(): Promise<void> }> | undefined;
let made = 0;

after(async function () {
  this.timeout(30_000);
  const opened = await shared?.catch(() => undefined);
  await opened?.end();
});

/** The server of this run, started on first use. */
function sharedPostgres(): Promise<TestPostgres> {
  shared ??= openShared();
  return shared;
}

/** Skips the suite where there is no PostgreSQL to be had, and says so; on CI that is a failure. */
export async function postgresFor(context: Mocha.Context): Promise<TestPostgres> {
  context.timeout(60_000);
  return orSkip(context, sharedPostgres);
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

async function openShared(): Promise<TestPostgres & { end(): Promise<void> }> {
  const given = process.env['POSTGRES_URL'];
  const own = given ? undefined : await startPostgres();
  const url = given ?? own!.url;
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
  await query(url, 'SELECT 1');

  async function create(): Promise<string> {
    const name = `hub_test_${process.pid}_${made++}`;
    await query(url, `CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`);
    const place = new URL(url);
    place.pathname = `/${name}`;
    return place.href;
  }
  return {
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
    async end() {
      if (own) return own.end();
      for (const place of places.values()) await query(url, `DROP DATABASE ${new URL(await place).pathname.slice(1)} WITH (FORCE)`);
    },
  };
}
