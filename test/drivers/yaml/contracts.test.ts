// Contract files: versions, regions and examples as shipped, and bad ones refused with the place where they are bad.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubError } from '../../../services/domain/errors.ts';
import { typesInForce } from '../../../services/domain/packages/in-force.ts';
import { loadChangedRules, loadContracts } from '../../../services/drivers/yaml/contracts.ts';
import { contracts, projectRoot } from '../../support/project.ts';
import { useTempFolder } from '../../support/temp-folder.ts';

const own = join(projectRoot, 'contracts');

describe('the contracts shipped', () => {
  for (const contract of contracts.contracts) {
    it(`${contract.file} has a good example and a bad one`, () => {
      const outcomes = (contract.examples ?? []).map(({ expect }) => (expect === 'none' ? 'none' : expect.status));
      assert.ok(outcomes.length >= 2);
      assert.ok(outcomes.some((status) => status === 'verified' || status === 'customer-supplied'));
      assert.ok(outcomes.some((status) => ['missing', 'mismatch', 'lapsed'].includes(status)));
    });
  }

  it('judge transfers by the rules of their day, and Shandong homes by identity alone', () => {
    const at = (target: 'house-transfer' | 'held-property', region: string | null, date: string) =>
      typesInForce(contracts.packages, target, region, date);
    assert.deepEqual(
      ['2024-05-31', '2024-06-01'].map((date) => at('house-transfer', null, date).map(({ version }) => version)),
      [[1], [2]],
    );
    const needed = (region: string): string[] =>
      at('held-property', region, '2026-01-01')
        .find(({ id }) => id === 'low-voltage-residential')!
        .items.filter((item) => item.required({}))
        .map(({ id }) => id);
    assert.deepEqual([needed('110105'), needed('370102')], [['identity', 'premises'], ['identity']]);
  });
});

