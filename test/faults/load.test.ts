// fault-08, 11, 47: a hub that is asked to stop under load, is started twice, or is sent bursts of repeats in any order.
import assert from 'node:assert/strict';
import { createRandom, seedOf } from '../../services/simulator/random.ts';
import { until } from '../support/processes.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { embeddedInstallation } from './support/embedded.ts';
import { everySource } from './support/histories.ts';
import { plan } from './support/plan.ts';
import { startFaultPlatform } from './support/platform.ts';
import type { Embedded } from './support/embedded.ts';
import type { FaultPlatform, Histories } from './support/platform.ts';

describe('a hub under load', function () {
  this.timeout(90_000);
  const folder = useTempFolder();
  let platform: FaultPlatform | undefined;
  afterEach(() => platform?.close());

  async function install(histories: Histories, place = 'data', pace = 0): Promise<Embedded> {
    await platform?.close();
    platform = await startFaultPlatform({ file: folder(`${place}.ledger`), histories, page: 10, pace });
    return embeddedInstallation(folder(place), platform);
  }
  async function healed(hub: Embedded): Promise<string> {
    assert.equal((await hub.heal()).code, 0);
    const { findings, digest } = await hub.examine();
    assert.deepEqual(findings, []);
    return digest;
  }

  it('fault-08: ends with 0 when it is asked to stop in the middle, and goes on where it was', async () => {
    const hub = await install(everySource, 'data', 20);
    const running = hub.start();
    await until(
      'it pulls',
      async () => platform!.ledger.sent() > 50,
      60_000,
      () => hub.said.slice(-3),
    );
    assert.equal(await running.stop(), 0);
    assert.ok(platform!.ledger.sent() < 356, 'it was stopped in the middle');
    assert.deepEqual(await hub.crashed(), []);
    await healed(hub);
  });

  it('fault-11: a second hub on the same data is refused, and the first goes on', async () => {
    const hub = await install(everySource, 'data', 20);
    const first = hub.start();
    await until(
      'it pulls',
      async () => platform!.ledger.sent() > 0,
      60_000,
      () => hub.said.slice(-3),
    );
    assert.notEqual(await hub.start().ended, 0);
    assert.match(hub.said.join('\n'), /DATA_LOCKED/);
    assert.equal(await first.stop(), 0);
    await healed(hub);
  });

  it('fault-47: suppresses bursts of repeats, and any order within a source gives the same views', async () => {
    const straight = await healed(await install(everySource, 'straight'));
    assert.equal(await healed(await install(repeatedAndShuffled(everySource), 'shuffled')), straight);
  });
});

/** Half of the records once more, everything out of place by up to a hundred. */
function repeatedAndShuffled(histories: Histories): Histories {
  const random = createRandom(seedOf(plan.seed), 0);
  return new Map(
    [...histories].map(([source, records]) => {
      const repeated = records.flatMap((record, i) => (random.chance(0.5, `repeat ${source} ${i}`) ? [record, record] : [record]));
      const placed = repeated.map((record, i) => ({ record, place: i + random.below(100, `move ${source} ${i}`) }));
      return [source, placed.sort((a, b) => a.place - b.place).map(({ record }) => record)];
    }),
  );
}
