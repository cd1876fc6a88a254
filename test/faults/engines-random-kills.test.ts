// fault-04 on Kafka and PostgreSQL: kill -9 of any process at random moments under load; what lives on waits, what comes back goes on.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { createRandom, seedOf } from '../../services/simulator/random.ts';
import { until } from '../support/processes.ts';
import { carriers } from './support/engines.ts';
import { followStore } from './support/follow-store.ts';
import { histogram } from './support/histogram.ts';
import { useInstallation } from './support/on-engines.ts';
import { plan } from './support/plan.ts';
import type { Carrier } from './support/engines.ts';

/** A kill on engines takes longer to recover from: unless more were asked for, fewer are made. */
const kills = process.env['FAULTS_KILLS'] === undefined ? 9 : plan.kills;

describe('services on Kafka and PostgreSQL that are killed at random', function () {
  this.timeout(plan.soakMs + 180_000 + kills * 20_000);
  const shared = useInstallation({ pace: 300 });

  it('fault-04: lose nothing, double nothing and recover by themselves each time', async () => {
    const { hub, platform, tell } = shared;
    const random = createRandom(seedOf(plan.seed), 0);
    const recoveries = new Map<Carrier, number[]>(carriers.map((name) => [name, []]));
    const killed: string[] = [];
    await hub.settle();
    tell(20);
    hub.start('adapters');
    const followed = followStore(hub.openStore);
    const ends = performance.now() + plan.soakMs;
    const seen = (): unknown => [{ seed: plan.seed, killed: killed.slice(-5) }, hub.said.slice(-4)];

    /** Well again, and at work: nothing waits that it should have taken. */
    async function recovered(name: Carrier, mark: ReturnType<typeof platform.mark>): Promise<boolean> {
      hub.died();
      const [ready, metrics] = [await hub.process(name).ready(), await hub.process(name).metrics()];
      if (name === 'adapters') return ready && platform.asked(mark) > 0;
      return ready && (name === 'projector' || /^hub_recorder_events_total\{|^hub_log_lag 0$/m.test(metrics));
    }
    try {
      for (let turn = 1; turn <= kills || performance.now() < ends; turn++) {
        // Adapters look again only now and then; killed, they find what is new at once.
        const victims = new Set<Carrier>([random.pick(carriers, `victim ${turn}`)]);
        if (platform.taken(new Map())) {
          tell(60);
          victims.add('adapters');
        }
        // Now and then two die at once.
        if (random.chance(0.2, `pair ${turn}`)) victims.add(random.pick(carriers, `second ${turn}`));
        const after = random.below(1000, `after ${turn}`);
        await wait(after);
        await Promise.all([...victims].map((name) => hub.kill(name)));
        killed.push(`${[...victims].join('+')} after ${after} ms`);
        if (victims.has('projector')) assert.deepEqual(await hub.crashed(), [], `after kill ${turn}`);
        await Promise.all(
          [...victims].map(async (name) => {
            const [mark, since] = [platform.mark(), performance.now()];
            hub.start(name);
            await until(`${name} is well again`, () => recovered(name, mark), 60_000, seen);
            recoveries.get(name)!.push(performance.now() - since);
          }),
        );
      }
      const { verdict } = await shared.comesOut();
      const { findings } = await hub.examine(await followed.end());
      assert.deepEqual(findings, [], JSON.stringify(seen()));
      console.log(`    fault-04 on engines: ${killed.length} kills, seed ${plan.seed}; ${JSON.stringify(verdict.counts)}`);
      for (const [name, times] of recoveries) console.log(histogram(`${name}: milliseconds from start to well and at work`, times));
    } finally {
      await followed.end();
    }
  });
});
