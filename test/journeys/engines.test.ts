// The whole flow with one process per service on real engines gives the views of the embedded run of the same input.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { readConfig } from '../../services/config/config.ts';
import { openEventStoreDb } from '../../services/drivers/eventstore/event-store.ts';
import { openPostgresViewStore } from '../../services/drivers/postgres/view-store.ts';
import { openHub } from '../../services/hub/open-hub.ts';
import { startSimulatedPlatform } from '../../services/hub/demo.ts';
import { pullAllOnce } from '../../services/hub/pull-sources.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { run, runOne } from '../support/command.ts';
import { orSkip, sharedKafka } from '../support/kafka.ts';
import { postgresWithRoles } from '../support/postgres-roles.ts';
import { startService, until } from '../support/processes.ts';
import { contracts, pseudonymKey } from '../support/project.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { VariableName } from '../../services/config/environment.ts';
import type { Platform } from '../../services/adapters/pull.ts';
import type { ServiceName } from '../../services/hub/services.ts';
import type { ImportResult } from '../../services/hub/import.ts';
import type { HubStatus } from '../../services/hub/summary.ts';
import type { ViewStore } from '../../services/ports/view-store.ts';
import type { PostgresWithRoles, RoleUrls } from '../support/postgres-roles.ts';
import type { Service } from '../support/processes.ts';
import type { Ledger } from '../../services/domain/ledger.ts';
import type { Supervision } from '../../services/domain/own-facts.ts';

type Variables = Partial<Record<VariableName, string>>;

/** An installation of its own on the shared engines. */
interface Installation {
  env: Variables;
  /** Where a role finds its databases. */
  urls: RoleUrls;
  data: string;
  views: ViewStore;
}

/** Each service has the database role of infra/postgres, and so no more rights than it needs. */
const roleOf: Record<ServiceName, string> = {
  adapters: 'hub_adapter',
  recorder: 'hub_adapter',
  projector: 'hub_projector',
  portal: 'hub_portal',
  audit: 'hub_audit',
  dispatcher: 'hub_dispatcher',
  supervisor: 'hub_supervisor',
};

