// Runs `hub` commands in this process with a terminal that is captured, and in processes of their own that can be killed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../services/cli/program.ts';
import { readConfig } from '../../services/config/config.ts';
import { openExistingHub, openHub, openHubForReading } from '../../services/hub/open-hub.ts';
import { program } from './programs.ts';
import { projectRoot, pseudonymKey } from './project.ts';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import type { Hub } from '../../services/hub/open-hub.ts';

export interface Ran {
  code: number;
  /** What was printed, one entry a call. */
  out: string[];
  error: string[];
}

export interface RunOptions {
  input?: string;
  now?: () => number;
  /** Without it the pseudonym key is the tests' own; null lets the hub make one. */
  pseudonymKey?: string | null;
  /** Further environment, such as the addresses of engines. */
  env?: Record<string, string>;
}

const keyText = pseudonymKey.toString('hex');
const environmentOf = ({ pseudonymKey: key = keyText, env = {} }: RunOptions): Record<string, string> =>
  key === null ? env : { HUB_PSEUDONYM_KEY: key, ...env };

/** Runs one command line in this process. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const ran: Ran = { code: -1, out: [], error: [] };
  ran.code = await runCommand(args, {
    config: (data) => readConfig(environmentOf(options), { data }),
    openHub: (config) => openHub(config, options.now),
    openExistingHub: (config) => openExistingHub(config, options.now),
    openHubForReading: (config) => openHubForReading(config, options.now),
    terminal: { out: (line) => void ran.out.push(line), error: (line) => void ran.error.push(line), interactive: false },
    input: Readable.from([Buffer.from(options.input ?? '')]),
    stop: new AbortController().signal,
    ...(options.now && { now: options.now }),
    version: '0.0.0',
    debug: false,
  });
  return ran;
}

/** Runs a command that must succeed, with `--json`; gives what it printed. */
export async function runJson<T>(args: readonly string[], options: RunOptions = {}): Promise<T[]> {
  const { code, out, error } = await run([...args, '--json'], options);
  if (code !== 0) throw new Error(`hub ${args.join(' ')} ended with ${code}: ${error.join('\n')}`);
  return out
    .join('\n')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** The same, of a command that prints one value. */
export const runOne = async <T>(args: readonly string[], options: RunOptions = {}): Promise<T> => (await runJson<T>(args, options))[0]!;

/** Starts one command line as a process of its own. */
export function start(args: readonly string[], options: SpawnOptions = {}, env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [...program(join(projectRoot, 'services/main.ts')), ...args], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
    env: { ...process.env, ...environmentOf({}), ...env },
  });
}

/** Waits for the end of a process: its exit code, null when it was killed, and what it printed. */
export async function ended(child: ChildProcess): Promise<{ code: number | null; out: string; error: string }> {
  const code = new Promise<number | null>((resolve) => child.once('close', (status) => resolve(status)));
  const [out, error] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  return { code: await code, out, error };
}

/** Opens a data directory as the commands do, for looking at it. */
export async function inHub<T>(directory: string, use: (hub: Hub) => Promise<T>, now?: () => number): Promise<T> {
  const hub = await openHub(readConfig(environmentOf({}), { data: directory }), now);
  try {
    return await use(hub);
  } finally {
    await hub.close();
  }
}

const shared = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** The path of a file in `../shared`, such as `data/…` or `cases/…`; skips the test, saying so, when it is not there. */
export function sharedFile(context: Mocha.Context, path: string): string {
  const file = join(shared, path);
  if (!existsSync(file)) {
    context.test!.title += ` (skipped: ../shared/${path} is not there)`;
    context.skip();
  }
  return file;
}
