// Notes what became of each test, for the page; loaded by mocha before the tests, whatever its reporter.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

export interface Result {
  title: string;
  /** Rows of faults that it is about: those its titles name, else, in a file whose titles name none, those of its first line. */
  rows: number[];
  /** `passed`, `failed` or `not run`. */
  state: string;
}

/** What a run wrote to `file`, by title: tests end in any order. */
export function resultsIn(file: string): Result[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Result).sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0));
}

export const rowsNamed = (text: string): number[] => [...new Set([...text.matchAll(/fault-(\d\d)/g)].map((match) => Number(match[1])))];

const file = process.env['FAULTS_RESULTS'];

/** As mocha calls it, in each process that runs tests. */
export const mochaHooks = {
  afterEach(this: Mocha.Context) {
    if (file === undefined) return;
    const test = this.currentTest!;
    const [head = '', ...body] = readFileSync(test.file!, 'utf8').split('\n');
    const named = rowsNamed(body.join('\n')).length > 0 ? rowsNamed(test.fullTitle()) : rowsNamed(head);
    const result: Result = { title: test.title, rows: named, state: test.state ?? 'not run' };
    appendFileSync(file, `${JSON.stringify(result)}\n`);
  },
};
