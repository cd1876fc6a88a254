// Connections to one PostgreSQL database: a bounded pool for short calls, and single connections that are kept.
import { Socket } from 'node:net';
import pg from 'pg';
import { HubError } from '../../domain/errors.ts';
import { postgresError } from './postgres-error.ts';

export interface PostgresOptions {
  /** `postgres://user@host:5432/database?sslmode=verify-full`. Directly, or through a pooler that keeps sessions. */
  url: string;
  /** Most connections kept for short calls; further calls wait for one. */
  poolSize?: number;
  /** How long a statement may take, and half that again a lost answer, in milliseconds. */
  timeoutMs?: number;
  connectTimeoutMs?: number;
  /** How this process is called in pg_stat_activity. */
  name?: string;
}

type Statement = string | pg.QueryConfig;

/** One connection; whoever uses it makes no two calls at once. */
export interface Session {
  /** Errors as of `postgresError`. */
  query<Row extends pg.QueryResultRow>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /** All of `work` or nothing. */
  transaction<T>(work: () => Promise<T>, begin?: string): Promise<T>;
  /** False once the connection was cut, or a call got no answer: nothing is known of it then, and it is not used again. */
  alive(): boolean;
  /** Calls `hear` once it is not alive any more, also when it was closed; at once when it is not already. */
  whenLost(hear: () => void): void;
  close(): Promise<void>;
}

export interface Database {
  /** Host, port and database, for messages. */
  where: string;
  query<Row extends pg.QueryResultRow>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /** A connection of the pool for several calls. */
  use<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** A connection of its own; `timeoutMs` where its statements may take longer than others. */
  connect(timeoutMs?: number): Promise<Session>;
  close(): Promise<void>;
}

/** How long a polite goodbye may take before the line is cut. */
const goodbyeMs = 2_000;

/**
 * Describes a database; nothing is connected before the first call. `settings` (`name=value`) hold on every connection.
 * Errors: CONFIG_INVALID for what is no URL.
 */
export function openDatabase(options: PostgresOptions, settings: readonly string[] = []): Database {
  const where = placeOf(options.url);
  const timeoutMs = options.timeoutMs ?? 15_000;
  const sockets = new Set<Socket>();
  const config = (statementMs: number): pg.ClientConfig => ({
    connectionString: options.url,
    application_name: options.name ?? 'hub',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: statementMs,
    // The server ends what is slow; should it be mute, we do.
    query_timeout: statementMs * 1.5,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: settings.map((setting) => `-c ${setting}`).join(' '),
    stream: open,
  });
  function open(): Socket {
    const socket = new Socket();
    sockets.add(socket);
    return socket.once('close', () => sockets.delete(socket));
  }
  // Unused connections that are cut are replaced when needed; whoever used one is told by their call.
  const pool = new pg.Pool({ ...config(timeoutMs), max: options.poolSize ?? 4, onConnect: (client): unknown => beDurable(client) }).on(
    'error',
    () => undefined,
  );

  async function use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((error: unknown) => fail(error, where));
    const session = sessionOn(client, where, () => undefined);
    let failed = true;
    try {
      const result = await work(session);
      failed = false;
      return result;
    } finally {
      session.leave();
      client.release(failed);
    }
  }

  return {
    where,
    use,
    query: (statement, values) => use((session) => session.query(statement, values)),
    async connect(ms = timeoutMs) {
      let socket: Socket | undefined;
      const client = new pg.Client({ ...config(ms), stream: () => (socket = open()) });
      const session = sessionOn(client, where, () => socket?.destroy());
      await client
        .connect()
        .then(beDurable)
        .catch((error: unknown) => fail(error, where));
      return session;
    },
    async close() {
      if (!pool.ending) await withinGoodbye(pool.end());
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** What is committed is on the disk when the answer comes, also where an operator set otherwise (DESIGN §7). */
async function beDurable(client: pg.ClientBase): Promise<void> {
  await client.query(`SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`);
}

function sessionOn(client: pg.Client | pg.PoolClient, where: string, cut: () => void): Session & { leave(): void } {
  let alive = true;
  let hear = (): void => undefined;
  const lost = (): void => {
    if (!alive) return;
    alive = false;
    hear();
  };
  client.on('error', lost).on('end', lost);

  async function query<Row extends pg.QueryResultRow>(statement: Statement, values?: readonly unknown[]): Promise<Row[]> {
    try {
      return (await client.query<Row>(statement, values as unknown[] | undefined)).rows;
    } catch (error) {
      // Without an answer of the server, what it is doing is not known: the next call must not wait behind that.
      if (!(error instanceof pg.DatabaseError)) await end();
      return fail(error, where);
    }
  }
  async function end(): Promise<void> {
    lost();
    if ('release' in client) return;
    await withinGoodbye(client.end());
    cut();
  }
  return {
    query,
    async transaction(work, begin = 'BEGIN') {
      await query(begin);
      try {
        const result = await work();
        await query('COMMIT');
        return result;
      } catch (error) {
        if (alive) await query('ROLLBACK').catch(end);
        throw error;
      }
    },
    alive: () => alive,
    whenLost(told) {
      hear = told;
      if (!alive) told();
    },
    close: end,
    leave: () => void client.off('error', lost).off('end', lost),
  };
}

/** A polite goodbye could wait for ever for a mute server. */
async function withinGoodbye(goodbye: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([goodbye, new Promise((resolve) => (timer = setTimeout(resolve, goodbyeMs)))]);
  clearTimeout(timer);
}

const fail = (error: unknown, where: string): never => {
  throw postgresError(error, where);
};

/** A schema's name, which stands in statements as it is. Errors: CONFIG_INVALID for what would have to be quoted. */
export function schemaName(name: string): string {
  if (/^[a-z_][a-z0-9_]{0,39}$/.test(name)) return name;
  throw new HubError('CONFIG_INVALID', 'a schema of PostgreSQL must be named by at most 40 small letters, digits and _');
}

function placeOf(url: string): string {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new HubError('CONFIG_INVALID', 'the address of PostgreSQL must read postgres://user@host:5432/database');
  }
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