describe('a folder of contracts', () => {
  const folder = useTempFolder();
  const write = (file: string, text: string): void => {
    mkdirSync(join(folder('c'), 'packages'), { recursive: true });
    writeFileSync(join(folder('c'), file), text);
  };
  const shipped = (file: string): string => readFileSync(join(own, file), 'utf8');
  const replaced = (text: string, from: string, to: string): string => {
    assert.ok(text.includes(from), from);
    return text.replace(from, to);
  };
  const load = () => loadChangedRules(folder('c'), own, { examples: true });
  const refused = (...words: string[]): void =>
    assert.throws(load, (error) => {
      assert.ok(error instanceof HubError && error.code === 'CONTRACT_INVALID', String(error));
      for (const word of words) assert.ok(error.message.includes(word), `${error.message} says ${word}`);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });

  it('that says nothing new gives the same digests, and one that changes a file those of that file alone', () => {
    const file = 'packages/rename.yaml';
    write(file, shipped(file));
    const digests = (types: typeof contracts.packages): string[] => types.map(({ digest }) => digest);
    assert.deepEqual(digests(load().packages), digests(contracts.packages));
    write(file, replaced(shipped(file), '供电营业规则', '供电营业规则 2024'));
    const changed = load().packages.filter(({ digest }, i) => digest !== contracts.packages[i]!.digest);
    assert.deepEqual(
      changed.map(({ id }) => id),
      ['rename'],
    );
  });

  it('may bring a next version or a region in a file of its own, and a rule in its next version', () => {
    const next = replaced(shipped('packages/rename.yaml'), 'version: 1', 'version: 2\neffectiveFrom: 2027-01-01');
    write('packages/rename.v2.yaml', next.slice(0, next.indexOf('examples:')));
    write('packages/rename.44.yaml', "extends: rename\nregion: '44'\nversion: 1\nlegalBasis: none\nwithout: [account]\n");
    write(
      'rules.yaml',
      `${shipped('rules.yaml')}- id: account-open\n  version: 2\n  effectiveFrom: 2028-01-01\n  text: {zh: 用电户, en: account}\n  holds: "true"\n  otherwise: lapsed\n`,
    );
    const renames = load().packages.filter(({ id }) => id === 'rename');
    assert.deepEqual(
      renames.map(({ version, region, from, since }) => [version, region, from, since]),
      [
        [2, null, '2028-01-01', 'account-open@2'],
        [2, null, '2027-01-01', 'rename@2'],
        [1, null, '', 'rename@1'],
        [1, '44', '', 'rename@1/44'],
      ],
    );
  });

  const residential = 'packages/low-voltage-residential.yaml';
  const shandong = 'packages/low-voltage-residential.37.yaml';
  const bad: [what: string, file: string, from: string, to: string, words: string[]][] = [
    ['a date that is none', 'packages/transfer.v2.yaml', '2024-06-01', '2024-06-31', ['transfer.v2.yaml', '/effectiveFrom', 'date']],
    ['a region that is none', shandong, "region: '37'", "region: '371'", ['low-voltage-residential.37.yaml', '/region']],
    ['a region written as a number', shandong, "region: '37'", 'region: 37', ['low-voltage-residential.37.yaml', '/region']],
    ['an overlay of nothing', shandong, 'extends: low-voltage-residential', 'extends: unknown', ['37.yaml', 'unknown', 'no version']],
    ['a version twice', 'packages/transfer.v2.yaml', 'version: 2', 'version: 1', ['transfer', 'version 1 twice']],
    ['versions out of order', 'packages/transfer.v2.yaml', 'effectiveFrom: 2024-06-01\n', '', ['transfer', 'version 2', 'later']],
    [
      'another target in another version',
      'packages/transfer.v2.yaml',
      'for: house-transfer',
      'for: account',
      ['transfer', 'house-transfer'],
    ],
    [
      'an unknown rule',
      residential,
      'identity-number-sound',
      'identity-number-round',
      [residential, 'item identity', 'identity-number-round'],
    ],
    [
      'a rule version that is not there',
      residential,
      'identity-number-sound',
      'identity-number-sound@7',
      [residential, 'item identity', '@7'],
    ],
    ['CEL that is none', residential, '!metered', '!metered &&', [residential, 'CEL']],
    ['a rule whose CEL is none', 'rules.yaml', 'fact.idValid', 'fact.idValid ==', ['rules.yaml', 'identity-number-sound', 'CEL']],
    ['a word that nothing means', residential, 'legalBasis:', 'legalBases: x\nlegalBasis:', [residential, 'additional']],
    ['text that is no YAML', residential, 'items:', 'items: [', [residential]],
    [
      'an example that comes out otherwise',
      residential,
      'status: lapsed',
      'status: missing',
      [residential, '房屋已转让他人', 'missing', 'lapsed'],
    ],
    [
      'an example whose item comes out otherwise',
      residential,
      'premises: lapsed',
      'premises: missing',
      [residential, '房屋已转让他人', 'premises'],
    ],
    ['an example that leaves an item out', residential, ', premises: lapsed', '', [residential, '房屋已转让他人', 'premises', 'nothing']],
    ['an example of a region that judges otherwise', residential, "'4403'", "'370102'", [residential, '身份证号码校验不符', '37']],
    [
      'an example before its version',
      'packages/transfer.v2.yaml',
      'date: 2024-06-01',
      'date: 2024-05-31',
      ['transfer.v2.yaml', '施行当日', 'version 1'],
    ],
    [
      'evidence that there is none of',
      residential,
      'evidence: {identity: {}',
      'evidence: {identify: {}',
      [residential, '/examples/0/evidence'],
    ],
    [
      'a rule that fails to run on an example',
      'rules.yaml',
      'fact.idValid',
      'fact.nothing.deeper',
      ['packages/ev-charger.yaml', '自有车位', 'judged'],
    ],
  ];
  for (const [what, file, from, to, words] of bad) {
    it(`is refused for ${what}`, () => {
      write(file, replaced(shipped(file), from, to));
      refused(...words);
    });
  }

  it('may break examples where they are not asked for', () => {
    write(residential, replaced(shipped(residential), 'premises: lapsed', 'premises: missing'));
    assert.equal(loadChangedRules(folder('c'), own, { examples: false }).packages.length, contracts.packages.length);
  });

  it('that is the whole of the contracts is loaded as the hub loads its own', () => {
    cpSync(own, folder('whole'), { recursive: true });
    assert.equal(loadContracts(folder('whole')).packages.length, contracts.packages.length);
    rmSync(join(folder('whole'), 'rules.yaml'));
    assert.throws(() => loadContracts(folder('whole')), /rules\.yaml/);
  });
});
