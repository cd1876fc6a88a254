// `hub rules`: what is in force, whether changed contracts are sound, and what they would change.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inHub, run, runJson, runOne } from '../support/command.ts';
import { contracts, projectRoot } from '../support/project.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { Flip, OutcomeCounts } from '../../services/projector/what-if.ts';

const shipped = (file: string): string => readFileSync(join(projectRoot, 'contracts', file), 'utf8');

describe('hub rules', function () {
  this.timeout(60_000);
  const folder = useTempFolder();
  const write = (file: string, text: string): void => {
    mkdirSync(folder('c', 'packages'), { recursive: true });
    writeFileSync(folder('c', file), text);
  };

  interface Listed {
    id: string;
    version: number;
    region: string | null;
    effectiveFrom: string | null;
    digest: string;
    rules: string[];
  }
  const listed = (...options: string[]): Promise<Listed[]> => runJson<Listed>(['rules', 'list', ...options]);

  it('list says what is in force on a date, nationally and by region, with digests', async () => {
    const versionOf = async (id: string, ...options: string[]) =>
      (await listed(...options))
        .filter((row) => row.id === id)
        .map(({ version, region, effectiveFrom }) => [version, region, effectiveFrom]);
    assert.deepEqual(await versionOf('transfer', '--date', '2024-05-31'), [[1, null, null]]);
    assert.deepEqual(await versionOf('transfer', '--date', '2024-06-01'), [[2, null, '2024-06-01']]);
    assert.deepEqual(await versionOf('transfer'), [[2, null, '2024-06-01']]);
    assert.deepEqual(await versionOf('low-voltage-residential'), [
      [1, null, null],
      [1, '37', null],
    ]);
    assert.deepEqual(await versionOf('low-voltage-residential', '--region', '370102'), [[1, '37', null]]);
    assert.deepEqual(await versionOf('low-voltage-residential', '--region', '44'), [[1, null, null]]);
    for (const { digest, rules } of await listed()) {
      assert.ok(contracts.packages.some((type) => type.digest === digest));
      assert.ok(rules.every((rule) => /^[a-z-]+@\d+$/.test(rule)));
    }
    const { out } = await run(['rules', 'list']);
    assert.match(out.join('\n'), /全国.*sha256:/);
  });

  it('check counts what is good, and tells what is not in one line', async () => {
    const sum = await runOne<{ contracts: number; examples: number; regions: string[] }>(['rules', 'check']);
    assert.deepEqual([sum.contracts, sum.regions], [contracts.contracts.length, ['37']]);
    assert.ok(sum.examples >= 2 * sum.contracts);
    assert.match((await run(['rules', 'check'])).out.join('\n'), /示例 \d+/);
    write('packages/rename.yaml', shipped('packages/rename.yaml').replace('account: lapsed', 'account: verified'));
    const { code, error } = await run(['rules', 'check', folder('c')]);
    assert.equal(code, 1);
    assert.match(error.join('\n'), /packages\/rename\.yaml.*用电户已销户.*CONTRACT_INVALID/);
    assert.equal(error.length, 1);
  });

  it('what-if streams every package that would flip and ends with counts, beside a running hub', async () => {
    await run(['demo', '--once', '--subjects', '60', '--data', folder('d')]);
    write(
      'packages/high-voltage.yaml',
      shipped('packages/high-voltage.yaml').replace('when: subject.kind == "organisation"', 'when: "false"').split('examples:')[0]!,
    );
    write('rules.yaml', shipped('rules.yaml').replace('fact.arrears != null && amount(fact.arrears) <= 0.0', '"true"'));
    // The one who writes is there, and stays undisturbed.
    await inHub(folder('d'), async (hub) => {
      const before = await hub.views.digest();
      const packages = (await hub.views.list('package', { limit: 10_000 })).map(({ body }) => JSON.parse(body) as Package);
      const ofType = (type: string, ...statuses: string[]): string[] =>
        packages.filter((pack) => pack.type === type && (statuses.length === 0 || statuses.includes(pack.status))).map(({ id }) => id);
      const printed = await runJson<Flip | OutcomeCounts>(['rules', 'what-if', folder('c'), '--data', folder('d')]);
      const counts = printed.at(-1) as OutcomeCounts;
      const flips = printed.slice(0, -1) as Flip[];
      assert.deepEqual(
        flips
          .filter(({ outcome }) => outcome === 'gone')
          .map(({ id }) => id)
          .sort(),
        ofType('high-voltage').sort(),
      );
      const better = flips.filter(({ outcome }) => outcome === 'better');
      assert.ok(better.length > 0 && better.every(({ item, rule }) => item === 'account' && rule?.id === 'no-arrears'));
      assert.deepEqual(new Set(better.map(({ id }) => id.split('~')[0])), new Set(['transfer']));
      assert.equal(counts['high-voltage']!.gone, ofType('high-voltage').length);
      assert.deepEqual(counts['low-voltage-business'], {
        unchanged: ofType('low-voltage-business').length,
        better: 0,
        worse: 0,
        new: 0,
        gone: 0,
        fails: 0,
      });
      assert.equal(await hub.views.digest(), before);

      const [one] = ofType('high-voltage');
      const alone = await runJson<Flip | OutcomeCounts>(['rules', 'what-if', folder('c'), '--package', one!, '--data', folder('d')]);
      assert.deepEqual(
        alone[0],
        flips.find(({ id }) => id === one),
      );
      assert.equal(alone.length, 2);
      const subject = one!.split('~')[1]!;
      const ofSubject = await runJson<Flip>(['rules', 'what-if', folder('c'), '--subject', subject, '--data', folder('d')]);
      assert.ok(ofSubject.some(({ id }) => id === one));
      const { out } = await run(['rules', 'what-if', folder('c'), '--data', folder('d')]);
      assert.match(out.join('\n'), /消失 .* → 无/);
      assert.match(out.at(-1)!, /high-voltage {2}不变 unchanged 0/);
    });
  });

  it('refuses what it cannot use', async () => {
    mkdirSync(folder('empty'));
    for (const args of [
      ['list', '--date', 'yesterday'],
      ['list', '--region', '3'],
      ['check', folder('empty')],
      ['check', folder('none')],
      ['what-if', folder('empty'), '--package', 'a', '--subject', 'b'],
      ['what-if', folder('empty'), '--at', '2026-13-01'],
      ['what-if'],
      [],
    ]) {
      const { code, error } = await run(['rules', ...args]);
      assert.equal(code, 2, args.join(' '));
      assert.doesNotMatch(error.join('\n'), /\.ts:\d|unexpected/);
    }
  });
});
