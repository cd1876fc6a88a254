// Chance without state: each value follows from seed, story and label alone, so any record can be made without the ones before it.

/** Draws for one story. The same label always draws the same value. */
export interface Random {
  /** A whole number from 0 up to, not including, `bound`. */
  below(bound: number, label: string): number;
  /** True with the probability given, 0 to 1. */
  chance(probability: number, label: string): boolean;
  pick<T>(list: readonly T[], label: string): T;
}

/** 32 bits out of seed, story and label: FNV-1a, finished as MurmurHash3 finishes so that every bit depends on every other. */
export function draw(seed: number, story: number, label: string): number {
  let hash = mix(seed ^ Math.imul(story + 1, 0x9e3779b1));
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
  return mix(hash);
}

function mix(bits: number): number {
  let hash = bits ^ (bits >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A seed of any kind as 32 bits. */
export function seedOf(seed: number | string): number {
  return draw(0x5eed, 0, String(seed));
}

/** @param seed as {@link seedOf} gives it */
export function createRandom(seed: number, story: number): Random {
  const fraction = (label: string): number => draw(seed, story, label) / 2 ** 32;
  return {
    below: (bound, label) => Math.floor(fraction(label) * bound),
    chance: (probability, label) => fraction(label) < probability,
    pick(list, label) {
      const picked = list[Math.floor(fraction(label) * list.length)];
      if (picked === undefined) throw new RangeError('nothing to pick from');
      return picked;
    },
  };
}
