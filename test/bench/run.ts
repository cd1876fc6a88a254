// `npm run bench`: runs bench.ts compiled as it is shipped. What compiles in memory for tests keeps the names of functions, which
// costs what is measured here up to a tenth.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { program } from '../support/programs.ts';

const bench = program(fileURLToPath(new URL('bench.ts', import.meta.url)));
// What an earlier turn left is collected before the next is timed.
const child = spawn(process.execPath, ['--expose-gc', ...bench, ...process.argv.slice(2)], { stdio: 'inherit' });
child.once('exit', (code) => (process.exitCode = code ?? 1));
