// Processes of a hub that may die at any moment, and what they said while they lived.
import { createInterface } from 'node:readline';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { serviceNames } from '../../../services/hub/services.ts';
import { start } from '../../support/command.ts';
import { program } from '../../support/programs.ts';
import { projectRoot } from '../../support/project.ts';
import type { ChildProcess } from 'node:child_process';
import type { Mutation } from './mutant.ts';

export interface HubProcess {
  name: string;
  /** Base address of health and metrics, or null when it died before it had one. */
  url: Promise<string | null>;
  /** Resolves when it has ended, with its exit code, or null when it was killed. */
  ended: Promise<number | null>;
  /** Ends it as `kill -9` does; resolves when it is gone. */
  kill(): Promise<void>;
  /** Asks it to stop; gives its exit code. */
  stop(): Promise<number | null>;
  /** Sends it a signal, such as SIGSTOP. */
  signal(name: NodeJS.Signals): void;
  ready(): Promise<boolean>;
  metrics(): Promise<string>;
}

export interface Launch {
  /** Services of the process; none for all but the supervisor, whose events depend on what was open at which moment. */
  services?: readonly string[];
  data: string;
  env: Record<string, string>;
  /** What to arm, as HUB_FAILPOINTS. */
  failpoints?: string | undefined;
  /** Takes every line that the process writes. */
  heard: (line: string) => void;
}

const allButSupervisor = serviceNames.filter((name) => name !== 'supervisor');

/** Starts `hub start`. */
export function launch({ services = allButSupervisor, data, env, failpoints, heard }: Launch): HubProcess {
  const armed = failpoints === undefined ? {} : { HUB_FAILPOINTS: failpoints };
  const child = start(['start', ...services, '--json', '--data', data], {}, { HUB_PORT: '0', ...env, ...armed });
  return watched(services === allButSupervisor ? 'hub' : services.join('+'), child, heard);
}

/** Starts a hub, or some of its services, of which one law is broken, or none. */
export function startMutant(mutation: Mutation, { services = allButSupervisor, data, env, failpoints, heard }: Launch): HubProcess {
  const armed = failpoints === undefined ? {} : { HUB_FAILPOINTS: failpoints };
  const file = fileURLToPath(new URL('mutant.ts', import.meta.url));
  const child = spawn(process.execPath, [...program(file), mutation, data, ...services], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HUB_PORT: '0', ...env, ...armed },
  });
  return watched(services === allButSupervisor ? mutation : services.join('+'), child, heard);
}

/** Rebuilds every view as `hub replay` does, and gives its exit code, or null when it was killed. */
export function replay({ data, env, failpoints, heard }: Omit<Launch, 'services'>): Promise<number | null> {
  const child = start(
    ['replay', '--json', '--data', data],
    {},
    { ...env, ...(failpoints === undefined ? {} : { HUB_FAILPOINTS: failpoints }) },
  );
  for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', heard);
  return once(child, 'close').then(([code]) => code as number | null);
}

/** Makes a process out of a child that serves health and says where in its first line. */
function watched(name: string, child: ChildProcess, heard: (line: string) => void): HubProcess {
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const url = new Promise<string | null>((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      heard(line);
      const health = (parsed(line) as { health?: string }).health;
      if (health !== undefined) resolve(new URL(health).origin);
    });
    void ended.then(() => resolve(null));
  });
  createInterface({ input: child.stderr! }).on('line', heard);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  const get = async (path: string): Promise<Response> => fetch(`${(await url) ?? 'http://127.0.0.1:1'}${path}`);
  return {
    name,
    url,
    ended,
    kill: () => end('SIGKILL').then(() => undefined),
    stop: () => end('SIGTERM'),
    signal: (signal) => void child.kill(signal),
    ready: () =>
      get('/health/ready').then(
        async (response) => {
          await response.body?.cancel();
          return response.ok;
        },
        () => false,
      ),
    metrics: () =>
      get('/metrics').then(
        (response) => response.text(),
        () => '',
      ),
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return {};
  }
}
