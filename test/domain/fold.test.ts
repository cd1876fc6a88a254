// The fold of a subject (law 5) at its smallest: cases in words, and generated histories against a plain reading of the law.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addState, foldFirst, foldStates } from '../../services/domain/fold.ts';
import { sortStates } from '../../services/domain/states.ts';
import { historyOf } from '../../services/domain/subject-history.ts';
import type { Fact } from '../../services/domain/facts.ts';
import type { Folded } from '../../services/domain/fold.ts';
import type { Subject } from '../../services/domain/subject.ts';
import type { State } from '../../services/domain/states.ts';

const day = (date: string): number => Date.parse(`${date}T00:00:00+08:00`);

/** One state of an entry in the register: `YW-1` of version 1 on a day, held by A, unless it says otherwise. */
const state = (event: string, record: string, sequence: number | null, date: string, more: Partial<State> = {}): State => ({
  ...{ event, source: 'property-right', record, corrects: null, sequence, time: day(date), change: 'registered' },
  ...{ correction: more.change === 'corrected', ends: false, evidence: `sha256:${event}`, contract: 1, reader: 0, person: false },
  ...{ name: null, parties: [] },
  ...more,
});
const factOf = (event: string): Fact => ({ of: event }) as unknown as Fact;
const fold = (states: readonly State[], retired: string[] = [], before?: number): Subject | undefined =>
  foldStates('s', states, factOf, new Set(retired), before)?.body;
const held = (states: readonly State[], retired: string[] = [], before?: number): string | undefined =>
  fold(states, retired, before)?.event;
const endOf = (date: string): number => day(date) + 86_400_000;

