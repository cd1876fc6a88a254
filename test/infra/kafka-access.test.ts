// The broker as infra/compose configures it and the access lists of infra/kafka, on a real one: each service can do its work and no other.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, ResourcePatternTypes, logLevel } from 'kafkajs';
import { factFamilies, families as allFamilies } from '../../services/domain/events.ts';
import { openKafkaEventLog } from '../../services/drivers/kafka/event-log.ts';
import { openKafkaResultLog } from '../../services/drivers/kafka/result-log.ts';
import { smallEvent, smallEvents } from '../support/events.ts';
import { freePorts, jarsOrSkip } from '../support/kafka.ts';
import { createBroker } from '../support/kafka-jars.ts';
import { kafkaOptions } from '../support/kafka-log.ts';
import { readInfra, readYaml } from './files.ts';
import { accessOf, printed, topicsIn } from './topics-script.ts';
import type { Admin } from 'kafkajs';
import type { Family, HubEvent } from '../../services/domain/events.ts';
import type { KafkaEventLogOptions } from '../../services/drivers/kafka/event-log.ts';
import type { EventLog } from '../../services/ports/event-log.ts';
import type { Broker } from '../support/kafka-jars.ts';

/** What the image of Kafka makes of its environment: `KAFKA_NODE_ID` is `node.id`. */
function propertiesOf(environment: Record<string, string>): Record<string, string> {
  const own = Object.entries(environment).filter(([name]) => name.startsWith('KAFKA_') && name !== 'KAFKA_HEAP_OPTS');
  return Object.fromEntries(own.map(([name, value]) => [name.slice('KAFKA_'.length).toLowerCase().replaceAll('_', '.'), value]));
}

/** The first broker of infra/compose on this machine, alone, so that nothing can be copied thrice. */
function settings(clients: number, brokers: number, controller: number): Record<string, string> {
  const compose = readYaml('compose', 'compose.yaml') as { services: Record<string, { environment: Record<string, string> }> };
  const own = propertiesOf(compose.services['kafka-1']!.environment);
  const [jaas, login] = /^# (org\.apache\.\S+ required .*;)$/m.exec(readInfra('compose', 'secrets', 'kafka.env.example'))!;
  assert.ok(jaas);
  const once = Object.entries(own).filter(([name]) => /replication\.factor$|min\.isr$|min\.insync/.test(name));
  return {
    ...own,
    ...Object.fromEntries(once.map(([name]) => [name, '1'])),
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `CLIENTS://127.0.0.1:${clients},BROKERS://127.0.0.1:${brokers},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `CLIENTS://127.0.0.1:${clients},BROKERS://127.0.0.1:${brokers}`,
    'listener.name.clients.plain.sasl.jaas.config': login!.replaceAll('…', 'right'),
    'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.num.partitions': '4',
    'log.cleaner.dedupe.buffer.size': '4194304',
  };
}

/** Waits for a broker that is only just starting. */
async function connected(address: string): Promise<Admin> {
  for (let tries = 1; ; tries++) {
    const kafka = new Kafka({ brokers: [address], clientId: 'operator', logLevel: logLevel.NOTHING, retry: { retries: 0 } });
    const admin = kafka.admin();
    try {
      await admin.connect();
      await admin.describeCluster();
      return admin;
    } catch (error) {
      await admin.disconnect();
      if (tries === 300) throw error;
      await delay(200);
    }
  }
}

/** What topics.sh prints, done: its tools are not among the jars. */
async function apply(admin: Admin): Promise<void> {
  const commands = printed({ REPLICATION: '1', PARTITIONS: '2' });
  const topics = topicsIn(commands).map(({ topic, partitions, replication, config }) => ({
    topic,
    numPartitions: partitions,
    replicationFactor: replication,
    configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
  }));
  await admin.createTopics({ topics, waitForLeaders: true });
  const operations = {
    Read: AclOperationTypes.READ,
    Write: AclOperationTypes.WRITE,
    Describe: AclOperationTypes.DESCRIBE,
    DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
  };
  const resources = (names: string[], resourceType: AclResourceTypes) => names.map((resourceName) => ({ resourceName, resourceType }));
  const acl = accessOf(commands).flatMap(({ user, operations: allowed, topics: own, groups }) =>
    [...resources(own, AclResourceTypes.TOPIC), ...resources(groups, AclResourceTypes.GROUP)].flatMap((resource) =>
      allowed.map((operation) => ({
        ...resource,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: `User:${user}`,
        host: '*',
        operation: operations[operation as keyof typeof operations],
        permissionType: AclPermissionTypes.ALLOW,
      })),
    ),
  );
  await admin.createAcls({ acl });
  // A broker hears of them a moment after the controller has taken them.
  const any = { resourceType: AclResourceTypes.ANY, resourcePatternType: ResourcePatternTypes.ANY };
  const filter = { ...any, operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY };
  for (let known = 0; known < acl.length; await delay(20)) {
    const { resources: heard } = await admin.describeAcls(filter);
    known = heard.reduce((sum, { acls }) => sum + acls.length, 0);
  }
}

