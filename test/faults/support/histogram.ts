// Durations as a histogram in text.

/** One line a bucket, each twice as wide as the one before. */
export function histogram(title: string, values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN);
  const buckets = new Map<number, number>();
  for (const value of sorted) {
    const bound = 2 ** Math.ceil(Math.log2(Math.max(1, value)));
    buckets.set(bound, (buckets.get(bound) ?? 0) + 1);
  }
  const lines = [...buckets].map(
    ([bound, count]) => `      ≤ ${String(bound).padStart(6)} ${'█'.repeat(Math.ceil((count / sorted.length) * 40))} ${count}`,
  );
  return [`    ${title}: ${sorted.length} values, p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)}`, ...lines].join('\n');
}