describe('one process per service on Kafka and Postgres', function () {
  this.timeout(240_000);
  const folder = useTempFolder();
  let engines: Variables;
  let postgres: PostgresWithRoles;
  let platform: Platform & { close(): Promise<void> };
  let expected = '';
  let running: Service[] = [];
  let turn = 0;

  before(async function () {
    const kafka = await orSkip(this, sharedKafka);
    postgres = await postgresWithRoles(this);
    platform = await startSimulatedPlatform({ contracts, now: Date.now }, { seed: 'engines', subjects: 150, port: 0 });
    engines = {
      KAFKA_BROKERS: kafka.brokers.join(','),
      KAFKA_PARTITIONS: '3',
      KAFKA_REPLICATION: '1',
      HUB_PLATFORM_URL: platform.url,
      HUB_PLATFORM_RID: platform.requesterId,
      HUB_PLATFORM_SECRET: platform.secret,
      // The event store is a file of one machine unless a server is named.
      ...(process.env['EVENTSTORE_URL'] ? { EVENTSTORE_URL: process.env['EVENTSTORE_URL'] } : {}),
    };
  });
  beforeEach(async () => {
    // On files every installation begins empty; a server that is named may hold what other tests left there.
    if (expected === '' || process.env['EVENTSTORE_URL']) expected = await embeddedDigest();
  });
  afterEach(async () => {
    await Promise.all(running.map((service) => service.kill()));
    running = [];
  });
  after(async () => {
    await platform?.close();
    await postgres?.end();
  });

  /** What one process on files makes of the same registries, and of what is in the event store already. */
  async function embeddedDigest(): Promise<string> {
    const embeddedFolder = mkdtempSync(join(tmpdir(), 'hub-test-'));
    const hub = await openHub(readConfig({ HUB_PSEUDONYM_KEY: pseudonymKey.toString('hex') }, { data: join(embeddedFolder, 'data') }));
    const url = process.env['EVENTSTORE_URL'];
    if (url) {
      const server = openEventStoreDb({ url });
      for await (const events of server.readAll(0)) await hub.store.append(events);
      await server.close();
    }
    await pullAllOnce(hub, platform, new AbortController().signal);
    const digest = await hub.views.digest();
    await hub.close();
    rmSync(embeddedFolder, { recursive: true, force: true });
    return digest;
  }

  async function install(): Promise<Installation> {
    const env = { ...engines, KAFKA_TOPIC_PREFIX: `journey-${process.pid}-${turn}.`, KAFKA_GROUP: `journey-${process.pid}-${turn}` };
    const data = folder(`installation${turn++}`);
    const urls = await postgres.installation(turn);
    return { env: { ...env, ...urls('superuser') }, urls, data, views: openPostgresViewStore({ url: urls('superuser').DATABASE_URL }) };
  }
  async function begin(name: ServiceName, { env, urls, data }: Installation): Promise<Service> {
    const service = await startService(name, data, { ...env, ...urls(roleOf[name]) });
    running.push(service);
    return service;
  }
  /** The newest message of each key on a compacted topic, once there are so many keys. */
  async function newestResults({ KAFKA_BROKERS: brokers }: Variables, topic: string, keys: number): Promise<Map<string, string>> {
    const consumer = new Kafka({ brokers: brokers!.split(','), logLevel: logLevel.NOTHING }).consumer({
      groupId: `results-${process.pid}-${turn}`,
    });
    const newest = new Map<string, string>();
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      async eachMessage({ message }) {
        if (message.value === null) newest.delete(message.key!.toString());
        else newest.set(message.key!.toString(), message.value.toString());
      },
    });
    await until(
      `${keys} results are there`,
      async () => newest.size >= keys,
      30_000,
      () => newest.size,
    );
    await consumer.disconnect();
    return newest;
  }
  const digestOf = (views: ViewStore): Promise<string | null> => views.digest().catch(() => null);
  const complaints = (): unknown => running.map(({ name, log }) => [name, log.slice(-4)]);

  it('gives the same digest with three recorders and a rebalance in the middle, and answers at the portal', async () => {
    const installation = await install();
    const { views } = installation;
    try {
      await Promise.all((['projector', 'recorder', 'recorder'] as const).map((name) => begin(name, installation)));
      await Promise.all((['adapters', 'portal', 'audit'] as const).map((name) => begin(name, installation)));
      await until('some events are folded', async () => (await views.checkpoint().catch(() => null))?.position, 90_000, complaints);
      await begin('recorder', installation);
      await until('the views are those of the embedded run', async () => (await digestOf(views)) === expected, 120_000, complaints);
      for (const service of running) {
        await until(`${service.name} is ready`, async () => (await service.ready()).ok, 20_000, complaints);
        const metrics = await (await fetch(`${service.url}/metrics`)).text();
        assert.match(metrics, new RegExp(`hub_service_up\\{service="${service.name}"\\} 1`));
      }
      for (const service of running) assert.equal(await service.stop(), 0, `${service.name} stops by itself`);
    } finally {
      await views.close();
    }
  });

  it('serves the commands of an operator, and sends results on behind their views', async () => {
    const installation = await install();
    const { env, data, views } = installation;
    const options = { env: env as Record<string, string> };
    try {
      const [projector, portal] = await Promise.all(
        (['projector', 'portal', 'recorder', 'adapters'] as const).map((name) => begin(name, installation)),
      );
      await until('the views are those of the embedded run', async () => (await digestOf(views)) === expected, 120_000, complaints);

      const file = folder('more.jsonl');
      writeFileSync(
        file,
        `${JSON.stringify([...createSimulation({ seed: `more ${Date.now()}`, subjects: 4, dirty: 0 }).records('business-licence')][0])}\n`,
      );
      const imported = await runOne<ImportResult>(
        ['import', 'business-licence', file, '--mapping', 'platform-file', '--data', data],
        options,
      );
      assert.deepEqual(imported, { received: 1, recorded: null, duplicates: null, quarantined: 0 });
      const status = await runOne<HubStatus>(['status', '--data', data], options);
      assert.equal(status.unrecorded, 0);
      assert.notEqual(status.viewsDigest, expected);

      const { out } = await run(['token', '--scope', 'packages:read', '--data', data], options);
      // A company's: on a server that other runs have used, persons were sealed with keys that are not here.
      const row = (await views.list('package', { limit: 1000 })).find(({ key }) => !key.includes('~p-'));
      const headers = { authorization: `Bearer ${out[0]!}`, purpose: 'electricity-application' };
      const answer = await fetch(`${portal!.url}/portal/v1/packages/${encodeURIComponent(row!.key)}`, { headers });
      assert.equal(answer.status, 200, JSON.stringify([await answer.text(), portal!.log.slice(-5)]));

      const refused = await run(['replay', '--data', data], options);
      assert.equal(refused.code, 2, refused.error.join());
      assert.match(refused.error.join(), /projector/);
      await projector!.stop();
      const replayed = await runOne<{ same: boolean }>(['replay', '--data', data], options);
      assert.equal(replayed.same, true);
      assert.equal(await views.digest(), status.viewsDigest);

      await begin('projector', installation);
      const kept = await views.list('package', { limit: 100_000 });
      const results = await newestResults(env, `${env.KAFKA_TOPIC_PREFIX!}packages.v1`, kept.length);
      assert.deepEqual([...results].sort(), kept.map(({ key, body }) => [key, body] as const).sort());
    } finally {
      await views.close();
    }
  });

  it('supervises beside the others and records on its own behalf; what has no utility to send to stands by', async () => {
    const installation = await install();
    const { views } = installation;
    try {
      await Promise.all((['projector', 'recorder', 'adapters'] as const).map((name) => begin(name, installation)));
      await until('the views are those of the embedded run', async () => (await digestOf(views)) === expected, 120_000, complaints);
      const own = await Promise.all((['dispatcher', 'supervisor'] as const).map((name) => begin(name, installation)));
      for (const service of own) {
        await until(`${service.name} is ready`, async () => (await service.ready()).ok, 30_000, complaints);
        const metrics = await (await fetch(`${service.url}/metrics`)).text();
        assert.match(metrics, new RegExp(`hub_service_up\\{service="${service.name}"\\} 1`));
      }
      // Limits are passed on other days than the embedded run had, so these views are nobody else's.
      const [matter] = await until(
        'a limit that was passed is recorded',
        async () => {
          const matters = await views.list('supervision', { limit: 10 });
          return matters.length > 0 && matters;
        },
        60_000,
        complaints,
      );
      assert.equal((JSON.parse(matter!.body) as Ledger<Supervision>).steps[0]!.fact.change, 'opened');
      assert.deepEqual(await views.list('transfer-life', { limit: 1 }), []);
      for (const service of own) assert.equal(await service.stop(), 0, `${service.name} stops by itself`);
    } finally {
      await views.close();
    }
  });

  it('gives the same digest when each service is killed once in the middle', async () => {
    const installation = await install();
    const { views } = installation;
    try {
      const services = new Map<string, Service>();
      for (const name of ['projector', 'recorder', 'adapters', 'portal', 'audit'] as const)
        services.set(name, await begin(name, installation));
      for (const name of ['adapters', 'recorder', 'projector', 'portal', 'audit'] as const) {
        const before = (await views.checkpoint().catch(() => ({ position: 0 }))).position;
        await until(
          'the views move on or are complete',
          async () => {
            const { position } = await views.checkpoint().catch(() => ({ position: 0 }));
            return position > before || (await digestOf(views)) === expected;
          },
          90_000,
          complaints,
        );
        await services.get(name)!.kill();
        await begin(name, installation);
      }
      await until('the views are those of the embedded run', async () => (await digestOf(views)) === expected, 120_000, complaints);
    } finally {
      await views.close();
    }
  });
});