describe('access lists on a real broker', function () {
  this.timeout(120_000);
  let broker: Broker | undefined;
  let brokers: string[];
  let admin: Admin | undefined;
  const notices: string[] = [];
  const open: { close(): Promise<void> }[] = [];

  before(async function () {
    const jars = await jarsOrSkip(this);
    const [clients, own, controller] = (await freePorts(3)) as [number, number, number];
    broker = await createBroker(jars, settings(clients, own, controller));
    await broker.start();
    admin = await connected(`127.0.0.1:${own}`);
    await apply(admin);
    brokers = [`127.0.0.1:${clients}`];
  });
  afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));
  after(async () => {
    await admin?.disconnect();
    await broker?.stop();
  });

  const optionsOf = (username: string, password = 'right'): KafkaEventLogOptions =>
    kafkaOptions(brokers, {
      topicPrefix: '',
      groupId: 'hub-recorder',
      partitions: 2,
      timeoutMs: 8_000,
      patienceMs: 1_000,
      sasl: { mechanism: 'plain', username, password },
      onNotice: (text, fields) => void notices.push(`${text} ${JSON.stringify(fields)}`),
    });
  function logOf(username: string, password?: string): EventLog {
    const log = openKafkaEventLog(optionsOf(username, password));
    open.push(log);
    return log;
  }
  const refused = { code: 'ENGINE_UNAVAILABLE' };
  const read = async (log: EventLog): Promise<void> => {
    for await (const _ of log.batches(AbortSignal.timeout(15_000))) assert.fail('was let in');
    assert.fail('was not refused');
  };

  it('let adapters publish and watch, and recorders read and commit', async () => {
    const [adapters, recorder] = [logOf('hub-adapters'), logOf('hub-recorder')];
    const place = await adapters.publish(smallEvents(20).map((event) => ({ ...event, type: 'property-right.changed' })));
    assert.equal(await adapters.lag(), 20);
    const stop = new AbortController();
    let taken = 0;
    for await (const batch of recorder.batches(stop.signal)) {
      taken += batch.events.length;
      await recorder.commit(batch.place);
      if (taken === 20) stop.abort();
    }
    await adapters.recorded(place, AbortSignal.timeout(20_000));
    assert.equal(await recorder.lag(), 0);
    // What operators ask of the log (`hub status`, `hub import`) is allowed as well.
    assert.equal(await logOf('hub-operator').lag(), 0);
  });

  /** What each service publishes, and waits for until a recorder has it. */
  const records: Record<string, readonly Family[]> = {
    'hub-adapters': [...factFamilies, 'quarantine', 'contact'],
    'hub-portal': ['access', 'authorisation', 'commitment', 'transfer-request'],
    'hub-dispatcher': ['access', 'transfer-request'],
    'hub-supervisor': ['supervision'],
  };
  /** Of a family; the log does not look into events. */
  const eventOf = (family: Family): HubEvent => smallEvent(1, { type: `${family}.told`, subject: family });

  it('let adapters, portal, dispatcher and supervisor record what is theirs and see it taken', async () => {
    const recorder = logOf('hub-recorder');
    for (const [user, families] of Object.entries(records)) {
      const log = logOf(user);
      const place = await log.publish(families.map(eventOf));
      const stop = new AbortController();
      let left = families.length;
      for await (const batch of recorder.batches(stop.signal)) {
        await recorder.commit(batch.place);
        if ((left -= batch.events.length) <= 0) stop.abort();
      }
      await log.recorded(place, AbortSignal.timeout(20_000));
    }
  });

  it('keep them from recording anything else, and from reading', async () => {
    for (const [user, families] of Object.entries(records)) {
      const log = logOf(user);
      for (const family of allFamilies.filter((one) => !families.includes(one)))
        await assert.rejects(log.publish([eventOf(family)]), refused, `${user}: ${family}`);
      await assert.rejects(read(logOf(user)), refused, user);
    }
  });

  it('let projectors publish results', async () => {
    const results = openKafkaResultLog(optionsOf('hub-projector'));
    open.push(results);
    await results.publish([{ kind: 'package', id: 'one', body: '{}', digest: 'd', cursor: '1' }]);
  });

  it('make the same topics as the hub wants: it finds nothing different', () => {
    assert.deepEqual(
      notices.filter((notice) => notice.includes('Kafka topic')),
      [],
    );
  });

  it('keep adapters from reading, recorders and projectors from publishing', async () => {
    await assert.rejects(read(logOf('hub-adapters')), refused);
    await assert.rejects(logOf('hub-recorder').publish(smallEvents(1)), refused);
    await assert.rejects(logOf('hub-projector').publish(smallEvents(1)), refused);
    const results = openKafkaResultLog(optionsOf('hub-adapters'));
    open.push(results);
    await assert.rejects(results.publish([{ kind: 'package', id: 'one', body: '{}', digest: 'd', cursor: '1' }]), refused);
  });

  it('let in nobody with a wrong password', async () => {
    await assert.rejects(logOf('hub-recorder', 'wrong').lag(), refused);
  });
});
