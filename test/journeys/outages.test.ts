// Broker or database down at the start or later: services wait, say what for, turn red, lose nothing and go on by themselves.
import assert from 'node:assert/strict';
import { readConfig } from '../../services/config/config.ts';
import { openPostgresViewStore } from '../../services/drivers/postgres/view-store.ts';
import { startSimulatedPlatform } from '../../services/hub/demo.ts';
import { openHub } from '../../services/hub/open-hub.ts';
import { pullAllOnce } from '../../services/hub/pull-sources.ts';
import { startEventStoreStub } from '../support/eventstore-stub/server.ts';
import { orSkip, startKafka } from '../support/kafka.ts';
import { ownPostgresFor } from '../support/postgres.ts';
import { startService, until } from '../support/processes.ts';
import { contracts, pseudonymKey } from '../support/project.ts';
import { simulatedEvents } from '../support/simulated-events.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { VariableName } from '../../services/config/environment.ts';
import type { Kafka } from '../support/kafka.ts';
import type { Service } from '../support/processes.ts';
import type { OwnPostgres } from '../support/start-postgres.ts';

describe('engines that are down', function () {
  this.timeout(300_000);
  const folder = useTempFolder();
  let kafka: Kafka;
  let postgres: OwnPostgres;
  let platform: Awaited<ReturnType<typeof startSimulatedPlatform>>;
  const running: Service[] = [];

  before(async function () {
    kafka = await orSkip(this, () => startKafka({ brokers: 1 }));
    postgres = await ownPostgresFor(this);
    platform = await startSimulatedPlatform({ contracts, now: Date.now }, { seed: 'outages', subjects: 120, port: 0 });
  });
  after(async () => {
    await Promise.all(running.map((service) => service.kill()));
    await platform?.close();
    await postgres?.end();
    await kafka?.stop();
  });
  const red = (service: Service, engine: RegExp): Promise<boolean> =>
    until(
      `${service.name} is red for ${engine}`,
      async () => {
        const { ok, reasons } = await service.ready();
        return !ok && reasons.some((reason) => engine.test(reason));
      },
      60_000,
      complaints,
    );
  const green = (service: Service): Promise<boolean> =>
    until(`${service.name} is green`, async () => (await service.ready()).ok, 60_000, complaints);
  const complaints = (): unknown => running.map(({ name, log }) => [name, log.slice(-4)]);

  it('are waited for at the start and later, and the views come out the same', async () => {
    const embedded = await openHub(readConfig({ HUB_PSEUDONYM_KEY: pseudonymKey.toString('hex') }, { data: folder('embedded') }));
    await pullAllOnce(embedded, platform, new AbortController().signal);
    const expected = await embedded.views.digest();
    await embedded.close();

    await kafka.kill(0);
    await postgres.command('stop');
    const env: Partial<Record<VariableName, string>> = {
      KAFKA_BROKERS: kafka.brokers.join(','),
      KAFKA_PARTITIONS: '2',
      KAFKA_REPLICATION: '1',
      DATABASE_URL: postgres.url,
      HUB_PLATFORM_URL: platform.url,
      HUB_PLATFORM_RID: platform.requesterId,
      HUB_PLATFORM_SECRET: platform.secret,
    };
    const names = ['recorder', 'projector', 'adapters', 'portal'];
    running.push(...(await Promise.all(names.map((name) => startService(name, folder('installation'), env)))));
    const [recorder, projector, adapters, portal] = running as [Service, Service, Service, Service];
    // Nothing is there yet: everybody lives, is red, and says what it waits for.
    await red(recorder, /Kafka/);
    await red(adapters, /Kafka|PostgreSQL/);
    await red(portal, /PostgreSQL/);
    for (const service of running) assert.ok((await fetch(`${service.url}/health/live`)).ok);
    await kafka.restart(0);
    await postgres.command('start');
    for (const service of running) await green(service);

    const views = openPostgresViewStore({ url: postgres.url });
    try {
      await until('some events are folded', async () => (await views.checkpoint().catch(() => null))?.position, 60_000, complaints);
      await postgres.command('stop');
      await red(portal, /PostgreSQL/);
      await postgres.command('start');
      await kafka.kill(0);
      await red(recorder, /Kafka/);
      await kafka.restart(0);
      for (const service of [recorder, projector, adapters, portal]) await green(service);
      await until('nothing is lost', async () => (await views.digest().catch(() => null)) === expected, 120_000, complaints);
      assert.ok(recorder.log.some(({ message, for: reason }) => message === 'waiting' && /Kafka/.test(String(reason))));
      for (const service of running) assert.equal(await service.stop(), 0, service.name);
    } finally {
      await views.close();
    }
  });

  it('include the event store', async () => {
    // No registry carries the server, so here its protocol is spoken by a stub.
    let server = await startEventStoreStub();
    const { log, port } = server;
    const env: Partial<Record<VariableName, string>> = {
      KAFKA_BROKERS: kafka.brokers.join(','),
      KAFKA_TOPIC_PREFIX: 'store-down.',
      KAFKA_GROUP: 'store-down',
      KAFKA_PARTITIONS: '1',
      KAFKA_REPLICATION: '1',
      EVENTSTORE_URL: server.url,
    };
    server.stop();
    const [recorder, projector] = await Promise.all(['recorder', 'projector'].map((name) => startService(name, folder('d'), env)));
    running.push(recorder!, projector!);
    const hub = await openHub(readConfig({ ...env, HUB_PSEUDONYM_KEY: pseudonymKey.toString('hex') }, { data: folder('d') }));
    try {
      await red(recorder!, /EventStoreDB/);
      await red(projector!, /EventStoreDB/);
      const events = await simulatedEvents({ seed: 'store-down', subjects: 20 });
      await hub.log.publish(events.slice(0, 40));
      server = await startEventStoreStub({ log, port });
      await green(recorder!);
      await until('the first are recorded', async () => (await hub.store.head()) > 0, 30_000, complaints);
      server.stop();
      await red(recorder!, /EventStoreDB/);
      await hub.log.publish(events.slice(40));
      server = await startEventStoreStub({ log, port });
      await green(recorder!);
      await green(projector!);
      await until('everything is recorded', async () => (await hub.log.lag()) === 0, 60_000, complaints);
      const kept: string[] = [];
      for await (const batch of hub.store.readAll(0)) kept.push(...batch.map(({ id }) => id));
      assert.deepEqual(kept.sort(), [...new Set(events.map(({ id }) => id))].sort());
      await until('and folded', async () => (await hub.views.checkpoint()).position === (await hub.store.head()), 30_000, complaints);
    } finally {
      await hub.close();
      server.stop();
    }
  });
});
