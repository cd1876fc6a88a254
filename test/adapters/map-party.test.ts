// Parties of a fact: organisations in the clear, persons as pseudonyms and sealed boxes.
import assert from 'node:assert/strict';
import { mapParty } from '../../services/adapters/map-party.ts';
import { makeCitizenId, makeUscc } from '../../services/domain/identifiers/make.ts';
import { keysInMemory } from '../support/simulated-events.ts';
import type { MappedParty } from '../../services/adapters/map-party.ts';
import type { PersonKeys } from '../../services/ports/person-keys.ts';

const source = { name: 'name', idType: 'type', idNumber: 'number', phone: 'phone', share: 'share' };
const uscc = makeUscc('110108', 'XX000001');
const citizen = makeCitizenId('110101', '19700101', '001');
const badCitizen = citizen.slice(0, 17) + (citizen.endsWith('1') ? '2' : '1');

describe('a party', () => {
  let keys: PersonKeys;
  beforeEach(() => {
    keys = keysInMemory();
  });
  afterEach(() => keys.close());
  const map = (record: Record<string, unknown>, scope = 'house-transfer\0SL1'): MappedParty | null =>
    mapParty(source, record, { keys, address: '模拟路1号', scope });

  const kinds: [what: string, record: Record<string, unknown>, kind: string, idType: string, valid: boolean][] = [
    ['a code of 001', { name: '模拟公司', type: '001', number: uscc }, 'organisation', 'uscc', true],
    ['a licence by its Chinese name', { name: '模拟公司', type: '营业执照', number: uscc }, 'organisation', 'uscc', true],
    ['a unified social credit code without a type', { name: '模拟甲', number: uscc }, 'organisation', 'uscc', true],
    ['a bad code without a type but a company name', { name: '模拟有限公司', number: '123' }, 'organisation', 'uscc', false],
    ['a company name alone', { name: '模拟（测试）有限公司' }, 'organisation', 'uscc', false],
    ['a branch in brackets', { name: '模拟有限公司（北京）' }, 'organisation', 'uscc', false],
    ['a citizen number', { name: '甲', type: '111', number: citizen }, 'person', 'citizen-id', true],
    ['a citizen number without a type', { name: '甲', number: citizen }, 'person', 'citizen-id', true],
    [
      'a citizen number in small letters and blanks',
      { name: '甲', type: '身份证', number: ` ${citizen.toLowerCase()} ` },
      'person',
      'citizen-id',
      true,
    ],
    ['a citizen number with a bad check', { name: '甲', type: '111', number: badCitizen }, 'person', 'citizen-id', false],
    ['a passport', { name: 'A B', type: '414', number: 'XX0000001' }, 'person', 'passport', true],
    ['a type nobody knows', { name: '甲', type: '777', number: 'X1' }, 'person', 'other-person', true],
    ['a type that is a word of the language', { name: '甲', type: 'constructor', number: 'X1' }, 'person', 'other-person', true],
    ['a person by name alone', { name: '模拟甲' }, 'person', 'other-person', false],
  ];
  for (const [what, record, kind, idType, valid] of kinds) {
    it(`is known by ${what}`, async () => {
      const { party } = map(record)!;
      assert.deepEqual([party.kind, party.idType, party.idValid], [kind, idType, valid]);
      if (kind === 'person') {
        assert.match(party.id, /^p-[\w-]{22}$/);
        assert.equal(party.name, null);
        await keys.save();
        assert.equal((await keys.open(party.id, party.sealed!.box))?.address, '模拟路1号');
      } else {
        assert.equal(party.sealed, null);
        assert.equal(party.nameKey, null);
        assert.equal(party.name, record['name']);
      }
    });
  }

  it('is nobody where neither name nor number stands', () => {
    for (const record of [
      {},
      { name: '', number: '/' },
      { name: '无', type: '111', phone: '1' },
      { name: null },
      { name: {} },
      { name: ['甲'] },
    ])
      assert.equal(map(record), null);
  });

  it('warns of a number that fails its check, and of a person without one', () => {
    assert.deepEqual(map({ name: '甲', type: '111', number: badCitizen })!.warning, 'identity-number-check');
    assert.equal(map({ name: '甲' })!.warning, 'no-identity-number');
    assert.equal(
      map({ name: '模拟公司', type: '001', number: uscc.replace(/.$/, (check) => (check === '0' ? '1' : '0')) })!.warning,
      'organisation-code-check',
    );
    assert.equal(map({ name: '甲', type: '111', number: citizen })!.warning, undefined);
  });

  it('is the same person under one number, however it is written', () => {
    const id = map({ name: '甲', type: '111', number: citizen })!.party.id;
    for (const record of [
      { name: '乙', type: '居民身份证', number: citizen.toLowerCase() },
      { name: '甲', number: citizen },
      { number: ` ${citizen}` },
    ])
      assert.equal(map(record)!.party.id, id);
    assert.notEqual(map({ name: '甲', type: '414', number: citizen })!.party.id, id);
  });

  it('is told apart by the record where only a name is known, and compared by a token of the name', () => {
    const [here, there] = [map({ name: '模拟 甲' }, 'a\0' + '1')!.party, map({ name: '模拟甲' }, 'a\0' + '2')!.party];
    assert.notEqual(here.id, there.id);
    assert.equal(here.nameKey, there.nameKey);
    assert.ok(!here.nameKey!.includes('模拟'));
  });

  it('is an organisation of its normalised name where the code is missing or bad', () => {
    assert.equal(map({ name: '模拟（测试）有限公司 ' })!.party.id, 'name:模拟(测试)有限公司');
    assert.equal(map({ name: '模拟公司', type: '001', number: '坏' })!.party.id, 'name:模拟公司');
  });
});
