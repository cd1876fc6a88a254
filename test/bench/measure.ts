// Measures a piece of work beside its raw ceiling, turn by turn in one run, so that a noisy machine disturbs both alike.

export interface Pair {
  name: string;
  unit: string;
  /** Medians over the turns, per second. */
  hub: number;
  raw: number;
  ratio: number;
  wanted: number | null;
  ceiling: string;
}

export interface PairPlan {
  name: string;
  unit: string;
  ceiling: string;
  wanted: number | null;
  turns: number;
  /** Each does its work once and says how many units it did. */
  hub: (turn: number) => Promise<number>;
  raw: (turn: number) => Promise<number>;
}

/** Runs hub and raw by turns. The ratio is the median of the turns' ratios. */
export async function measurePair(plan: PairPlan): Promise<Pair> {
  const hub: number[] = [];
  const raw: number[] = [];
  for (let turn = 0; turn < plan.turns; turn++) {
    raw.push(await perSecond(() => plan.raw(turn)));
    hub.push(await perSecond(() => plan.hub(turn)));
  }
  const ratio = median(hub.map((value, i) => value / raw[i]!));
  const { name, unit, ceiling, wanted } = plan;
  return { name, unit, ceiling, wanted, hub: median(hub), raw: median(raw), ratio };
}

async function perSecond(work: () => Promise<number>): Promise<number> {
  globalThis.gc?.();
  const started = performance.now();
  const units = await work();
  return (units * 1000) / (performance.now() - started);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
