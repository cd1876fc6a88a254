#!/usr/bin/env -S node --max-old-space-size=1024
// The heap limit also keeps V8 from letting garbage pile up: memory stays under 300 MB where it would reach 450.
// The entry point: the one place that reads the environment and the process, and hands them to the command line.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './cli/program.ts';
import { readConfig } from './config/config.ts';
import { openExistingHub, openHub, openHubForReading, projectFolder } from './hub/open-hub.ts';
import { armFailpoints } from './ports/failpoint.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
// Keys, events and views are for this user alone, whatever the shell's own mask.
process.umask(0o077);
// A reader that closes the pipe early (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`hub: standard output cannot be written (${error.code ?? 'unknown'})\n`);
  process.exit(1);
});

// Only where the program runs from its sources, as tests do: what is installed cannot be made to fail.
const failpoints = process.env['HUB_FAILPOINTS'];
if (failpoints && import.meta.url.endsWith('.ts')) armFailpoints(failpoints);

const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { version: string };

process.exitCode = await runCommand(process.argv.slice(2), {
  config: (data) => readConfig(process.env, { data }),
  openHub,
  openExistingHub,
  openHubForReading,
  terminal: {
    out: (text) => void process.stdout.write(`${text}\n`),
    error: (text) => void process.stderr.write(`${text}\n`),
    interactive: process.stderr.isTTY,
  },
  input: process.stdin,
  stop: stop.signal,
  version,
  debug: process.env['HUB_LOG_LEVEL'] === 'debug',
});
