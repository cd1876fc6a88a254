// fault-01, 02, 03, 05, 07, 08: on Kafka and PostgreSQL, the process that passes a place is killed there; the others live on.
import assert from 'node:assert/strict';
import { openPostgresViewStore } from '../../services/drivers/postgres/view-store.ts';
import { failpoints } from '../../services/ports/failpoint.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { until } from '../support/processes.ts';
import { carriers } from './support/engines.ts';
import { historiesOf } from './support/histories.ts';
import { useInstallation } from './support/on-engines.ts';
import { newestOf } from './support/results-log.ts';
import type { Failpoint } from '../../services/ports/failpoint.ts';
import type { Carrier } from './support/engines.ts';

const named = (prefix: string): Failpoint[] => failpoints.filter((name) => name.startsWith(prefix));

describe('services on Kafka and PostgreSQL that are killed where it matters', function () {
  this.timeout(180_000);
  const shared = useInstallation();
  /** Starts a service again and again, each time to die at the next place. */
  async function dies(service: Carrier, armed: readonly string[], afterEach: () => Promise<void> = async () => undefined): Promise<void> {
    for (const spec of armed) {
      assert.equal(await shared.hub.start(service, spec).ended, null, `it was killed at ${spec}`);
      await afterEach();
    }
  }

  it('fault-01, fault-02, fault-05: adapters, at each of their places: only the page in hand comes again, and is suppressed', async () => {
    const { tell, comesOut } = shared;
    const before = (await comesOut()).verdict.counts;
    // Of one source that nothing disturbs, so that each page can be counted.
    const [records] = [historiesOf(createSimulation({ seed: 'pages', subjects: 120, dirty: 0 })).get('property-right')!];
    tell(new Map([['property-right', records]]));
    assert.ok(records.length > 80, 'each life has pages to read');
    await dies(
      'adapters',
      named('adapter-').map((name) => `${name}=kill@2`),
    );
    const after = (await comesOut()).verdict.counts;
    const grown = Object.entries(after).map(([name, count]) => [name, count - before[name as keyof typeof before]]);
    // Before it is published a page is only sent again; then also received again, until its cursor is saved.
    const [sent, received] = [records.length + 30, records.length + 20];
    assert.deepEqual(Object.fromEntries(grown), { sent, received, kept: records.length, quarantined: 0, suppressed: 20 });
  });

  it('fault-03, fault-05: the recorder, at each of its places: what was appended and not committed comes again, and is suppressed', async () => {
    const { hub, tell, comesOut } = shared;
    await hub.settle();
    await hub.process('recorder').stop();
    tell(40);
    hub.start('adapters');
    await dies('recorder', ['recorder-read=kill@1', 'recorder-committed=kill@1', 'recorder-appended=kill@1']);
    const { metrics } = await comesOut();
    assert.match(metrics, /^hub_recorder_events_total\{[^}]*outcome="duplicate"\} [1-9]/m);
  });

  it('fault-07, fault-05: the projector, at each of its places: rows and checkpoint are of one commit, and results follow', async () => {
    const { engines, hub, tell, comesOut } = shared;
    await hub.settle();
    await hub.process('projector').stop();
    tell(40);
    hub.start('adapters');
    const places = ['projector-folded', 'views-rows-written', 'projector-committed', 'results-read', 'results-published'];
    await dies(
      'projector',
      places.map((name) => `${name}=kill@1`),
      async () => assert.deepEqual(await hub.crashed(), []),
    );
    await comesOut();
    const views = openPostgresViewStore({ url: hub.databaseUrl });
    try {
      for (const [view, topic] of [
        ['package', 'packages.v1'],
        ['transfer-request', 'transfer-requests.v1'],
      ] as const) {
        const rows = (await views.list(view, { limit: 100_000 })).map(({ key, body }) => `${key} ${body}`).sort();
        assert.ok(rows.length > 0);
        let sent: string[] = [];
        await until(`${topic} holds what views hold`, async () => {
          sent = [...(await newestOf(engines.brokers, `${hub.topicPrefix}${topic}`))].map(([key, body]) => `${key} ${body}`).sort();
          return JSON.stringify(sent) === JSON.stringify(rows);
        });
      }
    } finally {
      await views.close();
    }
  });

  it('fault-05: at each place of a rebuild the views are the old ones or the new ones', async () => {
    const { hub, comesOut } = shared;
    const { digest } = (await comesOut()).verdict;
    await hub.process('projector').stop();
    for (const name of named('rebuild-')) {
      assert.equal(await hub.replay(`${name}=kill`), null, `it was killed at ${name}`);
      const after = await hub.examine();
      assert.deepEqual([after.findings, after.digest], [[], digest], name);
    }
    assert.equal(await hub.replay(), 0);
    assert.equal((await hub.examine()).digest, digest);
  });

  it('fault-08: all end with 0 when they are asked to stop in the middle, and go on where they were', async () => {
    const { hub, platform, tell, comesOut } = shared;
    await hub.settle();
    tell(40);
    const before = platform.ledger.sent();
    hub.start('adapters');
    await until(
      'it pulls',
      async () => platform.ledger.sent() > before + 30,
      60_000,
      () => hub.said.slice(-3),
    );
    assert.deepEqual(await Promise.all(carriers.map((name) => hub.process(name).stop())), [0, 0, 0]);
    assert.deepEqual(await hub.crashed(), []);
    await comesOut();
  });
});
