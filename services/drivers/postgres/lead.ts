// Being the only one: a session that holds an advisory lock, and on which everything is written that the lock guards.
//
// What is written on the very connection that holds the lock needs no other fence: when the server or the network ends
// it, lock and unfinished transaction go together, and a process that believes it still leads has nothing to write with.
import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '../../domain/errors.ts';
import type { Database, Session } from './database.ts';

const pollMs = 200;

export interface Lead {
  alive(): boolean;
  /** Calls `hear` once it was lost or released. */
  whenLost(hear: () => void): void;
  /** Runs `work` on the connection that holds the lock, one at a time. Errors: ENGINE_UNAVAILABLE once it was lost. */
  run<T>(work: (session: Session) => Promise<T>): Promise<T>;
  release(): Promise<void>;
}

export interface LeadOptions {
  /** A holder that is stopped, stuck or behind a silent network loses the lock after this long. */
  silenceMs?: number;
  /** How long a statement may take, where longer than others. */
  timeoutMs?: number;
}

/** Takes the lock `name`, waiting for it until `signal` is aborted; without a signal, null when another has it. */
export async function takeLead(database: Database, name: string, signal: AbortSignal, options?: LeadOptions): Promise<Lead>;
export async function takeLead(database: Database, name: string, signal: null, options?: LeadOptions): Promise<Lead | null>;
export async function takeLead(
  database: Database,
  name: string,
  signal: AbortSignal | null,
  { silenceMs = 30_000, timeoutMs }: LeadOptions = {},
): Promise<Lead | null> {
  signal?.throwIfAborted();
  const session = await database.connect(timeoutMs);
  try {
    await session.query(
      `SET idle_session_timeout = ${silenceMs}; SET idle_in_transaction_session_timeout = ${silenceMs};
       SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; SET tcp_user_timeout = ${silenceMs}`,
    );
    while (!(await tryLock(session, name))) {
      if (!signal) {
        await session.close();
        return null;
      }
      await sleep(pollMs, undefined, { signal });
    }
    signal?.throwIfAborted();
  } catch (error) {
    await session.close();
    throw error;
  }
  return leadOn(session, database.where, silenceMs / 6);
}

export async function tryLock(session: Session, name: string): Promise<boolean> {
  const [row] = await session.query<{ taken: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken', [name]);
  return row!.taken;
}

function leadOn(session: Session, where: string, beatMs: number): Lead {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  async function run<T>(work: (session: Session) => Promise<T>): Promise<T> {
    waiting++;
    const turn = last.then(() => {
      if (session.alive()) return work(session);
      throw new HubError('ENGINE_UNAVAILABLE', `the connection to PostgreSQL at ${where} was lost, and with it the right to write`);
    });
    last = turn.catch(() => undefined).finally(() => waiting--);
    return turn;
  }
  const beat = setInterval(() => {
    if (waiting === 0) run((held) => held.query('SELECT 1')).catch(() => undefined);
  }, beatMs).unref();
  return {
    alive: session.alive,
    whenLost: session.whenLost,
    run,
    async release() {
      clearInterval(beat);
      await last;
      await session.close();
    },
  };
}
