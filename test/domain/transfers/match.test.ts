// Finding the meter account of a house that was sold: by number, by unit, by address and holder, or not.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { matchAccount, sameParty } from '../../../services/domain/transfers/match.ts';
import { account, match as contract, party, transfer } from './facts.ts';
import type { Match } from '../../../services/domain/transfers/match.ts';
import type { MeterAccount, Party } from '../../../services/domain/facts.ts';
import type { Subject } from '../../../services/domain/subject.ts';

const address = ['place', 'building', 'unit', 'room'];
const seller = party('p-seller');
const found = (
  accounts: {
    chosen?: Subject<MeterAccount>;
    byNumber?: Subject<MeterAccount>;
    byUnit?: Subject<MeterAccount>[];
    byAddress?: Subject<MeterAccount>[];
  },
  keys = address,
): Match =>
  matchAccount(
    transfer({ sellers: [seller], addressKeys: keys }).fact,
    {
      chosen: accounts.chosen ?? null,
      byNumber: accounts.byNumber ?? null,
      byUnit: accounts.byUnit ?? [],
      byAddress: accounts.byAddress ?? [],
    },
    contract,
  );

describe('matching a meter account', () => {
  const mine = { holder: seller, addressKeys: address };
  const table: [what: string, accounts: Parameters<typeof found>[0], how: Match['how'], no: string | null][] = [
    [
      "a reviewer's choice, whatever else is known",
      { chosen: account('9'), byNumber: account('1'), byUnit: [account('2')] },
      'chosen',
      '9',
    ],
    [
      "the number, where the reviewer's choice was closed",
      { chosen: account('9', { status: 'closed' }), byNumber: account('1') },
      'consumer-number',
      '1',
    ],
    ['the number in the record', { byNumber: account('1'), byUnit: [account('2')] }, 'consumer-number', '1'],
    ['the number, even of a closed account', { byNumber: account('1', { status: 'closed' }) }, 'consumer-number', '1'],
    ['the only account of the unit', { byUnit: [account('1')] }, 'unit-code', '1'],
    ['the only open account of the unit', { byUnit: [account('1', { status: 'closed' }), account('2')] }, 'unit-code', '2'],
    ['address to the room and the old holder', { byAddress: [account('1', mine)] }, 'address', '1'],
    ['the better of two', { byAddress: [account('1', { addressKeys: address, holder: null }), account('2', mine)] }, 'address', '2'],
    [
      'the better of two of one unit',
      { byUnit: [account('1', { addressKeys: address, holder: null }), account('2', mine)] },
      'address',
      '2',
    ],
    ['address alone: not enough', { byAddress: [account('1', { addressKeys: address, holder: party('p-other') })] }, 'review', null],
    ['the holder alone: not enough', { byAddress: [account('1', { holder: seller, addressKeys: ['elsewhere'] })] }, 'review', null],
    ['two equally good', { byAddress: [account('1', mine), account('2', mine)] }, 'review', null],
    ['a closed account', { byAddress: [account('1', { ...mine, status: 'closed' })] }, 'none', null],
    [
      'nothing in common',
      { byAddress: [account('1', { addressKeys: ['x', 'building', 'unit', 'room'], holder: party('p-other') })] },
      'none',
      null,
    ],
    ['nobody', {}, 'none', null],
  ];
  for (const [what, accounts, how, no] of table) {
    it(`goes by ${what}: ${how}`, () => {
      const match = found(accounts);
      assert.deepEqual([match.how, match.account?.subject ?? null], [how, no]);
    });
  }

  it('scores an address by the finest level to which it agrees without a gap', () => {
    const scores = [['place'], ['place', 'building'], ['place', 'building', 'unit'], address, ['place', 'x', 'unit', 'room'], []].map(
      (keys) => found({ byAddress: [account('1', { addressKeys: keys, holder: seller })] }).score,
    );
    const { place, building, unit, room } = contract.address;
    const wanted = [place, building, unit, room, place, 0].map((level) => Math.round((level + contract.holder) * 1000) / 1000);
    assert.deepEqual(scores, wanted);
  });

  it('shows a reviewer the best first, and not more than the contract says', () => {
    const many = Array.from({ length: 9 }, (_, i) => account(String(i), { addressKeys: address.slice(0, 1 + (i % 3)), holder: null }));
    const match = found({ byAddress: many });
    assert.equal(match.how, 'review');
    assert.equal(match.candidates.length, contract.candidates);
    assert.ok(match.candidates.every(({ score }, i) => i === 0 || score <= match.candidates[i - 1]!.score));
    assert.deepEqual(
      match.candidates.slice(0, 3).map(({ consumerNo, addressLevel, holderIsSeller }) => [consumerNo, addressLevel, holderIsSeller]),
      [
        ['2', 'unit', false],
        ['5', 'unit', false],
        ['8', 'unit', false],
      ],
    );
  });

  it('does not depend on the order in which accounts are found', () => {
    const accounts = [
      account('1', mine),
      account('2', { addressKeys: address, holder: null }),
      account('3', { holder: seller }),
      account('4', { ...mine, status: 'closed' }),
      account('5', mine),
    ];
    const wanted = found({ byAddress: accounts });
    fc.assert(
      fc.property(fc.shuffledSubarray(accounts, { minLength: accounts.length }), (order) =>
        assert.deepEqual(found({ byAddress: order, byUnit: order.slice(0, 2) }), found({ byAddress: accounts, byUnit: order.slice(0, 2) })),
      ),
    );
    assert.equal(wanted.how, 'review');
  });
});

describe('two parties are the same', () => {
  const person = (id: string, changes: Partial<Party> = {}): Party => party(id, { nameKey: 'name-1', ...changes });
  const firm = (id: string, name: string | null): Party => party(id, { kind: 'organisation', name });
  const table: [what: string, a: Party | null, b: Party | null, same: boolean][] = [
    ['under one identity', person('p-1'), person('p-1', { nameKey: null }), true],
    ['by name where one of them has no good number', person('p-1'), person('p-2', { idValid: false }), true],
    ['not by name where both have good numbers', person('p-1'), person('p-2'), false],
    ['not by names that differ', person('p-1'), person('p-2', { idValid: false, nameKey: 'name-2' }), false],
    ['not by names that are not there', person('p-1', { nameKey: null }), person('p-2', { nameKey: null, idValid: false }), false],
    ['under one code', firm('91', '甲'), firm('91', '乙'), true],
    ['under one name', firm('91', '甲公司'), firm('name:甲公司', '甲公司'), true],
    ['not under no name', firm('91', null), firm('92', null), false],
    ['not a person and a firm', person('x'), firm('x', null), false],
    ['not when one is nobody', person('p-1'), null, false],
  ];
  for (const [what, a, b, same] of table) it(what, () => assert.deepEqual([sameParty(a, b), sameParty(b, a)], [same, same]));
});
