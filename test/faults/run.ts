// `npm run test:faults [-- --soak 30m] [--seed N] [--page] [mocha's own options]`: runs the fault suite so that a run can be repeated.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../support/project.ts';
import { faultPage } from './support/page.ts';
import { resultsIn } from './support/results.ts';

const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };

/** `30m` in milliseconds. */
function soakMs(text: string | undefined): number {
  if (text === undefined) return 0;
  const [, count, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  if (count === undefined) throw new Error(`--soak ${text}: say for example 30m`);
  return Number(count) * units[unit!]!;
}

/** Takes our options out of the arguments; everything else is mocha's, untouched. */
function takeOptions(args: string[]): { soak?: string; seed?: string; page: boolean; rest: string[] } {
  const ours: string[] = [];
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!.split('=')[0]!;
    if (name === '--page') ours.push('--page');
    else if (name !== '--soak' && name !== '--seed') rest.push(args[i]!);
    else ours.push(args[i]!.includes('=') ? args[i]! : `${name}=${args[++i] ?? ''}`);
  }
  const { values } = parseArgs({
    args: ours,
    options: { soak: { type: 'string' }, seed: { type: 'string' }, page: { type: 'boolean', default: false } },
  });
  return { ...values, rest };
}

function revision(): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: projectRoot, encoding: 'utf8' }).trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' with changes');
  } catch {
    return 'unknown';
  }
}

const { soak, seed: given, page, rest } = takeOptions(process.argv.slice(2));
const lasting = soakMs(soak);
// A soak looks for what no run found yet; the bounded set is always the same.
const seed = given ?? (lasting > 0 ? String(randomInt(2 ** 31)) : '1');
const sha = revision();
const what = lasting > 0 ? `random faults for ${soak}` : 'the bounded set';
console.log(`faults: ${what}; seed ${seed}; revision ${sha}`);
console.log(`again: npm run test:faults -- ${lasting > 0 ? `--soak ${soak} ` : ''}--seed ${seed}`);

const folder = mkdtempSync(join(tmpdir(), 'hub-faults-'));
const results = join(folder, 'results');
const require = createRequire(import.meta.url);
const mocha = require.resolve('mocha/bin/mocha.js');
const files = ['--require', './test/faults/support/results.ts', 'test/faults/**/*.test.ts'];
const chosen = lasting > 0 ? ['--grep', 'fault-04'] : [];
// Most of the time goes in waiting: for sessions to end, for processes to start.
const { status } = spawnSync(process.execPath, [mocha, ...files, '--parallel', '--jobs', '2', ...chosen, ...rest], {
  cwd: projectRoot,
  stdio: 'inherit',
  env: { ...process.env, FAULTS_SEED: seed, FAULTS_SOAK_MS: String(lasting), FAULTS_RESULTS: results },
});
if (page) {
  const day = new Date().toISOString().slice(0, 10);
  const file = join(projectRoot, 'test/faults/README.md');
  writeFileSync(file, faultPage(resultsIn(results), { seed, revision: sha, day }));
  spawnSync(process.execPath, [require.resolve('prettier/bin/prettier.cjs'), '--write', '--log-level', 'warn', file], { stdio: 'inherit' });
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = status ?? 1;
