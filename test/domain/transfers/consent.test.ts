// Consent: what its stream amounts to on a date, and whether a joint transfer may rest on it.
import assert from 'node:assert/strict';
import { HubError } from '../../../services/domain/errors.ts';
import { addStep } from '../../../services/domain/ledger.ts';
import { consentOf, consentToTransfer } from '../../../services/domain/transfers/consent.ts';
import { consentIdOf, decideChoice, decideGrant, decideRevocation } from '../../../services/domain/transfers/decisions.ts';
import { account, party, transfer } from './facts.ts';
import type { Ledger } from '../../../services/domain/ledger.ts';
import type { Authorisation, TransferStep } from '../../../services/domain/own-facts.ts';
import type { Consent } from '../../../services/domain/transfers/consent.ts';
import type { ConsentWish, Decided } from '../../../services/domain/transfers/decisions.ts';

const buyer = `p-${'b'.repeat(22)}`;
const wish: ConsentWish = { grantor: buyer, scope: 'joint-transfer', object: 'SL1', utilities: [], validUntil: null, basis: 'form 1' };
const usage = (error: unknown): boolean => error instanceof HubError && error.code === 'USAGE';

function ledgerOf(...facts: Authorisation[]): Ledger<Authorisation> {
  return facts.reduce<Ledger<Authorisation> | undefined>(
    (ledger, fact, i) =>
      addStep(ledger, 'c-1', { event: `e${i}`, time: (i + 1) * 1000, sequence: fact.change === 'granted' ? 1 : 2, fact }),
    undefined,
  )!;
}
const granted: Authorisation = { change: 'granted', record: 'c-1', ...wish, by: 'operator' };
const revoked: Authorisation = { ...granted, change: 'revoked', basis: 'form 2' };

describe('a consent', () => {
  it('holds until its last day has passed', () => {
    const ledger = ledgerOf({ ...granted, validUntil: '2027-01-31' });
    assert.deepEqual(
      ['2027-01-31', '2027-02-01'].map((date) => consentOf(ledger, date).state),
      ['granted', 'expired'],
    );
  });

  it('is revoked for good, in whatever order its events come', () => {
    for (const ledger of [ledgerOf(granted, revoked), ledgerOf(revoked, granted), ledgerOf(revoked)])
      assert.deepEqual([consentOf(ledger, '2027-01-01').state, consentOf(ledger, '2027-01-01').basis], ['revoked', 'form 2']);
  });
});

describe('taking a consent', () => {
  const taken = (changes: Partial<ConsentWish>, ledger?: Ledger<Authorisation>): Decided<Authorisation> =>
    decideGrant(ledger, { ...wish, ...changes }, 'operator', '2027-01-01');

  it('gives the same consent for the same wish, and another for another form', () => {
    assert.equal(consentIdOf(wish), consentIdOf({ ...wish }));
    assert.notEqual(consentIdOf(wish), consentIdOf({ ...wish, basis: 'form 9' }));
    assert.deepEqual(taken({}, ledgerOf(granted)), { already: 'e0' });
  });

  it('takes a pseudonym or the code of an organisation, and nothing that names a person', () => {
    assert.ok('fact' in taken({ grantor: '91110000802100433B' }));
    for (const grantor of ['110101199003070134', '张三', '', 'p-short']) assert.throws(() => taken({ grantor }), usage, grantor);
  });

  it('refuses what names no case, has passed, or would keep a number for ever', () => {
    for (const changes of [
      { object: null },
      { validUntil: '2026-12-31' },
      { validUntil: '2027-02-30' },
      { basis: '电话 139 1234 5678' },
      { basis: ' ' },
    ])
      assert.throws(() => taken(changes), usage, JSON.stringify(changes));
    assert.ok('fact' in taken({ scope: 'data-use', object: null }));
  });

  it('does not grant again what was revoked', () => {
    assert.throws(() => taken({}, ledgerOf(granted, revoked)), usage);
  });

  it('revokes once, repeating what it revokes', () => {
    const decided = decideRevocation(ledgerOf(granted), 'form 2', 'operator');
    assert.deepEqual(decided, { fact: revoked, sequence: 2 });
    assert.deepEqual(decideRevocation(ledgerOf(granted, revoked), 'form 3', 'operator'), { already: 'e1' });
    assert.throws(() => decideRevocation(undefined, 'form 2', 'operator'), /no consent/);
  });
});