describe('what holds of a subject', () => {
  const a1 = state('a1', 'YW-1', 1, '2024-01-01');
  const b1 = state('b1', 'YW-2', 1, '2025-03-01');
  const a2 = state('a2', 'YW-1', 2, '2025-06-01', { change: 'corrected' });

  it('is not displaced by a late correction of an earlier entry', () => {
    assert.equal(held([a1, b1, a2]), 'b1');
    assert.equal(held([a1, b1, a2], [], endOf('2024-06-01')), 'a2');
  });

  it('passes to the next entry when one is closed, also within one second', () => {
    const closed = state('a2', 'YW-1', 2, '2024-05-01', { change: 'changed', ends: true });
    const next = state('b1', 'YW-2', 1, '2024-04-01');
    assert.equal(held([a1, closed, next]), 'b1');
    assert.equal(held([a1, closed, next], [], endOf('2024-03-15')), 'a1');
    const [sameOpen, sameClosed] = [state('a1', 'YW-1', 1, '2024-04-01'), state('a2', 'YW-1', 2, '2024-04-01', { ends: true })];
    assert.equal(held([sameOpen, sameClosed, next]), 'b1');
    // Also where the closed entry would come last by its number.
    assert.equal(held([{ ...sameOpen, record: 'YW-9' }, { ...sameClosed, record: 'YW-9' }, next]), 'b1');
  });

  it('is not displaced by an ordinary change that follows a late correction', () => {
    assert.equal(held([a1, b1, a2, state('a3', 'YW-1', 3, '2024-08-01', { change: 'changed' })]), 'b1');
  });

  it('is reversed by a record that names another, whatever the versions', () => {
    const b2 = state('b2', 'YW-2', 2, '2025-04-01', { change: 'changed' });
    const c1 = state('c1', 'YW-3', 1, '2025-05-01', { change: 'cancelled', ends: true, corrects: 'YW-2' });
    assert.equal(held([a1, b1, b2, c1]), 'c1');
    // The reversal is the newest version, whatever its time says.
    assert.equal(held([a1, b1, b2, { ...c1, time: day('2025-03-15') }]), 'c1');
    assert.deepEqual(fold([a1, b1, b2, c1])!.waiting, []);
  });

  it('holds until the day on which it is revoked', () => {
    const registered = state('r1', 'L', 1, '2010-05-05');
    const revoked = state('r2', 'L', 2, '2024-03-01', { change: 'revoked' });
    assert.equal(held([registered, revoked], [], endOf('2024-02-01')), 'r1');
    assert.equal(held([registered, revoked], [], endOf('2024-03-02')), 'r2');
  });

  it('is not seized once a seizure of its own number is released, though another entry was made meanwhile', () => {
    const seized = state('s1', 'CF-1', 1, '2024-02-01', { change: 'seized' });
    const changed = state('b1', 'YW-2', 1, '2024-03-01', { change: 'changed' });
    const released = state('s2', 'CF-1', 2, '2024-04-01', { change: 'released' });
    assert.equal(held([a1, seized, changed, released]), 's2');
  });

  it('is the seller’s again when a new entry gives it back and names nothing, and that is told', () => {
    const [sold, back] = [{ ...b1, parties: ['B'] }, state('c1', 'YW-3', 1, '2025-06-01', { change: 'corrected', parties: ['A'] })];
    const after = fold([{ ...a1, parties: ['A'] }, sold, back])!;
    assert.deepEqual([after.event, after.displaced], ['c1', 'b1']);
    assert.equal(fold([a1, sold, { ...back, correction: false }])!.displaced, null, 'an ordinary entry displaces in order');
    assert.equal(fold([a1, sold, { ...back, parties: ['B'] }])!.displaced, null, 'the same holder is no news');
  });

  it('waits, and is doubted, while a named record is not known or names go in a circle', () => {
    const c1 = state('c1', 'YW-3', 1, '2025-05-01', { corrects: 'YW-9' });
    const waits = fold([a1, c1])!;
    assert.deepEqual([waits.event, waits.waiting], ['a1', ['c1']]);
    assert.deepEqual(fold([a1, c1, state('d1', 'YW-9', 1, '2025-04-01')])!.waiting, []);
    assert.deepEqual(fold([a1, c1], [], endOf('2025-04-30'))!.waiting, [], 'what holds only later is left out');
    const circle = [state('c1', 'YW-3', 1, '2025-05-01', { corrects: 'YW-4' }), state('d1', 'YW-4', 1, '2025-05-02', { corrects: 'YW-3' })];
    assert.deepEqual(fold([a1, ...circle])!.waiting, ['c1', 'd1']);
    assert.deepEqual([fold([c1])!.event, fold([c1])!.waiting], ['c1', ['c1']], 'also where nothing else is known');
  });

  it('puts what has no version in its place by time, below a version of the same moment', () => {
    const [v1, v2] = [state('v1', 'r', 1, '2024-01-01'), state('v2', 'r', 2, '2024-03-01')];
    const order = (u: State): string[] => sortStates([v1, v2, u], new Set()).chains[0]!.states.map((each) => each.state.event);
    assert.deepEqual(order(state('u', 'r', null, '2024-02-01')), ['v1', 'u', 'v2']);
    assert.deepEqual(order(state('u', 'r', null, '2024-03-01')), ['v1', 'u', 'v2']);
    assert.deepEqual(order(state('u', 'r', null, '2024-03-02')), ['v1', 'v2', 'u']);
    assert.deepEqual(order(state('u', 'r', null, '2023-12-31')), ['u', 'v1', 'v2']);
  });
});

