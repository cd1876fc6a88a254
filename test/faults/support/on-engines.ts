// For suites on Kafka and PostgreSQL: one installation that has taken some records in, to which each test tells a story of its own.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulation } from '../../../services/simulator/simulation.ts';
import { enginesFor, installOnEngines } from './engines.ts';
import { historiesOf } from './histories.ts';
import { startFaultPlatform } from './platform.ts';
import { undisturbedDigest } from './reference.ts';
import type { Verdict } from './checker.ts';
import type { Engines, OnEngines } from './engines.ts';
import type { FaultPlatform, Histories } from './platform.ts';

export interface SharedInstallation {
  engines: Engines;
  hub: OnEngines;
  platform: FaultPlatform;
  /** Makes a story of so many subjects visible, or the records given; adapters that start now will find them. */
  tell(subjects: number | Histories): void;
  /** Waits until all is taken in; nothing is lost, doubled or invented, and the views are those of a run without faults. */
  comesOut(): Promise<{ verdict: Verdict; metrics: string }>;
}

export interface InstallationOptions {
  /** Other engines than the shared ones, and what hub processes are told of them. */
  elsewhere?: (context: Mocha.Context) => Promise<{ engines: Engines; env?: Record<string, string> }>;
  /** Milliseconds that the platform takes for a page. */
  pace?: number;
}

/** Installs before the tests of the enclosing suite, and ends everything after them. */
export function useInstallation({ elsewhere, pace = 0 }: InstallationOptions = {}): SharedInstallation {
  const shared = {} as SharedInstallation;
  let folder = '';
  let stories = 0;
  const told = new Map<string, object[]>();
  const story = (subjects: number): Histories => historiesOf(createSimulation({ seed: `engines-${stories++}`, subjects, dirty: 0.1 }));

  before(async function () {
    const { engines, env = {} } = elsewhere ? await elsewhere(this) : { engines: await enginesFor(this) };
    this.timeout(240_000);
    folder = mkdtempSync(join(tmpdir(), 'hub-test-'));
    const platform = await startFaultPlatform({ file: join(folder, 'ledger'), histories: new Map(), page: 10, pace });
    const hub = await installOnEngines(engines, { data: join(folder, 'data'), platform, env });
    Object.assign(shared, { engines, platform, hub });
    shared.tell(12);
    await hub.settle();
  });
  // What a test stopped or left armed must not be found by the next.
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    console.error(shared.hub?.said.slice(-15).join('\n'));
    await shared.hub?.end();
  });
  after(async function () {
    this.timeout(60_000);
    await shared.hub?.end();
    await shared.platform?.close();
    if (folder !== '') rmSync(folder, { recursive: true, force: true });
  });

  shared.tell = (what) => {
    const histories = typeof what === 'number' ? story(what) : what;
    for (const [source, records] of histories) told.set(source, [...(told.get(source) ?? []), ...records]);
    shared.platform.tell(histories);
  };
  shared.comesOut = async () => {
    const { metrics } = await shared.hub.settle();
    const verdict = await shared.hub.examine();
    assert.deepEqual(verdict.findings, []);
    assert.equal(verdict.digest, await undisturbedDigest(told));
    return { verdict, metrics };
  };
  return shared;
}
