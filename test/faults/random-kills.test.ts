// fault-04: kill -9 at random moments under load, again and again: it always comes back by itself, and nothing is lost or doubled.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { createRandom, seedOf } from '../../services/simulator/random.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { until } from '../support/processes.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { embeddedInstallation } from './support/embedded.ts';
import { followStore } from './support/follow-store.ts';
import { histogram } from './support/histogram.ts';
import { historiesOf } from './support/histories.ts';
import { startFaultPlatform } from './support/platform.ts';
import { plan } from './support/plan.ts';

describe('a hub that is killed at random', function () {
  const folder = useTempFolder();
  this.timeout(plan.soakMs + 240_000 + plan.kills * 10_000);

  it('fault-04: loses nothing, doubles nothing and recovers by itself each time', async () => {
    const random = createRandom(seedOf(plan.seed), 0);
    const story = (turn: number) => historiesOf(createSimulation({ seed: `${plan.seed}-${turn}`, subjects: 30, dirty: 0.1 }));
    const platform = await startFaultPlatform({ file: folder('ledger'), histories: story(0), page: 5, pace: 2 });
    const hub = embeddedInstallation(folder('data'), platform);
    const recoveries: number[] = [];
    const kills: number[] = [];
    const ends = performance.now() + plan.soakMs;
    try {
      for (let turn = 1; turn <= plan.kills || performance.now() < ends; turn++) {
        const mark = platform.mark();
        const since = performance.now();
        const running = hub.start();
        let over = false;
        void running.ended.then(() => (over = true));
        // A fifth die while they start; the others so long after they asked for the first page.
        const early = random.chance(0.2, `early ${turn}`);
        const after = random.below(early ? 1500 : 400, `after ${turn}`);
        if (!early) {
          await until(
            'the hub asks again',
            async () => over || platform.asked(mark) > 0,
            60_000,
            () => hub.said.slice(-3),
          );
          recoveries.push(performance.now() - since);
        }
        await wait(after);
        assert.equal(over, false, `turn ${turn}: it ended by itself: ${hub.said.slice(-3).join('\n')}`);
        await running.kill();
        kills.push(after);
        if (turn % 6 === 0) assert.deepEqual(await hub.crashed(), [], `after kill ${turn}`);
        // However many die, what they leave behind can be taken in by the last within its patience.
        if (platform.taken(new Map())) platform.tell(story(turn));
      }
      const followed = followStore(hub.openStore);
      // A subscriber left behind would keep the tests from ending.
      const { code } = await hub.heal().finally(() => followed.end());
      const { findings, counts } = await hub.examine(await followed.end());
      assert.deepEqual([code, findings], [0, []], JSON.stringify({ seed: plan.seed, kills }));
      console.log(`    fault-04: ${kills.length} kills, seed ${plan.seed}; ${JSON.stringify(counts)}`);
      console.log(histogram('milliseconds from start to the first page asked for', recoveries));
    } finally {
      await platform.close();
    }
  });
});