describe('choosing an account', () => {
  const choice = { consumerNo: '1', reason: '现场核实', by: 'reviewer' };

  it('takes an account that is known and open, with a reason', () => {
    const decided = decideChoice('SL1', undefined, account('1').fact, choice) as { fact: TransferStep; sequence: number };
    assert.deepEqual(
      [decided.fact.change, decided.fact.consumerNo, decided.fact.reason, decided.sequence],
      ['account-chosen', '1', '现场核实', 1],
    );
    assert.throws(() => decideChoice('SL1', undefined, null, choice), usage);
    assert.throws(() => decideChoice('SL1', undefined, account('1', { status: 'closed' }).fact, choice), usage);
    assert.throws(() => decideChoice('SL1', undefined, account('1').fact, { ...choice, reason: '13912345678' }), usage);
  });
});

describe('consent to a joint transfer', () => {
  const [one, two] = [party(buyer), party(`p-${'c'.repeat(22)}`)];
  const consent = (changes: Partial<Consent> = {}): Consent => ({
    id: 'c-1',
    ...wish,
    by: 'operator',
    state: 'granted',
    event: 'g',
    time: 10_000,
    ...changes,
  });
  const stateOf = (
    consents: Consent[],
    {
      ticked = null,
      whose = 'holder',
      utility = 'electricity',
    }: { ticked?: boolean | null; whose?: 'holder' | 'all'; utility?: 'electricity' | 'water' } = {},
  ): string => consentToTransfer(transfer({ buyers: [one, two], consent: ticked }), consents, utility, whose).state;

  const table: [expected: string, what: string, consents: Consent[], options?: Parameters<typeof stateOf>[1]][] = [
    ['missing', 'nobody said anything', []],
    ['given', 'the register has it ticked', [], { ticked: true }],
    ['declined', 'the register has it crossed', [], { ticked: false }],
    ['given', 'the new holder granted it', [consent()]],
    ['given', 'it was granted after the register had it crossed', [consent()], { ticked: false }],
    ['revoked', 'it was revoked', [consent({ state: 'revoked' })]],
    ['revoked', 'it was revoked, though the register has it ticked', [consent({ state: 'revoked' })], { ticked: true }],
    ['given', 'it was granted anew after a revocation', [consent({ state: 'revoked' }), consent({ id: 'c-2', event: 'h', time: 11_000 })]],
    ['revoked', 'the later of two was revoked', [consent(), consent({ id: 'c-2', event: 'h', time: 11_000, state: 'revoked' })]],
    ['expired', 'it has expired', [consent({ state: 'expired' })]],
    ['given', 'it has expired, yet the register has it ticked', [consent({ state: 'expired' })], { ticked: true }],
    ['missing', 'it was granted for another case', [consent({ object: 'SL2' })]],
    ['missing', 'it was granted for data use', [consent({ scope: 'data-use' })]],
    ['missing', 'it was granted for water only', [consent({ utilities: ['water'] })]],
    ['given', 'it was granted for water, which is meant', [consent({ utilities: ['water'] })], { utility: 'water' }],
    ['missing', 'the other buyer granted it', [consent({ grantor: two.id })]],
    ['missing', 'one of two granted it where it takes all', [consent()], { whose: 'all' }],
    ['given', 'both granted it where it takes all', [consent(), consent({ grantor: two.id })], { whose: 'all' }],
    ['revoked', 'one of two revoked it where it takes all', [consent(), consent({ grantor: two.id, state: 'revoked' })], { whose: 'all' }],
  ];
  for (const [expected, what, consents, options] of table)
    it(`is ${expected} when ${what}`, () => assert.equal(stateOf(consents, options), expected));

  it('is declined when the register crosses it after it was granted', () => {
    const crossed = { ...transfer({ buyers: [one], consent: false }), time: 20_000 };
    assert.equal(consentToTransfer(crossed, [consent()], 'electricity', 'holder').state, 'declined');
  });

  it('names the event and the form it rests on', () => {
    const given = consentToTransfer(transfer({ buyers: [one] }), [consent()], 'electricity', 'holder');
    assert.deepEqual(given, { state: 'given', event: 'g', basis: 'form 1' });
    assert.equal(consentToTransfer(transfer({ buyers: [one] }), [], 'electricity', 'holder').basis, 'register');
  });
});
