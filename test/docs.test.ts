// Docs that cannot rot: what README, infra/ and the code say of each other is the same.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../services/cli/program.ts';
import { readConfig } from '../services/config/config.ts';
import { environmentVariables } from '../services/config/environment.ts';
import { errorCodes } from '../services/domain/errors.ts';
import { openHub, openExistingHub, openHubForReading, projectFolder } from '../services/hub/open-hub.ts';
import { Readable } from 'node:stream';

const read = (file: string): string => readFileSync(join(projectFolder, file), 'utf8');

async function help(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const terminal = { out: (text: string) => void lines.push(text), error: (text: string) => void lines.push(text), interactive: false };
  const shell = {
    config: () => readConfig({}),
    openHub,
    openExistingHub,
    openHubForReading,
    terminal,
    input: Readable.from([]),
    stop: new AbortController().signal,
    version: '0',
    debug: false,
  };
  assert.equal(await runCommand([...args, '--help'], shell), 0);
  return lines.join('\n');
}

describe('documentation', () => {
  it('lists every environment variable in the README, as the code explains it', () => {
    const table = /<!-- environment -->([^]*)<!-- \/environment -->/.exec(read('README.md'))![1]!;
    const rows = [...table.matchAll(/^\| `([A-Z]\w+)` \| (.*) \|$/gm)];
    const documented: Record<string, string> = Object.fromEntries(rows.map((row) => [row[1]!, row[2]!]));
    assert.deepEqual(documented, { ...environmentVariables });
  });

  it('names only known variables in infra/', () => {
    for (const match of read('infra/hub.env').matchAll(/^#?([A-Z]\w+)=/gm)) assert.ok(match[1]! in environmentVariables, match[1]);
  });

  it('shows only commands and options in the README that the command line has', async () => {
    const uses = [...read('README.md').matchAll(/npx hub ([^\n#|)`]+)/g)].map((match) => match[1]!.trim().split(/\s+/));
    assert.ok(uses.length > 10);
    for (const words of uses) {
      const groups = ['quarantine', 'events', 'person', 'packages', 'transfers', 'consents', 'supervise', 'rules', 'parked'];
      const command = words.slice(0, groups.includes(words[0]!) && /^[a-z-]+$/.test(words[1] ?? '') && !words[1]!.startsWith('-') ? 2 : 1);
      if (command[0]!.startsWith('-')) continue;
      const text = await help(...command);
      for (const option of words.filter((word) => word.startsWith('--')))
        assert.ok(text.includes(option), `${command.join(' ')} ${option}`);
    }
  });

  it('throws only documented error codes, and documents only those thrown', () => {
    const code = readdirSync(join(projectFolder, 'services'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && file !== join('domain', 'errors.ts'))
      .map((file) => read(join('services', file)))
      .join('\n');
    for (const name of Object.keys(errorCodes)) assert.ok(code.includes(`'${name}'`), `${name} is documented, and never thrown`);
  });
});