describe('a record read twice', () => {
  const one = state('x1', 'r', 1, '1970-01-01', { evidence: 'sha256:same' });

  it('is one record: the reading under the higher contract version holds, then that of the higher reader, and nothing conflicts', () => {
    const mended = { ...state('x2', 'r', 4, '2024-01-01', { evidence: 'sha256:same' }), contract: 2 };
    const later = fold([one, mended])!;
    assert.deepEqual([later.event, later.conflicts, later.first], ['x2', [], day('2024-01-01')]);
    assert.equal(
      held([
        { ...one, contract: 2 },
        { ...mended, contract: 1 },
      ]),
      'x1',
    );
    assert.equal(
      held([
        { ...one, reader: 1 },
        { ...mended, contract: 1 },
      ]),
      'x1',
    );
  });

  it('stays the conflict that it is under one contract version and reader', () => {
    const other = state('x2', 'r', 1, '2024-01-01', { evidence: 'sha256:same' });
    assert.deepEqual(fold([one, other])!.conflicts, ['x1', 'x2']);
  });

  it('holds by the reading that names a person, where the old one named nobody, and the old one is named for retiring', () => {
    const named = { ...state('x2', 'r', 1, '2024-01-01', { evidence: 'hmac-sha256:else', person: true }), contract: 2 };
    const both = fold([one, named])!;
    assert.deepEqual([both.event, both.conflicts, both.misread], ['x2', [], [{ event: 'x1', instead: 'x2' }]]);
    assert.deepEqual(fold([one, { ...named, contract: 1 }])!.conflicts, ['x1', 'x2'], 'only under a higher contract version');
    assert.deepEqual(fold([one, { ...named, sequence: 2 }])!.misread, [], 'only of one version');
  });
});

describe('a retired event', () => {
  const [a1, a2] = [
    state('a1', 'r', 1, '2024-01-01', { name: '甲', parties: ['A'], change: 'registered' }),
    state('a2', 'r', 1, '2024-02-01', { name: '乙', parties: ['B'], change: 'changed' }),
  ];

  it('gives no state, date, conflict, name or party any more, and history shows it as retired', () => {
    const left = fold([a1, a2], ['a1'])!;
    assert.deepEqual([left.event, left.conflicts, left.first], ['a2', [], day('2024-02-01')]);
    assert.deepEqual([left.names.map(({ name }) => name), left.parties, Object.keys(left.changes)], [['乙'], ['B'], ['changed']]);
    assert.deepEqual(
      historyOf([a1, a2], new Set(['a1'])).map(({ event, standing }) => [event, standing]),
      [
        ['a1', 'retired'],
        ['a2', 'decides'],
      ],
    );
  });

  it('leaves nothing where nothing else was stated', () => assert.equal(fold([a1], ['a1']), undefined));
});

describe('contradictions', () => {
  const said = (event: string, sequence: number | null, at: number, record = 'r'): State => ({
    ...state(event, record, sequence, '2024-01-01', { change: 'changed' }),
    time: at,
  });
  const table: [what: string, states: State[], conflicts: string[]][] = [
    ['one version said twice with different content', [said('a', 1, 0), said('b', 1, 0)], ['a', 'b']],
    ['one version said thrice', [said('a', 1, 0), said('b', 1, 5), said('c', 1, 0)], ['a', 'b', 'c']],
    ['two versions', [said('a', 1, 0), said('b', 2, 0)], []],
    ['one version of two records', [said('a', 1, 0, 'r'), said('b', 1, 0, 's')], []],
    ['no version, one moment', [said('a', null, 7), said('b', null, 7)], ['a', 'b']],
    ['no version, two moments', [said('a', null, 7), said('b', null, 8)], []],
    ['a version, and none', [said('a', 7, 7), said('b', null, 7)], []],
    [
      'two names under one first registration',
      [
        { ...said('a', 1, 1), change: 'registered', name: '甲' },
        { ...said('b', 2, 2), change: 'registered', name: '乙' },
      ],
      ['a', 'b'],
    ],
  ];
  for (const [what, states, conflicts] of table) {
    it(`are told, and only they: ${what}`, () => {
      assert.deepEqual(fold(states)!.conflicts, conflicts);
      assert.deepEqual(fold([...states].reverse())!.conflicts, conflicts);
    });
  }
});

