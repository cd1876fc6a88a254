// Promises of missing items: what may be promised, until when, and what becomes of it.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addStep } from '../../../services/domain/ledger.ts';
import { acceptanceOf } from '../../../services/domain/packages/acceptance.ts';
import { decidePromise, decideWithdrawal } from '../../../services/domain/packages/commitments.ts';
import { judgeAgainOn, withPromises } from '../../../services/domain/packages/judge.ts';
import { dayAfter, startOfDay } from '../../../services/domain/time.ts';
import { contracts } from '../../support/project.ts';
import type { Ledger, Step } from '../../../services/domain/ledger.ts';
import type { Commitment } from '../../../services/domain/own-facts.ts';
import type { CommitmentStep, PromiseWish } from '../../../services/domain/packages/commitments.ts';
import type { Item, Package, Status } from '../../../services/domain/packages/judge.ts';

const type = contracts.packages.find(({ id }) => id === 'high-voltage')!;
const { calendar } = contracts;
const today = '2026-03-02';

const itemOf = (id: string, status: Status, required = true): Item => ({
  ...{ id, status, required, evidence: null, value: null, event: null, validFrom: null, validUntil: null, notices: [] },
  rule: { id: 'stated-by-a-registry', version: 1 },
});
const packageOf = (statuses: Partial<Record<string, Status>>): Package => {
  const items = ['licence', 'premises', 'approval', 'permit'].map((id) => itemOf(id, statuses[id] ?? 'verified'));
  return {
    acceptance: acceptanceOf(items, undefined, today),
    ...{ id: 'high-voltage~s~p', type: 'high-voltage', contractVersion: 1, premises: 'p', rules: 'sha256:0', status: 'missing', items },
    subject: { id: 's', kind: 'organisation' },
  };
};
const lacking = packageOf({ approval: 'missing', permit: 'mismatch' });
const wish: PromiseWish = { items: ['permit', 'approval'], deadline: '2026-03-30', basis: '容缺受理承诺书 2026-17' };

let events = 0;
const put = (ledger: Ledger<Commitment> | undefined, decided: CommitmentStep | { already: string }, on = today): Ledger<Commitment> => {
  assert.ok('fact' in decided);
  const step: Step<Commitment> = { event: `e${events++}`, time: startOfDay(on) + 3_600_000, ...decided };
  return addStep(ledger, lacking.id, step);
};
const promise = (given: Partial<PromiseWish> = {}, ledger?: Ledger<Commitment>, on = today, pack = lacking) =>
  decidePromise({ pack, type, ledger, today: on, calendar, by: 'counter' }, { ...wish, ...given });

describe('a promise', () => {
  it('is taken for items that are missing or do not agree, up to the longest term', () => {
    const decided = promise();
    assert.ok('fact' in decided);
    assert.deepEqual([decided.fact.items, decided.fact.deadline, decided.sequence], [['approval', 'permit'], '2026-03-30', 1]);
    // Twenty working days from Monday 2 March.
    assert.throws(() => promise({ deadline: '2026-03-31' }), /no later than 2026-03-30/);
  });

  const refused: [what: string, given: Partial<PromiseWish>, reason: RegExp, pack?: Package][] = [
    ['nothing', { items: [] }, /at least one/],
    ['an item that the package does not have', { items: ['song'] }, /no item song/],
    ['an item that its contract does not mark', { items: ['licence'] }, /cannot be promised/, packageOf({ licence: 'missing' })],
    ['what is there already', { items: ['premises'] }, /is verified/],
    ['what has lapsed', { items: ['permit'] }, /is lapsed/, packageOf({ permit: 'lapsed' })],
    ['a deadline that is no date', { deadline: '2026-02-30' }, /is a date/],
    ['a deadline that has passed', { deadline: '2026-03-01' }, /has passed/],
    ['an empty basis', { basis: ' ' }, /basis/],
    ['a phone number as basis', { basis: '客户 138 0013 8000 承诺' }, /no identity or phone number/],
  ];
  for (const [what, given, reason, pack] of refused)
    it(`is refused for ${what}`, () => {
      assert.throws(() => promise(given, undefined, today, pack), { code: 'USAGE', message: reason });
    });

  it('is refused where the application type takes none', () => {
    const rename = contracts.packages.find(({ id }) => id === 'rename')!;
    const given = { pack: lacking, type: rename, ledger: undefined, today, calendar, by: 'counter' };
    assert.throws(() => decidePromise(given, wish), /no promise is accepted/);
  });

  it('is the same when it is given again, and not another', () => {
    const ledger = put(undefined, promise());
    assert.deepEqual(promise({ items: ['approval', 'permit'] }, ledger), { already: ledger.steps[0]!.event });
    assert.throws(() => promise({ deadline: '2026-03-27' }, ledger), /promised already; withdraw/);
  });

  it('buys no time by being withdrawn and given again', () => {
    let ledger = put(undefined, promise({ deadline: '2026-03-06' }));
    ledger = put(ledger, decideWithdrawal(ledger, { event: ledger.steps[0]!.event, basis: '更正', by: 'counter' }), '2026-03-09');
    assert.throws(() => promise({ deadline: '2026-03-31' }, ledger, '2026-03-09'), /no later than 2026-03-30/);
    const again = promise({}, ledger, '2026-03-09');
    assert.ok('fact' in again);
    assert.equal(again.sequence, 3);
  });

  it('is withdrawn once, and only where it was made', () => {
    const ledger = put(undefined, promise());
    const { event } = ledger.steps[0]!;
    const after = put(ledger, decideWithdrawal(ledger, { event, basis: '客户放弃', by: 'counter' }));
    assert.deepEqual(decideWithdrawal(after, { event, basis: '客户放弃', by: 'counter' }), { already: after.steps[1]!.event });
    assert.throws(() => decideWithdrawal(ledger, { event: 'other', basis: 'x', by: 'counter' }), { code: 'NOT_FOUND' });
    assert.equal(acceptanceOf(lacking.items, after, today).state, 'incomplete');
  });
});

