// Generators shared by the properties.
import fc from 'fast-check';

/** A way to deliver `count` things: every one at least once, in any order, some of them again. */
export function deliveries(count: number): fc.Arbitrary<number[]> {
  const indices = Array.from({ length: count }, (_, i) => i);
  return fc
    .tuple(
      fc.shuffledSubarray(indices, { minLength: count, maxLength: count }),
      fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count)), { maxLength: 20 }),
    )
    .map(([order, again]) => again.reduce((list, [which, where]) => list.toSpliced(where, 0, which), order));
}