/** Few versions, times, records and readings, so that ties, contradictions, corrections and second readings are common. */
const states: fc.Arbitrary<State[]> = fc.uniqueArray(
  fc.record({
    event: fc.integer({ min: 0, max: 60 }).map((number) => `event-${number}`),
    source: fc.constantFrom('one', 'one', 'two'),
    record: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
    corrects: fc.constantFrom(null, null, null, 'r1', 'r2', 'r3', 'r9'),
    sequence: fc.constantFrom(null, 0, 1, 2, 3),
    time: fc.constantFrom(-5, 0, 10, 20, 30, 40),
    change: fc.constantFrom('registered', 'changed'),
    correction: fc.boolean(),
    ends: fc.integer({ max: 3, min: 0 }).map((n) => n === 3),
    evidence: fc.integer({ min: 0, max: 30 }).map((n) => `sha256:${n}`),
    contract: fc.constantFrom(1, 1, 2),
    reader: fc.constantFrom(0, 0, 1),
    person: fc.boolean(),
    name: fc.constantFrom(null, '甲', '乙'),
    parties: fc.array(fc.constantFrom('p-1', 'p-2', 'name:丙'), { maxLength: 2 }),
  }),
  { selector: ({ event }) => event, minLength: 1, maxLength: 9 },
);
/** The same, read once each and much as they come: by time and version. */
const plainly = states.map((list) =>
  list
    .map((each): State => ({ ...each, evidence: `sha256:${each.event}`, contract: 1, reader: 0, corrects: null }))
    .sort((a, b) => a.time - b.time || (a.sequence ?? 0) - (b.sequence ?? 0)),
);

describe('a folded subject', () => {
  it('is the same in any order', () => {
    const way = fc
      .tuple(states, states)
      .chain(([list, more]) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }), fc.constant(more)));
    const property = fc.property(way, ([list, shuffled, more]) => {
      const retired = more.slice(0, 2).map(({ event }) => event);
      const before = more.length > 4 ? 20 : undefined;
      assert.deepEqual(
        foldStates('s', shuffled, factOf, new Set(retired), before),
        foldStates('s', list, factOf, new Set(retired), before),
      );
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it('is the same whether states come one by one or are sorted in anew, and knows when it cannot tell', () => {
    let plain = 0;
    const property = fc.property(fc.oneof(states, plainly), (list) => {
      let folded: Folded | null = null;
      const [one] = list as [State];
      assert.equal(JSON.stringify(foldFirst('s', one, factOf(one.event))), JSON.stringify(foldStates('s', [one], factOf)));
      const said: State[] = [];
      for (const next of list) {
        // A record that was read before is never added plainly (services/projector/apply-fact.ts).
        const again = said.some(
          ({ source, record, evidence }) => source === next.source && record === next.record && evidence === next.evidence,
        );
        said.push(next);
        const anew = foldStates('s', said, factOf)!;
        const added: Folded | null = folded && !again ? addState(folded, next, factOf(next.event)) : null;
        if (added) {
          plain++;
          assert.deepEqual(JSON.stringify(added), JSON.stringify(anew));
        }
        folded = anew;
      }
    });
    fc.assert(property, { numRuns: 3_000 });
    assert.ok(plain > 500, `${plain} were added plainly`);
  });

  it('keeps rows from growing with the number of states', () => {
    const list = Array.from({ length: 5_000 }, (_, i) => ({ ...state(`e${i}`, `r${i % 2_500}`, null, '2024-01-01'), time: i }));
    assert.ok(JSON.stringify(foldStates('s', list, factOf)).length < 2_000);
    const clashing = list.map((each) => ({ ...each, record: 'r', sequence: 1 }));
    const { conflicts, event } = fold(clashing)!;
    assert.ok(conflicts.length <= 32 && conflicts.includes(event));
  });

  it('is not changed in place', () => {
    fc.assert(
      fc.property(states, states, (list, more) => {
        const folded = foldStates('s', list, factOf)!;
        const copy = structuredClone(folded);
        for (const each of more) addState(folded, each, factOf(each.event));
        assert.deepEqual(folded, copy);
      }),
    );
  });
});
