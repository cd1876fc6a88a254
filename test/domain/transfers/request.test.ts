// The joint transfer request: each status, each block and each notice.
import assert from 'node:assert/strict';
import { lifeAfter } from '../../../services/domain/transfers/life.ts';
import { requestOf, requestStatuses } from '../../../services/domain/transfers/request.ts';
import { account, match as contract, party, property, transfer } from './facts.ts';
import type { Match } from '../../../services/domain/transfers/match.ts';
import type { MeterAccount } from '../../../services/domain/facts.ts';
import type { Subject } from '../../../services/domain/subject.ts';
import type { RequestFacts, TransferRequest } from '../../../services/domain/transfers/request.ts';

const matched = (by: Subject<MeterAccount> = account('1')): Match => ({ how: 'consumer-number', account: by, score: 1, candidates: [] });
const unmatched = (how: 'review' | 'none'): Match => ({ how, account: null, score: 0, candidates: [] });
const request = (changes: Partial<RequestFacts> = {}): TransferRequest | null =>
  requestOf({
    transfer: transfer(),
    match: matched(),
    property: property(),
    soldOn: false,
    consents: [],
    steps: lifeAfter([]),
    contract,
    ...changes,
  });
const codes = (remarks: { code: string }[]): string[] => remarks.map(({ code }) => code);

describe('a joint transfer request', () => {
  it('does not exist before the register entry', () => {
    for (const said of [['accepted'], ['accepted', 'withdrawn'], ['accepted', 'consented'], ['corrected']])
      assert.equal(request({ transfer: transfer({ status: 'accepted' }, said) }), null, said.join());
  });

  it('exists from the register entry on, whatever follows', () => {
    for (const said of [
      ['registered'],
      ['accepted', 'registered', 'certified'],
      ['certified'],
      ['registered', 'rescinded'],
      ['rescinded'],
      ['registered', 'rescinded', 'restored'],
      ['registered', 'corrected'],
    ])
      assert.notEqual(request({ transfer: transfer({}, said) }), null, said.join());
  });

  const moved = account('1', { holder: party('p-buyer') });
  const table: [status: TransferRequest['status'], what: string, changes: Partial<RequestFacts>][] = [
    ['ready', 'nothing stands in the way', {}],
    ['ready', 'the property register is not known', { property: null }],
    ['blocked', 'something stands in the way', { transfer: transfer({ consent: null }) }],
    ['review', 'a person must choose the account', { match: unmatched('review') }],
    ['unmatched', 'no account is known', { match: unmatched('none') }],
    ['completed', 'the account is the buyer’s', { match: matched(moved) }],
    ['completed', 'the account is the buyer’s, though the house was sold on', { match: matched(moved), soldOn: true }],
    ['superseded', 'the house was sold on', { soldOn: true }],
    ['superseded', 'the house was sold on and no account is known', { soldOn: true, match: unmatched('none') }],
    ['withdrawn', 'the entry was rescinded', { transfer: transfer({ status: 'rescinded' }) }],
    [
      'withdrawn',
      'the entry was withdrawn, though the account had moved',
      { transfer: transfer({ status: 'withdrawn' }), match: matched(moved) },
    ],
  ];
  for (const [status, what, changes] of table) it(`is ${status} when ${what}`, () => assert.equal(request(changes)!.status, status));

  it('has no status but these', () => {
    assert.deepEqual(new Set(table.map(([status]) => status)), new Set(requestStatuses));
  });

  const blocks: [code: string, changes: Partial<RequestFacts>, event: string | null][] = [
    ['consent-missing', { transfer: transfer({ consent: null }) }, null],
    ['consent-refused', { transfer: transfer({ consent: false }) }, 'event-SL1'],
    ['no-buyer', { transfer: transfer({ buyers: [] }) }, 'event-SL1'],
    ['arrears', { match: matched(account('1', { arrears: '0.01' })) }, 'event-1'],
    ['account-closed', { match: matched(account('1', { status: 'closed' })) }, 'event-1'],
    ['holder-differs', { match: matched(account('1', { holder: party('p-other') })) }, 'event-1'],
    ['holder-differs', { match: matched(account('1', { holder: null })) }, 'event-1'],
    ['seized', { property: property({ seized: true }) }, 'event-U'],
  ];
  for (const [code, changes, event] of blocks) {
    it(`is blocked by ${code}, with the event that says so`, () => {
      const made = request(changes)!;
      assert.deepEqual(made.blocks, [{ code, event }]);
      assert.equal(made.status, 'blocked');
    });
  }

  const notices: [code: string, changes: Partial<RequestFacts>][] = [
    ['mortgaged', { property: property({ mortgaged: true }) }],
    ['mortgaged', { property: null, transfer: transfer({ mortgaged: true }) }],
    ['disputed', { property: property({ disputed: true }) }],
    ['register-not-updated', { property: property({ holders: [party('p-seller')] }) }],
  ];
  for (const [code, changes] of notices) {
    it(`is only told of ${code}`, () => {
      const made = request(changes)!;
      assert.deepEqual([codes(made.notices), made.blocks, made.status], [[code], [], 'ready']);
    });
  }

  it('is not blocked by what is owed back, by unknown arrears, or by a holder that is a buyer already', () => {
    for (const arrears of ['0', '0.00', '-5.00', null])
      assert.deepEqual(request({ match: matched(account('1', { arrears })) })!.blocks, []);
    assert.deepEqual(request({ match: matched(account('1', { holder: party('p-buyer') })) })!.blocks, []);
  });

  it('tells everything that stands in the way at once', () => {
    const made = request({
      transfer: transfer({ consent: null, buyers: [] }),
      match: matched(account('1', { arrears: '3', status: 'closed', holder: party('p-x') })),
      property: property({ seized: true, mortgaged: true, disputed: true, holders: [] }),
    })!;
    assert.deepEqual(codes(made.blocks), ['no-buyer', 'consent-missing', 'arrears', 'account-closed', 'holder-differs', 'seized']);
    assert.deepEqual(codes(made.notices), ['mortgaged', 'disputed']);
  });

  it('carries parties, property, meter and when it was entered', () => {
    const made = request()!;
    assert.deepEqual([made.id, made.sellers[0]!.id, made.buyers[0]!.id], ['SL1', 'p-seller', 'p-buyer']);
    assert.deepEqual(made.property, { unitCode: 'U', certificateNo: null, area: null, registeredOn: '2027-01-01', event: 'event-U' });
    assert.deepEqual(made.meter, { consumerNo: '1', how: 'consumer-number', score: 1, arrears: '0.00', event: 'event-1' });
    assert.deepEqual([made.entered, made.event], [1, 'event-SL1']);
    assert.equal(request({ property: null })!.property.event, 'event-SL1');
  });
});
