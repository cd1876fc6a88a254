// What every installation under test can be asked, whichever engines it stands on.
import { pseudonymKey } from '../../support/project.ts';
import type { EventStore } from '../../../services/ports/event-store.ts';
import type { Finding, Verdict } from './checker.ts';
import type { FaultPlatform } from './platform.ts';

export interface Installation {
  data: string;
  env: Record<string, string>;
  /** Every line that its processes wrote. */
  said: readonly string[];
  heard: (line: string) => void;
  /** `hub replay`; its exit code, or null when it was killed. */
  replay(failpoints?: string): Promise<number | null>;
  /** Starts what does not run, with nothing armed, waits until it has taken everything in, and stops it. */
  heal(): Promise<Healed>;
  /** What must hold of the views the moment after the death of who writes them. */
  crashed(): Promise<Finding[]>;
  examine(followed?: readonly (readonly [number, string])[]): Promise<Verdict>;
  openStore(): EventStore;
}

export interface Healed {
  /** Milliseconds from the start until it said that it was ready. */
  readyMs: number;
  /** The exit code at its end; of several processes the first that is not 0. */
  code: number | null;
  /** What its metrics said at last. */
  metrics: string;
}

/** What a hub must be told to pull from a platform of ours, and to have our pseudonyms. */
export const platformEnvironment = ({ url }: Pick<FaultPlatform, 'url'>): Record<string, string> => ({
  HUB_PLATFORM_URL: url,
  HUB_PLATFORM_RID: 'fault',
  HUB_PLATFORM_SECRET: 'fault',
  HUB_PSEUDONYM_KEY: pseudonymKey.toString('hex'),
});

/** How long anything may take to heal (I10). */
export const patienceMs = 90_000;

/** Whether metrics say that nothing is on its way. */
export function atRest(metrics: string): boolean {
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN);
  return value('hub_log_lag') === 0 && value('hub_store_position') === value('hub_projector_position');
}
