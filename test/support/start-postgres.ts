// Starts a PostgreSQL of our own and ends it again; it also ends when this process does, however that happens.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { holdsProcess } from './hold-process.ts';
import { program } from './programs.ts';

export interface OwnPostgres {
  /** Of the superuser, in the database `postgres`. */
  url: string;
  port: number;
  command(name: 'start' | 'stop' | 'crash'): Promise<void>;
  end(): Promise<void>;
}

/** `fsync`: as durable as in production; otherwise it may lose what the operating system had not written. */
export async function startPostgres(options: { fsync?: boolean } = {}): Promise<OwnPostgres> {
  const script = fileURLToPath(new URL('./postgres-server.ts', import.meta.url));
  // Apart from this process group: a Ctrl-C here must reach it as the end of its input only.
  const child = spawn(process.execPath, [...program(script), options.fsync ? 'fsync' : 'fast'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<{ port?: number }> => {
    const { value, done } = (await answers.next()) as IteratorResult<string, undefined>;
    const said = (done ? { failed: 'it ended' } : JSON.parse(value)) as { port?: number; failed?: string };
    if (said.failed !== undefined) throw new Error(`PostgreSQL could not be started: ${said.failed}`);
    return said;
  };
  const port = (await answer()).port!;
  const holding = holdsProcess(child);
  holding(false);
  return {
    url: `postgres://postgres:only-for-tests@127.0.0.1:${port}/postgres`,
    port,
    async command(name) {
      holding(true);
      child.stdin.write(`${name}\n`);
      await answer();
      holding(false);
    },
    async end() {
      holding(true);
      child.stdin.end();
      await ended;
    },
  };
}
