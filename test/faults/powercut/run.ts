// Starts child.ts on a disk that can lose its power (shim.c), and hands back the journal of what it did.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { program } from '../../support/programs.ts';
import { readJournal, writeFiles } from './disk.ts';
import type { Work } from './child.ts';
import type { Entry } from './disk.ts';

export interface PowerCut {
  /** Lets the child work on a disk that holds `files`; with `cutAt` it is killed before that entry. */
  run(work: Partial<Work> & Pick<Work, 'task'>, files?: ReadonlyMap<string, Buffer>, cutAt?: number): Promise<Entry[]>;
}

const here = fileURLToPath(new URL('.', import.meta.url));

/** What to hand to node so that it does this work. */
export const childOf = (work: Partial<Work> & Pick<Work, 'task' | 'folder' | 'acks'>): string[] => [
  ...program(join(here, 'child.ts')),
  JSON.stringify({ from: 0, batches: 40, size: 20, checkpointPages: 64, ...work } satisfies Work),
];

/** Compiles the shim once for the suite; without gcc the suite is skipped, and says so. */
export function usePowerCut(): PowerCut {
  let base = '';
  let runs = 0;
  before(function () {
    if (process.platform !== 'linux' || spawnSync('gcc', ['--version']).error) {
      console.log('      skipped: a power cut needs Linux and gcc');
      this.skip();
    }
    base = mkdtempSync(join(tmpdir(), 'hub-powercut-'));
    const made = spawnSync('gcc', [
      '-O1',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-shared',
      '-fPIC',
      '-o',
      join(base, 'shim.so'),
      join(here, 'shim.c'),
    ]);
    if (made.status !== 0) throw new Error(`shim.c cannot be compiled: ${made.stderr.toString()}`);
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  return {
    async run(work, files = new Map(), cutAt) {
      const place = join(base, String(runs++));
      mkdirSync(place);
      const journal = join(place, 'journal');
      const folder = join(place, 'disk');
      const acks = join(place, 'acks');
      writeFiles(files, folder);
      writeFileSync(acks, '');
      const child = spawn(process.execPath, childOf({ folder, acks, ...work }), {
        env: {
          ...process.env,
          LD_PRELOAD: join(base, 'shim.so'),
          POWERCUT_DIR: folder,
          POWERCUT_JOURNAL: journal,
          POWERCUT_ACKS: acks,
          ...(cutAt === undefined ? {} : { POWERCUT_AT: String(cutAt) }),
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const errors = text(child.stderr);
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      if (cutAt === undefined ? code !== 0 : signal !== 'SIGKILL')
        throw new Error(`the child ended with ${code ?? signal}: ${await errors}`);
      const entries = readJournal(journal);
      rmSync(place, { recursive: true });
      return entries;
    },
  };
}
