// Bad input: one clear line and the exit code of a user's mistake, nothing half done, and a rerun with the good file works.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeUscc } from '../../services/domain/identifiers/make.ts';
import { ended, inHub, run, runOne, start } from '../support/command.ts';
import { projectRoot } from '../support/project.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { Ran } from '../support/command.ts';
import type { HubStatus } from '../../services/hub/summary.ts';

const header = 'uscc,name,reg_date,type,capital_raw,business_scope,address';
const row = (number: number): string =>
  `${makeUscc('110108', `XX${String(number).padStart(6, '0')}`)},模拟${number}号（测试）有限公司,2024-05-06,有限责任公司,100万元,"模拟经营，仅供测试",模拟路${number}号`;
const rows = Array.from({ length: 30 }, (_, i) => row(i));
const good = `${[header, ...rows].join('\n')}\n`;

/** 模拟有限公司 in GB 18030. */
const gb18030 = Buffer.from('c4a3c4e2d3d0cfdeb9abcbbe', 'hex');

const broken: [what: string, content: string | Buffer, code: string, file?: string][] = [
  ['another encoding than expected', Buffer.concat([Buffer.from(good), gb18030, Buffer.from(',,,,,,\n')]), 'FILE_ENCODING'],
  ['UTF-16', Buffer.from(`\ufeff${good}`, 'utf16le'), 'FILE_ENCODING'],
  ['an end in the middle of a quoted field', good.slice(0, -'仅供测试",模拟路29号\n'.length), 'FILE_TRUNCATED'],
  ['an end in the middle of a record', `${[header, ...rows].join('\n')}\n${row(31).slice(0, 24)}`, 'FILE_TRUNCATED'],
  ['an end in the middle of a character', Buffer.from(good).subarray(0, -3), 'FILE_TRUNCATED'],
  ['a line longer than any record', `${good}${'模'.repeat(500_000)}\n`, 'RECORD_TOO_LARGE'],
  ['a quote that is never closed', `${good}"${'模拟经营\n'.repeat(100_000)}`, 'RECORD_TOO_LARGE'],
  ['a missing column', good.replace('uscc,name', 'code,name'), 'FILE_COLUMN_MISSING'],
  ['a column named twice', good.replace(header, `${header},type`), 'FILE_MALFORMED'],
  ['no header', `${rows.join('\n')}\n`, 'FILE_COLUMN_MISSING'],
  ['nothing in it', '', 'FILE_MALFORMED'],
  ['a zip archive', Buffer.from(`PK\u0003\u0004${good}`), 'FILE_MALFORMED'],
  ['NUL bytes', good.replace('模拟路7号', 'a\0b'), 'FILE_MALFORMED'],
  ['one JSON array', `[\n{"UNISCID":"x"}\n]\n`, 'FILE_MALFORMED', 'bad.jsonl'],
  ['JSON cut off', `{"UNISCID":"x"}\n{"UNISCID":`, 'FILE_TRUNCATED', 'bad.jsonl'],
];