describe('acceptance', () => {
  const ledger = put(undefined, promise({ items: ['approval'] }));
  const both = put(ledger, promise({ items: ['permit'], deadline: '2026-03-10' }, ledger));
  const on = (statuses: Partial<Record<string, Status>>, date: string, promised: Ledger<Commitment> | null = both) =>
    acceptanceOf(packageOf(statuses).items, promised ?? undefined, date);

  it('says whether what is wanting is promised, and until when', () => {
    const wanting = { approval: 'missing', permit: 'mismatch' } as const;
    assert.equal(on({}, today, null).state, 'complete');
    assert.equal(on(wanting, today, null).state, 'incomplete');
    assert.equal(on(wanting, today, ledger).state, 'incomplete');
    assert.equal(on(wanting, '2026-03-10').state, 'on-promise');
    assert.equal(on(wanting, '2026-03-11').state, 'overdue');
    assert.deepEqual(
      on(wanting, '2026-03-11').promises.map(({ item, state }) => [item, state]),
      [
        ['approval', 'open'],
        ['permit', 'overdue'],
      ],
    );
  });

  it('completes by itself, also after the deadline', () => {
    const late = on({ approval: 'missing' }, '2026-03-11');
    assert.deepEqual([late.state, late.promises.map(({ state }) => state)], ['on-promise', ['open', 'kept']]);
    assert.equal(on({}, '2026-06-01').state, 'complete');
  });

  it('rests on no promise for what has lapsed', () => {
    assert.equal(on({ approval: 'missing', licence: 'lapsed' }, today).state, 'incomplete');
    assert.equal(on({ approval: 'lapsed' }, today).state, 'incomplete');
  });

  it('is judged again on the day after the first deadline that runs', () => {
    const pack = withPromises(lacking, both, today);
    assert.equal(judgeAgainOn(pack, today, dayAfter), '2026-03-11');
    assert.equal(judgeAgainOn(withPromises(lacking, both, '2026-03-11'), '2026-03-11', dayAfter), '2026-03-31');
  });

  it('is the same in whatever order the steps came, and however often', () => {
    const withdrawn = put(both, decideWithdrawal(both, { event: both.steps[0]!.event, basis: 'x', by: 'y' }));
    const steps = withdrawn.steps;
    fc.assert(
      fc.property(
        fc.array(fc.nat(steps.length - 1), { maxLength: 12 }),
        fc.shuffledSubarray([...steps.keys()], { minLength: steps.length }),
        (some, all) => {
          const mixed = [...some, ...all].reduce<Ledger<Commitment> | undefined>(
            (built, i) => addStep(built, lacking.id, steps[i]!),
            undefined,
          );
          assert.deepEqual(acceptanceOf(lacking.items, mixed, today), acceptanceOf(lacking.items, withdrawn, today));
        },
      ),
    );
  });
});
