// The table of figures, each beside its ceiling.
import type { Pair } from './measure.ts';

export function printPairs(pairs: readonly Pair[]): void {
  console.table(
    Object.fromEntries(
      pairs.map(({ name, unit, hub, raw, ratio, wanted, ceiling }) => [
        name,
        {
          hub: `${Math.round(hub)} ${unit}/s`,
          raw: `${Math.round(raw)} ${unit}/s`,
          ratio: ratio.toFixed(2),
          wanted: wanted ?? '',
          ceiling,
        },
      ]),
    ),
  );
}
