// The hub as in production: every service a process of its own, on engines, which can be killed and started again.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { start } from './command.ts';
import { pseudonymKey } from './project.ts';
import type { ChildProcess } from 'node:child_process';
import type { VariableName } from '../../services/config/environment.ts';

export interface Service {
  name: string;
  /** Base address of its health, metrics and APIs. */
  url: string;
  /** What its log said so far, one object a line. */
  log: Record<string, unknown>[];
  ready(): Promise<{ ok: boolean; reasons: string[] }>;
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>;
  /** Asks it to stop, and gives its exit code. */
  stop(): Promise<number | null>;
}

/** Starts `hub start <service>` and waits until it serves its health. */
export async function startService(name: string, data: string, env: Partial<Record<VariableName, string>>): Promise<Service> {
  const child = start(
    ['start', name, '--json', '--data', data],
    {},
    { HUB_PORT: '0', HUB_PSEUDONYM_KEY: pseudonymKey.toString('hex'), ...env },
  );
  const log: Record<string, unknown>[] = [];
  createInterface({ input: child.stderr! }).on('line', (line) => log.push(parsed(line)));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', (line) =>
      resolve(new URL((JSON.parse(line) as { health: string }).health).origin),
    );
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}: ${JSON.stringify(log.slice(-3))}`)));
  });
  return {
    name,
    url,
    log,
    async ready() {
      const response = await fetch(`${url}/health/ready`);
      return { ok: response.ok, reasons: ((await response.json()) as { reasons: string[] }).reasons };
    },
    async kill() {
      await end(child, 'SIGKILL');
    },
    stop: () => end(child, 'SIGTERM'),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  return (await exit)[0];
}

function parsed(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { line };
  }
}

/** Looks again and again until `look` gives something; tells what was last seen when patience ends. */
export async function until<T>(what: string, look: () => Promise<T | null | false>, patienceMs = 90_000, seen?: () => unknown): Promise<T> {
  for (const since = Date.now(); ;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (Date.now() - since > patienceMs) throw new Error(`not within ${patienceMs} ms: ${what}; ${JSON.stringify(seen?.() ?? '')}`);
    await wait(100);
  }
}
