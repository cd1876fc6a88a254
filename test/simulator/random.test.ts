// Chance that follows from seed, story and label.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRandom, draw, seedOf } from '../../services/simulator/random.ts';

describe('simulated chance', () => {
  it('draws the same value for the same seed, story and label', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), fc.string(), (seed, story, label) => {
        assert.equal(draw(seed, story, label), draw(seed, story, label));
      }),
    );
  });

  it('stays below its bound', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), fc.integer({ min: 1, max: 1_000_000 }), (seed, story, bound) => {
        const value = createRandom(seed, story).below(bound, 'x');
        assert.ok(Number.isInteger(value) && value >= 0 && value < bound);
      }),
    );
  });

  it('spreads evenly over stories, labels and seeds', () => {
    for (const value of [(i: number) => draw(1, i, 'x'), (i: number) => draw(1, 1, `x${i}`), (i: number) => draw(seedOf(i), 1, 'x')]) {
      const buckets = new Array<number>(16).fill(0);
      for (let i = 0; i < 16_000; i++) buckets[value(i) >>> 28]!++;
      for (const count of buckets) assert.ok(count > 850 && count < 1150, `a sixteenth holds ${count} of 16000`);
    }
  });

  it('takes numbers and words as seeds', () => {
    assert.equal(seedOf(7), seedOf('7'));
    assert.notEqual(seedOf('a'), seedOf('b'));
  });
});
