// Which version judges: by region, then by day; and how rules and contracts in several versions go together.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HubError } from '../../../services/domain/errors.ts';
import { compilePackages } from '../../../services/domain/packages/contract.ts';
import { nextRuleDay, regionOf, typesInForce, typeThatJudged, versionsOn } from '../../../services/domain/packages/in-force.ts';
import { wholeContracts } from '../../../services/domain/packages/overlays.ts';
import type { PackageContract, PackageType, RuleContract } from '../../../services/domain/packages/contract.ts';
import type { PackageOverlay } from '../../../services/domain/packages/overlays.ts';

const title = { zh: '模拟', en: 'simulated' };
const rule = (version: number, effectiveFrom?: string, changes: Partial<RuleContract> = {}): RuleContract => ({
  id: 'good',
  version,
  ...(effectiveFrom === undefined ? {} : { effectiveFrom }),
  text: title,
  holds: `fact.grade >= ${version}`,
  otherwise: 'mismatch',
  ...changes,
});
const item = (id: string, ...rules: string[]): PackageContract['items'][number] => ({ id, title, oneOf: [{ evidence: 'licence', rules }] });
const contract = (version: number, effectiveFrom?: string, changes: Partial<PackageContract> = {}): PackageContract => ({
  id: 'try',
  version,
  ...(effectiveFrom === undefined ? {} : { effectiveFrom }),
  title,
  legalBasis: 'none',
  for: 'project',
  when: 'true',
  items: [item('licence', 'good')],
  ...changes,
});
const overlay = (region: string, changes: Partial<PackageOverlay> = {}): PackageOverlay => ({
  extends: 'try',
  region,
  version: 1,
  legalBasis: `law of ${region}`,
  ...changes,
});
const compiled = (stated: (PackageContract | PackageOverlay)[], rules: RuleContract[] = [rule(1)]): PackageType[] =>
  compilePackages(wholeContracts(stated), rules);
const nameOf = (type: PackageType): string => `${type.version}${type.region === null ? '' : `/${type.region}`}`;
const inForce = (types: PackageType[], region: string | null, date: string): string[] =>
  typesInForce(types, 'project', region, date).map(nameOf);
const refused = (make: () => unknown, ...words: string[]): void =>
  assert.throws(
    make,
    (error) => error instanceof HubError && error.code === 'CONTRACT_INVALID' && words.every((word) => error.message.includes(word)),
    words.join(' '),
  );

describe('the version in force', () => {
  const types = compiled([
    contract(1),
    contract(2, '2027-01-01'),
    overlay('37', { effectiveFrom: '2026-07-01' }),
    overlay('37', { version: 2, effectiveFrom: '2027-06-01' }),
    overlay('3702'),
    overlay('440305'),
  ]);
  const table: [region: string | null, date: string, versions: string[]][] = [
    [null, '2026-12-31', ['1']],
    [null, '2027-01-01', ['2']],
    ['110105', '2027-01-01', ['2']],
    ['370102', '2026-06-30', ['1']],
    ['370102', '2026-07-01', ['1/37']],
    ['370102', '2027-01-01', ['1/37']],
    ['370102', '2027-06-01', ['2/37']],
    ['370211', '2027-06-01', ['1/3702']],
    ['440305', '2027-06-01', ['1/440305']],
    ['440306', '2027-06-01', ['2']],
    ['37', '2026-07-01', ['1/37']],
  ];
  for (const [region, date, versions] of table)
    it(`in ${region ?? 'no region'} on ${date} is ${versions.join()}`, () => assert.deepEqual(inForce(types, region, date), versions));

  it('is none before the first day of the first', () => {
    assert.deepEqual(inForce(compiled([contract(1, '2027-01-01')]), null, '2026-12-31'), []);
  });

  it('is at most one of each contract, whatever the place and the day, and the same whatever the order of files', () => {
    const day = fc.integer({ min: 0, max: 900 }).map((n) => new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10));
    const region = fc.constantFrom(null, '110105', '370102', '370211', '440305');
    fc.assert(
      fc.property(
        region,
        day,
        fc.shuffledSubarray(types, { minLength: types.length, maxLength: types.length }),
        (where, date, shuffled) => {
          const [one, other] = [inForce(types, where, date), inForce(shuffled, where, date)];
          assert.equal(one.length, 1);
          assert.deepEqual(other, one);
        },
      ),
    );
  });

  it('is told for the whole country and for each region that has its own', () => {
    assert.deepEqual(versionsOn(types, '2026-08-01', null).map(nameOf).sort(), ['1', '1/37', '1/3702', '1/440305']);
    assert.deepEqual(versionsOn(types, '2026-08-01', '370102').map(nameOf), ['1/37']);
  });

  it('begins on a day that can be waited for', () => {
    assert.deepEqual(
      [
        nextRuleDay(types, '0000-01-01', '2027-12-31'),
        nextRuleDay(types, '2026-07-01', '2027-12-31'),
        nextRuleDay(types, '2027-01-01', '2027-05-31'),
        nextRuleDay(types, '2027-06-01', '9999-12-31'),
      ],
      ['2026-07-01', '2027-01-01', null, null],
    );
  });

  it('is found again by its digest, or by its id where the contracts hold it no longer', () => {
    for (const type of types) assert.equal(typeThatJudged(types, { type: 'try', rules: type.digest }), type);
    assert.equal(nameOf(typeThatJudged(types, { type: 'try', rules: 'sha256:gone' })!), '2');
  });
});

