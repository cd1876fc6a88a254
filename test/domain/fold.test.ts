// A subject is the sorted set of what was said of it: law 5 at its smallest.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addEntry, everNames, everParties } from '../../services/domain/fold.ts';
import { deliveries } from '../support/arbitrary.ts';
import type { Fact } from '../../services/domain/facts.ts';
import type { Entry, Subject } from '../../services/domain/fold.ts';

/** Few versions, times and records, so that ties and contradictions are common. */
const entries: fc.Arbitrary<Entry[]> = fc.uniqueArray(
  fc.record(
    {
      event: fc.integer({ min: 0, max: 60 }).map((number) => `event-${number}`),
      record: fc.constantFrom('r1', 'r2'),
      sequence: fc.constantFrom(null, 0, 1, 2, 3),
      time: fc.constantFrom(-5, 0, 10, 20),
      change: fc.constantFrom('registered', 'changed'),
      name: fc.constantFrom('甲', '乙'),
      parties: fc.array(fc.constantFrom('p-1', 'p-2', 'name:丙'), { maxLength: 2 }),
    },
    { requiredKeys: ['event', 'record', 'sequence', 'time', 'change'], noNullPrototype: true },
  ),
  { selector: ({ event }) => event, minLength: 1, maxLength: 8 },
);
const factOf = (entry: Entry): Fact => ({ record: entry.record, from: entry.event }) as unknown as Fact;
const fold = (list: readonly Entry[]): Subject =>
  list.reduce<Subject | undefined>((before, entry) => addEntry(before, 's', entry, factOf(entry)), undefined)!;

describe('a folded subject', () => {
  it('is the same in any order, however often an entry is said', () => {
    const way = entries.chain((list) => fc.tuple(fc.constant(list), deliveries(list.length)));
    fc.assert(fc.property(way, ([list, order]) => assert.deepEqual(fold(order.map((i) => list[i]!)), fold(list))));
  });

  it('is decided by the source’s version, then by time, then by id', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const subject = fold(list);
        const sorted = list.toSorted(
          (a, b) =>
            (a.sequence ?? -1) - (b.sequence ?? -1) || a.time - b.time || Buffer.compare(Buffer.from(a.event), Buffer.from(b.event)),
        );
        const last = sorted.at(-1)!;
        assert.equal(subject.event, last.event);
        assert.deepEqual(subject.fact, factOf(last));
        assert.deepEqual(subject.history, sorted);
      }),
    );
  });

  it('is the very same object when nothing new is said', () => {
    const subject = fold([{ event: 'a', record: 'r', sequence: 1, time: 0, change: 'registered' }]);
    assert.equal(addEntry(subject, 's', subject.history[0]!, factOf(subject.history[0]!)), subject);
  });

  it('is not changed in place', () => {
    fc.assert(
      fc.property(entries, entries, (list, more) => {
        const subject = fold(list);
        const copy = structuredClone(subject);
        for (const entry of more) addEntry(subject, 's', entry, factOf(entry));
        assert.deepEqual(subject, copy);
      }),
    );
  });

  const entry = (event: string, sequence: number | null, time: number, record = 'r'): Entry => ({
    event,
    record,
    sequence,
    time,
    change: 'changed',
  });
  const conflicts: [what: string, list: Entry[], conflicts: string[]][] = [
    ['one version said twice with different content', [entry('a', 1, 0), entry('b', 1, 0)], ['a', 'b']],
    ['one version said thrice', [entry('a', 1, 0), entry('b', 1, 5), entry('c', 1, 0)], ['a', 'b', 'c']],
    ['two versions', [entry('a', 1, 0), entry('b', 2, 0)], []],
    ['one version of two records', [entry('a', 1, 0, 'r'), entry('b', 1, 0, 's')], []],
    ['no version, one moment', [entry('a', null, 7), entry('b', null, 7)], ['a', 'b']],
    ['no version, two moments', [entry('a', null, 7), entry('b', null, 8)], []],
    ['a version, and none', [entry('a', 7, 7), entry('b', null, 7)], []],
  ];
  for (const [what, list, wanted] of conflicts) {
    it(`tells a contradiction, and only that: ${what}`, () => {
      assert.deepEqual(fold(list).conflicts, wanted);
      assert.deepEqual(fold([...list].reverse()).conflicts, wanted);
    });
  }

  it('remembers every name and party ever stated, once each', () => {
    const subject = fold([
      { ...entry('a', 1, 0), name: '甲', parties: ['p-1'] },
      { ...entry('c', 3, 0), name: '甲', parties: ['p-2', 'p-1'] },
      { ...entry('b', 2, 0), name: '乙' },
    ]);
    assert.deepEqual(
      [everNames(subject), everParties(subject)],
      [
        ['甲', '乙'],
        ['p-1', 'p-2'],
      ],
    );
  });
});
