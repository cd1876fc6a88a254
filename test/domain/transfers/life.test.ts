// The life of a transfer at a utility: whatever order steps come in, and one step at a time.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addStep } from '../../../services/domain/ledger.ts';
import { transferStep } from '../../../services/domain/transfers/decisions.ts';
import {
  attemptFor,
  decide,
  evolve,
  idempotencyKey,
  lifeAfter,
  notSubmitted,
  utilityStateTitles,
} from '../../../services/domain/transfers/life.ts';
import type { Ledger, Step } from '../../../services/domain/ledger.ts';
import type { TransferStep, TransferStepChange } from '../../../services/domain/own-facts.ts';
import type { UtilityLife, UtilityState, Wish } from '../../../services/domain/transfers/life.ts';

const changes: TransferStepChange[] = [
  'consent-asked',
  'account-chosen',
  'submitting',
  'querying',
  'accepted',
  'returned',
  'unknown',
  'completed',
  'cancelling',
  'cancelled',
  'given-up',
];
const states = Object.keys(utilityStateTitles) as UtilityState[];

const step = (change: TransferStepChange, sequence: number, said: Partial<TransferStep> = {}): Step<TransferStep> => ({
  event: `e${sequence}-${change}-${said.utility ?? 'electricity'}-${said.attempt ?? 1}`,
  time: sequence * 1000,
  sequence,
  fact: transferStep('SL1', change, { utility: 'electricity', attempt: 1, ...said }),
});

const told = (...list: (TransferStepChange | [TransferStepChange, Partial<TransferStep>])[]): UtilityLife =>
  lifeAfter(list.map((entry, i) => (typeof entry === 'string' ? step(entry, i + 1) : step(entry[0], i + 1, entry[1])))).utilities.get(
    'electricity',
  )!;

describe('the life of a transfer at a utility', () => {
  const table: [told: UtilityLife, state: UtilityState, attempt: number][] = [
    [told('submitting'), 'submitting', 1],
    [told('submitting', 'accepted'), 'accepted', 1],
    [told('submitting', 'accepted', 'completed'), 'completed', 1],
    [told('submitting', 'unknown', 'querying'), 'unknown', 1],
    [told('submitting', 'querying', 'submitting', 'accepted'), 'accepted', 1],
    [told('submitting', 'unknown', 'completed'), 'completed', 1],
    [told('submitting', 'returned'), 'returned', 1],
    [told('submitting', 'returned', ['submitting', { attempt: 2 }]), 'submitting', 2],
    [told('submitting', 'accepted', 'cancelling'), 'cancelling', 1],
    [told('submitting', 'accepted', 'cancelling', 'cancelled'), 'cancelled', 1],
    [told('submitting', 'completed', 'cancelling', 'given-up'), 'given-up', 1],
    [told('submitting', 'completed', 'given-up'), 'given-up', 1],
  ];
  for (const [life, state, attempt] of table)
    it(`is ${state} at try ${attempt} after ${life.event}`, () => assert.deepEqual([life.state, life.attempt], [state, attempt]));

  it('is not turned back by a late word', () => {
    assert.equal(told('submitting', 'completed', 'accepted').state, 'completed');
    assert.equal(told('submitting', 'completed', 'unknown').state, 'completed');
    assert.equal(told('submitting', 'accepted', 'unknown').state, 'accepted');
    assert.equal(told('submitting', 'cancelling', 'accepted').state, 'cancelling');
    assert.equal(told('submitting', 'cancelled', 'completed').state, 'cancelled');
    const second = told('submitting', 'returned', ['submitting', { attempt: 2 }], ['completed', { attempt: 1 }]);
    assert.deepEqual([second.state, second.attempt], ['submitting', 2]);
  });

  it('keeps number, account, code and words of the utility', () => {
    const life = told(
      ['submitting', { consumerNo: '1' }],
      ['accepted', { externalNo: 'G1' }],
      ['returned', { code: 'E1', reason: '欠费' }],
    );
    assert.deepEqual([life.consumerNo, life.externalNo, life.code, life.reason], ['1', 'G1', 'E1', '欠费']);
  });

  it('has the latest choice of a reviewer, and who was asked for consent', () => {
    const life = lifeAfter([
      step('consent-asked', 1, { utility: null, attempt: null }),
      step('account-chosen', 2, { utility: null, attempt: null, consumerNo: '1', reason: 'a' }),
      step('account-chosen', 3, { utility: null, attempt: null, consumerNo: '2', reason: 'b' }),
    ]);
    assert.deepEqual([life.asked, life.chosen?.consumerNo, life.utilities.size], ['e1-consent-asked-electricity-1', '2', 0]);
  });
});