describe('rules in several versions', () => {
  const rules = [rule(1), rule(2, '2026-05-01'), rule(3, '2027-05-01')];
  const ruleAt = (types: PackageType[], date: string): string => {
    const [type] = typesInForce(types, 'project', null, date);
    const { id, version } = type!.items[0]!.oneOf[0]!.rules[0]!;
    return `${type!.version}: ${id}@${version} since ${type!.since}`;
  };

  it('judge from their own day on where a contract names them by id, and the contract stays what it is', () => {
    const types = compiled([contract(1), contract(2, '2027-01-01')], rules);
    assert.deepEqual(
      ['2026-04-30', '2026-05-01', '2026-12-31', '2027-01-01', '2027-04-30', '2027-05-01'].map((date) => ruleAt(types, date)),
      [
        '1: good@1 since try@1',
        '1: good@2 since good@2',
        '1: good@2 since good@2',
        '2: good@2 since try@2',
        '2: good@2 since try@2',
        '2: good@3 since good@3',
      ],
    );
    assert.equal(nextRuleDay(types, '2026-01-01', '2028-01-01'), '2026-05-01');
  });

  it('stay as they are where a contract names them with a version', () => {
    const types = compiled([contract(1, undefined, { items: [item('licence', 'good@2')] })], rules);
    assert.equal(types.length, 1);
    assert.equal(ruleAt(types, '2026-01-01'), '1: good@2 since try@1');
  });

  it('are refused out of order, twice, or where none is in force or there at all', () => {
    refused(() => compiled([contract(1)], [rule(1), rule(1, '2026-01-01')]), 'good', 'version 1 twice');
    refused(() => compiled([contract(1)], [rule(1, '2026-01-01'), rule(2, '2026-01-01')]), 'good', 'version 2', 'later');
    refused(() => compiled([contract(1)], [rule(1), rule(2)]), 'good', 'version 2', 'later');
    refused(() => compiled([contract(1)], [rule(1, '2026-01-01')]), 'try@1', 'licence', 'no version is in force');
    refused(() => compiled([contract(1, undefined, { items: [item('licence', 'good@9')] })]), 'try@1', 'licence', 'good@9');
  });
});