describe('bad input', function () {
  this.timeout(60_000);
  const folder = useTempFolder();
  const importing = (file: string, source = 'business-licence'): Promise<Ran> =>
    run(['import', source, file, '--data', folder('d'), '--json']);

  function assertMistake({ code, out, error }: Ran, errorCode: string): void {
    assert.equal(code, 2, error.join('\n'));
    assert.deepEqual(out, []);
    assert.equal(error.length, 1);
    assert.match(error[0]!, new RegExp(`^hub: .+ \\(${errorCode}\\)$`));
    assert.doesNotMatch(error[0]!, /\n|\.ts:|node_modules/);
  }

  const events = async (): Promise<number> => (await runOne<HubStatus>(['status', '--data', folder('d')])).head;

  async function assertGoodFileWorks(): Promise<void> {
    writeFileSync(folder('good.csv'), good);
    const { code, out, error } = await importing(folder('good.csv'));
    assert.equal(code, 0, error.join('\n'));
    assert.deepEqual(JSON.parse(out[0]!), { received: rows.length, recorded: rows.length, duplicates: 0, quarantined: 0 });
  }

  for (const [what, content, code, name = 'bad.csv'] of broken) {
    it(`is told and leaves nothing behind: ${what}`, async () => {
      writeFileSync(folder(name), content);
      const ran = await importing(folder(name));
      assertMistake(ran, code);
      assert.ok(ran.error[0]!.includes(name));
      assert.equal(await events(), 0);
      await assertGoodFileWorks();
    });
  }

  it('is told for a file that is not there, a folder, and a place that cannot be', async () => {
    for (const path of [folder('nowhere.csv'), folder(), folder('good.csv', 'below')]) {
      writeFileSync(folder('good.csv'), good);
      assertMistake(await importing(path), 'FILE_UNREADABLE');
    }
    assert.equal(await events(), 0);
    await assertGoodFileWorks();
  });

  it('is told for an unknown source, mapping, encoding and command, naming those there are', async () => {
    writeFileSync(folder('good.csv'), good);
    const unknownSource = await importing(folder('good.csv'), 'licences');
    assertMistake(unknownSource, 'UNKNOWN_SOURCE');
    assert.match(unknownSource.error[0]!, /business-licence/);
    const unknownMapping = await run(['import', 'business-licence', folder('good.csv'), '--mapping', 'nothing', '--data', folder('d')]);
    assertMistake(unknownMapping, 'UNKNOWN_MAPPING');
    assert.match(unknownMapping.error[0]!, /registrations/);
    assertMistake(await run(['import', 'business-licence', folder('good.csv'), '--encoding', 'latin1', '--data', folder('d')]), 'USAGE');
    assertMistake(
      await run(['import', 'house-transfer', folder('good.csv'), '--mapping', 'platform', '--data', folder('d')]),
      'UNKNOWN_MAPPING',
    );
    assertMistake(await run(['import', 'house-transfer', folder('good.csv'), '--data', folder('d')]), 'FILE_COLUMN_MISSING');
    for (const args of [['imports'], ['import'], ['import', 'business-licence'], ['--nothing'], ['events', '--limit', 'many']]) {
      assert.equal((await run(args)).code, 2, args.join(' '));
    }
    assert.equal(await events(), 0);
  });

  it('in single records goes to quarantine with reason, field and place, and the others flow', async () => {
    const bad = [
      row(40).replace(/^.{17}./, (code) => code.slice(0, 17) + (code.endsWith('0') ? '1' : '0')),
      `${row(41)},one field more`,
      row(42).replace('模拟42号（测试）有限公司', ''),
    ];
    writeFileSync(folder('mixed.csv'), `${[header, rows[0], bad[0], rows[1], bad[1], rows[2], bad[2]].join('\n')}\n`);
    const { out } = await importing(folder('mixed.csv'));
    assert.deepEqual(JSON.parse(out[0]!), { received: 6, recorded: 3, duplicates: 0, quarantined: 3 });
    const listed = (await run(['quarantine', 'list', '--data', folder('d'), '--json'])).out
      .join('\n')
      .split('\n')
      .map((line) => JSON.parse(line) as { reason: string; field: string | null; place: string });
    const told = listed.map(({ reason, field, place }) => [place, field, reason]).sort();
    assert.deepEqual(told, [
      ['mixed.csv:3', 'uscc', 'check-digit'],
      ['mixed.csv:5', null, 'column-count'],
      ['mixed.csv:7', 'name', 'missing'],
    ]);
  });

  it('is told for a data directory that is a file, or lies below one', async () => {
    writeFileSync(folder('good.csv'), good);
    writeFileSync(folder('file'), '');
    for (const data of [folder('file'), folder('file', 'below')]) {
      for (const args of [
        ['import', 'business-licence', folder('good.csv')],
        ['status'],
        ['packages'],
        ['replay'],
        ['person', 'erase', `p-${'a'.repeat(22)}`],
      ]) {
        assertMistake(await run([...args, '--data', data]), 'DATA_DIRECTORY');
      }
    }
  });

  it('is told where nothing was ever recorded', async () => {
    for (const args of [['status'], ['packages'], ['transfers'], ['events'], ['quarantine', 'list']]) {
      assertMistake(await run([...args, '--data', folder('none')]), 'DATA_DIRECTORY');
    }
  });

  it('is told for a data directory whose files are not databases', async () => {
    mkdirSync(folder('d'));
    for (const name of ['lock', 'store', 'views', 'log', 'keys', 'cursors']) {
      const data = folder(`d-${name}`);
      mkdirSync(data);
      writeFileSync(
        folder(`d-${name}`, `${name}.sqlite`),
        'this is no database, but text that is long enough to be taken for one'.repeat(20),
      );
      const { code, error } = await run(['replay', '--data', data]);
      assert.ok(code === 1 || code === 2);
      assert.equal(error.length, 1);
      assert.match(error[0]!, /^hub: .+ \((DATA_DIRECTORY|STORE_CORRUPT)\)$/, name);
    }
  });

  it('is told for directories and files without rights', async function () {
    const nobody = { uid: 65534, gid: 65534 };
    const able = process.getuid?.() === 0 && spawnSync('test', ['-r', join(projectRoot, 'services/main.ts')], nobody).status === 0;
    if (!able) {
      this.test!.title += ' (skipped: needs root, and a repository that others may read)';
      this.skip();
    }
    writeFileSync(folder('good.csv'), good, { mode: 0o600 });
    mkdirSync(folder('d'), { mode: 0o700 });
    mkdirSync(folder('own'));
    chmodSync(folder(), 0o755);
    chmodSync(folder('own'), 0o777);
    for (const [data, file, code] of [
      ['d', 'good.csv', 'DATA_DIRECTORY'],
      ['d/below', 'good.csv', 'DATA_DIRECTORY'],
      ['own/d', 'good.csv', 'FILE_UNREADABLE'],
    ] as const) {
      const { code: status, error } = await ended(start(['import', 'business-licence', folder(file), '--data', folder(data)], nobody));
      assert.equal(status, 2, error);
      assert.match(error, new RegExp(`^hub: [^\\n]+ \\(${code}\\)\\n$`));
    }
    await assertGoodFileWorks();
  });

  it('leaves the data directory to one writer at a time', async () => {
    await assertGoodFileWorks();
    await inHub(folder('d'), async () => {
      assertMistake(await importing(folder('good.csv')), 'DATA_LOCKED');
      assertMistake(await run(['replay', '--data', folder('d')]), 'DATA_LOCKED');
      // Reading goes on meanwhile.
      assert.equal((await run(['status', '--data', folder('d')])).code, 0);
    });
    assert.equal((await importing(folder('good.csv'))).code, 0);
  });
});
