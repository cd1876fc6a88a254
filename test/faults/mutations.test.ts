// The checker is checked: each law that keeps records is broken on purpose, and the checker must say what became of them.
// With them fault-41: a log that loses its tail loses no record, as long as the law holds that this is about.
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { topicsOf } from '../../services/drivers/kafka/topics.ts';
import { withAdmin } from '../support/kafka-admin.ts';
import { until } from '../support/processes.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { embeddedInstallation } from './support/embedded.ts';
import { enginesFor, installOnEngines } from './support/engines.ts';
import { oneSource } from './support/histories.ts';
import { startFaultPlatform } from './support/platform.ts';
import { startMutant } from './support/hub-process.ts';
import type { Finding, Invariant } from './support/checker.ts';
import type { Engines } from './support/engines.ts';
import type { HubProcess } from './support/hub-process.ts';
import type { Installation } from './support/installation.ts';
import type { Mutation } from './support/mutant.ts';
import type { FaultPlatform } from './support/platform.ts';

/** An installation whose process is a hub with a law broken. */
interface Mutable extends Installation {
  begin(mutation: Mutation, failpoints?: string): HubProcess;
  /** As a broker does that dies with what it had not written; its hub is dead by then. */
  loseLog(): Promise<void>;
}

function onFiles(): (data: string, platform: FaultPlatform) => Promise<Mutable> {
  return async (data, platform) => {
    const hub = embeddedInstallation(data, platform);
    return {
      ...hub,
      begin: (mutation, failpoints) => startMutant(mutation, { ...hub, failpoints }),
      async loseLog() {
        for (const name of readdirSync(data)) if (name.startsWith('log.sqlite')) rmSync(join(data, name));
      },
    };
  };
}

function onEngines(): (data: string, platform: FaultPlatform) => Promise<Mutable> {
  let engines: Engines;
  before(async function () {
    engines = await enginesFor(this);
  });
  return async (data, platform) => {
    const hub = await installOnEngines(engines, { data, platform });
    return {
      ...hub,
      begin: hub.startMutant,
      loseLog: () =>
        withAdmin(engines.brokers, async (admin) => {
          for (const topic of topicsOf(hub.topicPrefix).events) {
            const ends = await admin.fetchTopicOffsets(topic);
            await admin.deleteTopicRecords({ topic, partitions: ends.map(({ partition, high }) => ({ partition, offset: high })) });
          }
        }),
    };
  };
}

for (const [where, place] of [
  ['on files', onFiles],
  ['on Kafka and PostgreSQL', onEngines],
] as const)
  describe(`the checker ${where}`, function () {
    this.timeout(120_000);
    const folder = useTempFolder();
    const install = place();
    let platform: FaultPlatform;
    let hub: Mutable;
    let mutant: HubProcess | undefined;
    beforeEach(async () => {
      platform = await startFaultPlatform({ file: folder('ledger'), histories: oneSource, page: 10 });
      hub = await install(folder('data'), platform);
    });
    afterEach(async () => {
      await mutant?.kill();
      await platform?.close();
    });

    const begin = (mutation: Mutation, failpoints?: string): HubProcess => (mutant = hub.begin(mutation, failpoints));
    const invariants = (findings: readonly Finding[]): Set<Invariant> => new Set(findings.map(({ invariant }) => invariant));
    async function healed(): Promise<Set<Invariant>> {
      assert.equal((await hub.heal()).code, 0);
      return invariants((await hub.examine()).findings);
    }
    /** Waits for something, unless the process that should bring it about ends before: then its last words are told. */
    async function whileAlive(process: HubProcess, awaited: Promise<unknown>): Promise<void> {
      const died = process.ended.then((code) => Promise.reject(new Error(`ended with ${code}: ${hub.said.slice(-3).join('\n')}`)));
      await Promise.race([awaited, died]);
    }
    async function loseLog(): Promise<void> {
      await mutant!.kill();
      await hub.loseLog();
    }

    it(`fault-41 ${where}: finds nothing when the log loses what was not recorded: the cursor trails the store`, async () => {
      const process = begin('stalled');
      let still = 0;
      let last = '';
      const stalled = until('the adapter waits for the recorder', async () => {
        const lag = /^hub_log_lag [1-9]\d*$/m.exec(await process.metrics())?.[0] ?? '';
        still = lag !== '' && lag === last ? still + 1 : 0;
        last = lag;
        return still === 5;
      });
      await whileAlive(process, stalled);
      await loseLog();
      assert.deepEqual(await healed(), new Set());
    });

    it(`mutation law 3 ${where}: finds a loss when the cursor is saved before the recorder has committed`, async () => {
      const mark = platform.mark();
      const process = begin('cursor-first');
      await whileAlive(
        process,
        until('the cursor is at the end', async () => platform.taken(mark)),
      );
      await loseLog();
      assert.ok((await healed()).has('I1'));
    });

    it(`mutation law 4 ${where}: finds a loss when the offset is committed before the append`, async () => {
      assert.equal(await begin('offset-first').ended, null);
      assert.ok((await healed()).has('I1'));
    });

    it(`mutation dedupe ${where}: finds records kept twice when ids are drawn`, async () => {
      assert.equal(await begin('drawn-ids', 'adapter-cursor-saved=kill@4').ended, null);
      const found = await healed();
      assert.ok(found.has('I2') && !found.has('I3'), [...found].join());
    });

    it(`mutation checkpoint ${where}: finds rows missing when the checkpoint is committed apart`, async () => {
      assert.equal(await begin('checkpoint-apart').ended, null);
      assert.ok(invariants(await hub.crashed()).has('I7'));
      assert.ok((await healed()).has('I6'));
    });
  });