/** Any steps, also such as no dispatcher would record. */
const anySteps = fc
  .array(
    fc.record({
      change: fc.constantFrom(...changes),
      sequence: fc.integer({ min: 1, max: 12 }),
      attempt: fc.integer({ min: 1, max: 3 }),
      utility: fc.constantFrom('electricity' as const, 'water' as const),
    }),
    { maxLength: 20 },
  )
  .map((list) => list.map(({ change, sequence, ...said }) => step(change, sequence, said)));

describe('the ledger of a transfer', () => {
  const ledgerOf = (steps: Step<TransferStep>[]): Ledger<TransferStep> | undefined =>
    steps.reduce<Ledger<TransferStep> | undefined>((ledger, each) => addStep(ledger, 'SL1', each), undefined);

  it('gives the same life in whatever order and however often steps arrive', () => {
    fc.assert(
      fc.property(
        anySteps.chain((steps) => fc.tuple(fc.constant(steps), fc.shuffledSubarray([...steps, ...steps], { minLength: steps.length * 2 }))),
        ([steps, shuffled]) => {
          const [first, second] = [lifeAfter(ledgerOf(steps)?.steps ?? []), lifeAfter(ledgerOf(shuffled)?.steps ?? [])];
          assert.deepEqual([...second.utilities].sort(), [...first.utilities].sort());
          assert.deepEqual([second.asked, second.chosen], [first.asked, first.chosen]);
        },
      ),
    );
  });

  it('never goes back to an earlier try', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        let life = notSubmitted('electricity');
        for (const each of steps) {
          const after = evolve(life, each);
          assert.ok(after.attempt >= life.attempt);
          life = after;
        }
      }),
    );
  });
});

describe('deciding the next step', () => {
  const nothing: Wish = { may: false, undone: null, changedAt: 0 };
  const at = (state: UtilityState, time = 5): UtilityLife => ({
    ...notSubmitted('electricity'),
    state,
    attempt: state === 'none' ? 0 : 1,
    time,
  });

  it('submits only what may be, and never while a try is open', () => {
    for (const state of states) {
      assert.notEqual(decide(at(state), nothing), 'submit', state);
      const next = decide(at(state), { ...nothing, may: true });
      assert.equal(next === 'submit', state === 'none' || state === 'cancelled', state);
    }
  });

  it('tries again after a return once something changed', () => {
    assert.equal(decide(at('returned'), { may: true, undone: null, changedAt: 5 }), null);
    assert.equal(decide(at('returned'), { may: true, undone: null, changedAt: 6 }), 'submit');
    assert.equal(decide(at('returned'), { may: false, undone: null, changedAt: 6 }), null);
  });

  it('takes back what is under way, and leaves to people what is done', () => {
    for (const undone of ['title-withdrawn', 'consent-revoked'] as const) {
      const wish = { ...nothing, undone };
      assert.deepEqual(
        states.map((state) => decide(at(state), wish)),
        [null, 'cancel', 'cancel', null, 'cancel', 'give-up', 'cancel', null, null],
      );
    }
    assert.equal(decide(at('accepted'), { ...nothing, undone: 'sold-on' }), 'cancel');
    assert.equal(decide(at('completed'), { ...nothing, undone: 'sold-on' }), null);
  });

  it('asks while the outcome is open', () => {
    for (const state of ['submitting', 'unknown', 'accepted'] as const) assert.equal(decide(at(state), { ...nothing, may: true }), 'query');
  });

  it('never submits under two keys in one try, and under a new key in each', () => {
    const move = fc.record({
      may: fc.boolean(),
      undone: fc.constantFrom(null, 'title-withdrawn' as const, 'consent-revoked' as const, 'sold-on' as const),
      answer: fc.constantFrom<TransferStepChange>('accepted', 'returned', 'unknown', 'completed', 'cancelled', 'given-up'),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 30 }), (moves) => {
        let life = notSubmitted('water');
        let sequence = 0;
        const keys = new Map<number, Set<string>>();
        const take = (change: TransferStepChange, attempt: number): void => {
          life = evolve(life, step(change, ++sequence, { utility: 'water', attempt }));
        };
        for (const { may, undone, answer } of moves) {
          const before = life;
          const next = decide(life, { may, undone, changedAt: sequence * 1000 + 1 });
          if (next === 'submit') {
            const attempt = attemptFor(life);
            assert.equal(attempt, before.attempt + 1, 'a new try only after the one before has ended');
            assert.ok(['none', 'returned', 'cancelled'].includes(before.state));
            keys.set(attempt, (keys.get(attempt) ?? new Set()).add(idempotencyKey('SL1', 'water', attempt)));
            take('submitting', attempt);
          }
          if (next === 'cancel' && life.state !== 'cancelling') take('cancelling', life.attempt);
          if (next === 'give-up') take('given-up', life.attempt);
          if (life.attempt > 0) take(answer, life.attempt);
        }
        for (const used of keys.values()) assert.equal(used.size, 1);
        assert.equal(new Set([...keys.values()].flatMap((used) => [...used])).size, keys.size);
      }),
    );
  });
});
