// Pulls sources from a platform into the hub, once.
import { pullOnce } from '../adapters/pull.ts';
import { withRecorder } from './pending.ts';
import { settle } from './settle.ts';
import type { Platform } from '../adapters/pull.ts';
import type { Hub } from './open-hub.ts';

export interface PullTotals {
  received: number;
  published: number;
  quarantined: number;
}

/** Pulls every source until it has nothing newer, records and folds. */
export async function pullAllOnce(
  hub: Hub,
  platform: Platform,
  signal: AbortSignal,
  onSource?: (source: string, done: number, all: number) => void,
): Promise<PullTotals> {
  const totals: PullTotals = { received: 0, published: 0, quarantined: 0 };
  const contracts = [...hub.contracts.sources.values()];
  await settle(hub, signal);
  const pull = async (): Promise<void> => {
    for (const [i, contract] of contracts.entries()) {
      onSource?.(contract.name, i, contracts.length);
      const counts = await pullOnce(contract, platform, hub, signal);
      totals.received += counts.received;
      totals.published += counts.published;
      totals.quarantined += counts.quarantined;
    }
  };
  await withRecorder(hub, pull, undefined, signal);
  onSource?.('', contracts.length, contracts.length);
  await settle(hub, signal);
  return totals;
}