describe('a region', () => {
  const national = contract(1, undefined, { items: [item('licence', 'good'), item('title', 'good'), item('list', 'good')] });
  const idsOf = (types: PackageType[]): string[] => types.find(({ region }) => region !== null)!.items.map(({ id }) => id);

  it('says only what differs: items replaced in place, left out and added', () => {
    const changes = { items: [{ ...item('title', 'good'), requiredWhen: 'false' }, item('extra', 'good')], without: ['list'] };
    const types = compiled([national, overlay('37', { ...changes, title: { zh: '山东', en: 'Shandong' } })]);
    const type = types.find(({ region }) => region === '37')!;
    assert.deepEqual(idsOf(types), ['licence', 'title', 'extra']);
    assert.deepEqual([type.title.zh, type.legalBasis, type.target, type.since], ['山东', 'law of 37', 'project', 'try@1/37']);
    assert.deepEqual(
      type.items.map((each) => each.required({})),
      [true, false, true],
    );
  });

  it('is laid over the national version in force on its first day, and follows later ones only when it says so', () => {
    const second = contract(2, '2027-01-01', { items: [item('licence', 'good'), item('new', 'good')] });
    assert.deepEqual(idsOf(compiled([national, second, overlay('37', { effectiveFrom: '2026-12-31' })])), ['licence', 'title', 'list']);
    assert.deepEqual(idsOf(compiled([national, second, overlay('37', { effectiveFrom: '2027-01-01' })])), ['licence', 'new']);
  });

  it('is refused where there is nothing to lay it over, or what it leaves out is not there', () => {
    refused(() => compiled([national, overlay('37', { extends: 'none' })]), 'none@1/37', 'no version');
    refused(() => compiled([contract(1, '2027-01-01'), overlay('37')]), 'try@1/37', 'no version');
    refused(() => compiled([national, overlay('37', { without: ['nothing'] })]), 'try@1/37', 'nothing');
    refused(() => compiled([national, overlay('37', { without: ['title'], items: [item('title', 'good')] })]), 'try@1/37', 'title');
    refused(() => compiled([national, overlay('37'), overlay('37')]), 'version 1 twice');
    refused(() => compiled([national, contract(2)]), 'version 2', 'later');
    refused(() => compiled([national, contract(2, '2027-01-01', { for: 'account' })]), 'try@2', 'account');
  });

  it('of a dossier is in the codes of its premises, and null where nothing says so', () => {
    const fact = (unitCode: string | null) => [{ fact: { unitCode }, event: 'e', time: 0, validUntil: null, conflicts: [], value: '' }];
    const unit = '370102001001GB00001F00010001';
    assert.deepEqual(
      [
        regionOf('held-property', { premises: unit, evidence: {} }),
        regionOf('project', { premises: '2106-220203-04-01-950623', evidence: {} }),
        regionOf('house-transfer', { premises: 'case', evidence: { transfer: fact(unit) } }),
        regionOf('house-transfer', { premises: 'case', evidence: { transfer: fact(null) } }),
        regionOf('account', { premises: '3701020000001', evidence: { account: fact(unit) } }),
        regionOf('account', { premises: '3701020000001', evidence: { account: fact(null) } }),
        regionOf('held-property', { premises: 'unknown', evidence: {} }),
        regionOf('project', { premises: '常发改核(2018)6号', evidence: {} }),
      ],
      ['370102', '220203', '370102', null, '370102', null, null, null],
    );
  });
});

describe('the digest of a rule set', () => {
  const digests = (stated: (PackageContract | PackageOverlay)[], rules?: RuleContract[]): string[] =>
    compiled(stated, rules).map(({ digest }) => digest);
  const [digest] = digests([contract(1)]);

  it('is the same for the same contract, whatever stands beside it', () => {
    assert.match(digest!, /^sha256:[0-9a-f]{64}$/);
    const example = { title: 'x', date: '2026-01-01', subject: 'person', evidence: {}, expect: 'none' } as const;
    const same: [PackageContract, RuleContract[]][] = [
      [contract(1, undefined, { examples: [example] }), [rule(1)]],
      [contract(1, undefined, { file: 'elsewhere.yaml' }), [rule(1)]],
      [contract(1), [rule(1), rule(1, undefined, { id: 'other' })]],
      [contract(1), [rule(1), rule(2, '2099-01-01')]],
    ];
    for (const [stated, rules] of same) assert.equal(compiled([stated], rules).at(-1)!.digest, digest);
  });

  it('is another one whenever contract, item, text, CEL or version is', () => {
    const others = [
      digests([contract(2)]),
      digests([contract(1, '2026-01-01')]),
      digests([contract(1, undefined, { legalBasis: 'another' })]),
      digests([contract(1, undefined, { when: 'false' })]),
      digests([contract(1, undefined, { items: [item('other', 'good')] })]),
      digests([contract(1, undefined, { items: [{ ...item('licence', 'good'), requiredWhen: 'true' }] })]),
      digests([contract(1)], [rule(2)]),
      digests([contract(1)], [rule(1, undefined, { holds: 'true' })]),
      digests([contract(1)], [rule(1, undefined, { otherwise: 'lapsed' })]),
      digests([contract(1)], [rule(1, undefined, { text: { zh: '别的', en: 'other' } })]),
      digests([contract(1), overlay('37')]).slice(1),
    ].flat();
    assert.equal(new Set([digest, ...others]).size, others.length + 1);
  });
});
