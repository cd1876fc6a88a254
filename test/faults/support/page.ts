// The page of faults: per row what is tested, and what came of it at the last run.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../support/project.ts';
import { rowsNamed } from './results.ts';
import { elsewhere as named, rows, waiting } from './rows.ts';
import type { Result } from './results.ts';

/** Markdown. `run` tells which run it was. */
export function faultPage(results: readonly Result[], run: { seed: string; revision: string; day: string }): string {
  const others = testsElsewhere();
  const lines = rows.map((fault, i) => {
    const row = i + 1;
    const here = results.filter((result) => result.rows.includes(row));
    const elsewhere = [...(others.get(row) ?? []).map((file) => `\`${file}\` (npm test)`), ...(named[row] ?? []).map(testNamed)];
    const tests = [...here.map(({ title }) => cell(title)), ...elsewhere].join('<br>');
    const why = waiting[row] ?? (tests === '' ? 'not injected yet' : '');
    return `| ${row} | ${fault} | ${tests || '–'} | ${here.length > 0 ? stateOf(here) : elsewhere.length > 0 ? 'see npm test' : why} |`;
  });
  const checks = results.filter((result) => result.rows.length === 0);
  return [
    '# Faults',
    '',
    'Written by `npm run test:faults -- --page`; do not edit. Each test injects its fault and then asks the checker',
    '([support/checker.ts](support/checker.ts)) whether anything was lost, doubled or invented. A row number is that of FAULTS.',
    '',
    `Last run: ${run.day}, revision ${run.revision}, seed ${run.seed}.`,
    '',
    '| Row | Fault | Tests, and what they assert | Last result |',
    '|---|---|---|---|',
    ...lines,
    '',
    '## The suite itself',
    '',
    '| Test | Last result |',
    '|---|---|',
    ...checks.map((result) => `| ${cell(result.title)} | ${result.state} |`),
    '',
  ].join('\n');
}

/** A test of another suite, by file and title. Throws when there is none. */
function testNamed([file, title]: readonly [string, string]): string {
  if (!readFileSync(join(projectRoot, file), 'utf8').includes(`it('${title}'`)) throw new Error(`${file} has no test "${title}"`);
  return `\`${file}\`: ${cell(title)} (npm test)`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function stateOf(results: readonly Result[]): string {
  const states = new Set(results.map(({ state }) => state));
  return states.has('failed') ? 'failed' : states.has('not run') ? (states.has('passed') ? 'passed in part' : 'not run') : 'passed';
}

/** Tests outside this suite that name a row, by row. */
function testsElsewhere(): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const file of readdirSync(join(projectRoot, 'test'), { recursive: true, encoding: 'utf8' }).sort()) {
    if (!file.endsWith('.test.ts') || file.startsWith('faults')) continue;
    for (const row of rowsNamed(readFileSync(join(projectRoot, 'test', file), 'utf8')))
      found.set(row, [...(found.get(row) ?? []), `test/${file}`]);
  }
  return found;
}
