// fault-33, 34, 35, 36, 37, 38, 39, 28: what a network does between the hub and its engines, and a database that stops at once.
import assert from 'node:assert/strict';
import pg from 'pg';
import { createClient, unavailable } from '../../services/drivers/kafka/client.ts';
import { ownPostgresFor } from '../support/postgres.ts';
import { freePorts, orSkip, startKafka } from '../support/kafka.ts';
import { until } from '../support/processes.ts';
import { carriers } from './support/engines.ts';
import { useInstallation } from './support/on-engines.ts';
import { openProxy } from './support/proxy.ts';
import type { Kafka } from '../support/kafka.ts';
import type { HubError } from '../../services/domain/errors.ts';
import type { OwnPostgres } from '../support/start-postgres.ts';
import type { Carrier, Engines } from './support/engines.ts';
import type { Proxy } from './support/proxy.ts';

describe('a network between the hub, Kafka and PostgreSQL', function () {
  this.timeout(240_000);
  let kafka: Kafka;
  let postgres: OwnPostgres;
  let toKafka: Proxy;
  let toPostgres: Proxy;
  const shared = useInstallation({
    async elsewhere(context) {
      const [listen] = (await freePorts(1)) as [number];
      toKafka = await openProxy(listen);
      kafka = await orSkip(context, () => startKafka({ brokers: 1, proxy: { listen, advertise: toKafka.port } }));
      postgres = await ownPostgresFor(context);
      toPostgres = await openProxy(postgres.port);
      const engines = { brokers: kafka.brokers, postgres: databasesOf(postgres) };
      const url = postgres.url.replace(`:${postgres.port}/`, `:${toPostgres.port}/`);
      return { engines, env: { KAFKA_BROKERS: `127.0.0.1:${toKafka.port}`, DATABASE_URL: url, KEYS_URL: url } };
    },
  });
  after(async function () {
    this.timeout(60_000);
    await Promise.all([toKafka?.close(), toPostgres?.close()]);
    await Promise.all([kafka?.stop(), postgres?.end()]);
  });
  afterEach(() => {
    toKafka?.trouble({});
    toPostgres?.trouble({});
  });

  /** New records are on their way, from adapters that have just begun. */
  async function underWay(): Promise<void> {
    const { hub, platform, tell } = shared;
    await hub.settle();
    const sent = platform.ledger.sent();
    tell(24);
    hub.start('adapters');
    await until(
      'it pulls',
      async () => (hub.died(), platform.ledger.sent() > sent + 10),
      60_000,
      () => hub.said.slice(-3),
    );
  }
  const turns = (name: Carrier, green: boolean): Promise<boolean> =>
    until(
      `${name} is ${green ? 'green' : 'red'}`,
      async () => (await shared.hub.process(name).ready()) === green,
      90_000,
      () => shared.hub.said.slice(-4),
    );

  it('fault-33: parted from Kafka, everything waits, is red, and goes on by itself', async () => {
    await underWay();
    toKafka.trouble({ down: true });
    await Promise.all([turns('recorder', false), turns('adapters', false)]);
    toKafka.trouble({});
    await Promise.all(carriers.map((name) => turns(name, true)));
    await shared.comesOut();
  });

  it('fault-34: a Kafka that neither answers nor ends a connection is told as out of reach, and found again', async () => {
    await underWay();
    toKafka.trouble({ silent: true });
    await Promise.all([turns('recorder', false), turns('adapters', false)]);
    toKafka.trouble({});
    await Promise.all(carriers.map((name) => turns(name, true)));
    await shared.comesOut();
  });

  it('fault-35, fault-36: connections reset, and answers lost after the broker has committed, double nothing', async () => {
    await underWay();
    toKafka.reset();
    // A request to produce has the API key 0 after its length.
    const produced = (request: Buffer): boolean => request.length > 200 && request.readInt16BE(4) === 0;
    await within(toKafka.loseAnswer(produced), 'an answer to a produce request is lost');
    toKafka.reset();
    await shared.comesOut();
  });

  it('fault-37: a commit whose answer is lost is neither lost nor done twice', async () => {
    const { hub, tell } = shared;
    await hub.settle();
    for (let turn = 0; turn < 2; turn++) {
      const lost = toPostgres.loseAnswer((request) => request.includes('COMMIT'));
      tell(8);
      await hub.kill('adapters');
      hub.start('adapters');
      await within(lost, 'an answer to a commit is lost');
    }
    await shared.comesOut();
  });

  it('fault-38, fault-39: slow and uneven, and a few bytes at a time, everything still comes through', async () => {
    toKafka.trouble({ latencyMs: [5, 60], slice: 64 });
    toPostgres.trouble({ slice: 16 });
    shared.tell(6);
    await shared.comesOut();
  });

  it('fault-28: a database that stops at once in the middle is waited for, and nothing of a half commit is left', async () => {
    await underWay();
    await postgres.command('crash');
    await turns('adapters', false);
    await postgres.command('start');
    await Promise.all(carriers.map((name) => turns(name, true)));
    await shared.comesOut();
  });
});

describe('a client of Kafka that reaches no broker', () => {
  it('fault-34: is told as a Kafka out of reach where kafkajs stumbles over its own empty answer, unlike a mistake of ours', async () => {
    const connection = {
      brokers: ['127.0.0.1:1'],
      clientId: 'hub-test',
      ssl: null,
      sasl: null,
      timeoutMs: 1000,
      onNotice: () => undefined,
    };
    const admin = createClient(connection).kafka.admin();
    // As it does with the answer that it did not get.
    const stumbled: unknown = await admin.fetchTopicMetadata(null as never).catch((error: unknown) => error);
    assert.ok(stumbled instanceof TypeError);
    assert.equal((unavailable(connection, 'tell its topics', stumbled) as HubError).code, 'ENGINE_UNAVAILABLE');
    const own = new TypeError('a mistake of ours');
    assert.equal(unavailable(connection, 'tell its topics', own), own);
  });
});

async function within<T>(awaited: Promise<T>, what: string): Promise<T> {
  let done = false;
  void awaited.then(() => (done = true));
  await until(what, async () => done, 60_000);
  return awaited;
}

/** The one database of a server of one's own, whatever place asks. */
function databasesOf({ url }: OwnPostgres): Engines['postgres'] {
  return {
    database: async () => url,
    async query<Row extends pg.QueryResultRow>(at: string, text: string) {
      const client = new pg.Client({ connectionString: at });
      await client.connect();
      return (await client.query<Row>(text).finally(() => client.end())).rows;
    },
  };
}
