// The repository itself: what lies where, and what must not be in it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadContracts } from '../services/drivers/yaml/contracts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const folders = ['services', 'schemas', 'contracts', 'infra', 'test', '.ci'];
const papers = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'LICENSE'];
const configuration = [
  ...['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'tsconfig.build.json', '.mocharc.json', '.c8rc.json'],
  ...['eslint.config.js', '.prettierrc.json', '.prettierignore', '.dependency-cruiser.cjs', 'knip.json'],
  ...['.gitignore', '.gitattributes', '.editorconfig', '.dockerignore', '.nvmrc'],
];

/** A table of facts made by a generator is as long as the facts are. */
const generated = ['services/domain/identifiers/divisions-table.ts'];

const sources = readdirSync(join(root, 'services'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `services/${file.replaceAll('\\', '/')}`);

/** Files under version control, or null where there is no history to ask. */
function trackedFiles(): string[] | null {
  try {
    const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const files = listed.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
    return files.length > 0 ? files : null;
  } catch {
    return null;
  }
}

describe('the repository', () => {
  const tracked = trackedFiles();
  const itWithHistory = (title: string, check: (files: string[]) => void): void => {
    it(title, function () {
      // Outside a git checkout nothing says which files belong to the repository.
      if (tracked === null) this.skip();
      check(tracked);
    });
  };

  itWithHistory('has only the fixed entries at its top', (files) => {
    const allowed = new Set([...folders, ...papers, ...configuration]);
    const others = new Set(files.map((file) => file.split('/')[0]!).filter((entry) => !allowed.has(entry)));
    assert.deepEqual([...others], []);
  });

  itWithHistory('names no folder of any machine', (files) => {
    const machine = /(?<![\w.~/-])(?:\/(?:work|root|home|Users)\/|[A-Z]:\\Users\\)/;
    assert.deepEqual(
      files.filter((file) => machine.test(read(file))),
      [],
    );
  });

  it('locks packages by digest, whatever registry they come from', () => {
    assert.doesNotMatch(read('package-lock.json'), /"resolved":\s*"https?:/);
  });
});

describe('a file of services', () => {
  it('starts by saying what it is', () => {
    const silent = sources.filter((file) => !/^(?:#!.*\n)?(?:\/\/ \S|\/\*\*?\s+\S)/.test(read(file)));
    assert.deepEqual(silent, []);
  });

  it('has no more than 220 lines', () => {
    const long = sources.filter((file) => !generated.includes(file) && read(file).trimEnd().split('\n').length > 220);
    assert.deepEqual(long, []);
  });

  it('is named in kebab-case after what it holds', () => {
    const vague = /(?:^|\/)(?:index|utils?|common|lib|helpers?|misc)(?:\/|\.ts$)/;
    const odd = sources.filter((file) => vague.test(file) || !/^[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/.test(basename(file)));
    assert.deepEqual(odd, []);
  });
});

describe('the schema of a fact', () => {
  const schemas = readdirSync(join(root, 'schemas'));
  /** What the hub itself puts into every fact. */
  const own = new Set(['change', 'record', 'warnings', 'addressKeys', 'corrects']);

  for (const contract of loadContracts(join(root, 'contracts')).sources.values()) {
    it(`has only fields that the contract permits: ${contract.name}`, () => {
      const files = schemas.filter((file) => file.startsWith(`${contract.family}.v`));
      assert.notEqual(files.length, 0);
      for (const file of files) {
        const schema = JSON.parse(read(`schemas/${file}`)) as { fields: { name: string }[] };
        const names = schema.fields.map(({ name }) => name).filter((name) => !own.has(name));
        assert.deepEqual(
          names.filter((name) => !(name in contract.fields)),
          [],
          file,
        );
      }
    });
  }
});
