// The main job on simulated registries: pull everything, derive packages and requests, and say what came out.
import { createSimulation } from '../simulator/simulation.ts';
import { simulatedRequester, simulatedSecret, startSimulator } from '../simulator/server.ts';
import { simulatedUtilities } from '../simulator/utilities.ts';
import { dispatchOnce } from './dispatching.ts';
import { pullAllOnce } from './pull-sources.ts';
import { hubStatus } from './summary.ts';
import { superviseOnce } from './supervising.ts';
import { writeSimulation } from '../simulator/write-files.ts';
import type { Platform } from '../adapters/pull.ts';
import type { UtilityAddress } from '../config/utilities.ts';
import type { Hub } from './open-hub.ts';

export type { Platform };

export interface DemoSummary {
  simulated: true;
  received: number;
  events: number;
  packages: Record<string, number>;
  packageTypes: Record<string, number>;
  transfers: Record<string, number>;
  /** Transfer requests by stage, after they went to simulated utilities. */
  transferStages: Record<string, number>;
  /** Packages that stood and were then struck by a revocation, seizure, cancellation or expiry. */
  invalidated: number;
  quarantined: number;
  viewsDigest: string;
}

export interface SimulatorSettings {
  seed: string;
  subjects: number;
  port: number;
}

/** Starts simulated registries on loopback, plainly labelled; gives how to reach them. */
export async function startSimulatedPlatform(
  hub: Pick<Hub, 'contracts' | 'now'>,
  { seed, subjects, port }: SimulatorSettings,
  signal?: AbortSignal,
): Promise<Platform & { utilities: UtilityAddress[]; close(): Promise<void> }> {
  const paths = Object.fromEntries([...hub.contracts.sources.values()].map((contract) => [contract.name, contract.pull.path]));
  const simulator = await startSimulator({
    simulation: createSimulation({ seed, subjects }),
    port,
    paths,
    now: hub.now,
    utilities: simulatedUtilities(),
    ...(signal ? { signal } : {}),
  });
  const utilities = (['electricity', 'water'] as const).map((utility) => ({
    utility,
    url: `${simulator.url}/utilities/${utility}`,
    token: null,
  }));
  return { url: simulator.url, requesterId: simulatedRequester, secret: simulatedSecret, utilities, close: () => simulator.close() };
}

/** Writes one JSON Lines file a source, for import. Gives the number of records by source. */
export const writeSimulatedFiles = (settings: Omit<SimulatorSettings, 'port'>, folder: string): Promise<Record<string, number>> =>
  writeSimulation(createSimulation(settings), folder);

/** Pulls everything from a platform once, lets the utilities that are configured settle transfers, records what is due, and sums it up. */
export async function runDemo(
  hub: Hub,
  platform: Platform,
  signal: AbortSignal,
  onSource?: (source: string, done: number, all: number) => void,
): Promise<DemoSummary> {
  const { received } = await pullAllOnce(hub, platform, signal, onSource);
  await dispatchOnce(hub, signal);
  await superviseOnce(hub, signal);
  const { events, packages, packageTypes, transfers, quarantined, viewsDigest } = await hubStatus(hub);
  return {
    simulated: true,
    received,
    events,
    packages,
    packageTypes,
    transfers,
    transferStages: await hub.views.count('transfer-request', 'stage:'),
    invalidated: await countInvalidated(hub),
    quarantined,
    viewsDigest,
  };
}

/** How many packages the feed says lapsed after they had not. */
async function countInvalidated(hub: Hub): Promise<number> {
  const invalidated = new Set<string>();
  let after = '';
  for (;;) {
    const lines = await hub.views.feed({ after, limit: 1000 });
    for (const { view, key, body } of lines) {
      const { status, was } = JSON.parse(body) as { status: string | null; was: string | null };
      if (view === 'package' && status === 'lapsed' && was !== null && was !== 'lapsed') invalidated.add(key);
    }
    if (lines.length === 0) return invalidated.size;
    after = lines.at(-1)!.cursor;
  }
}
