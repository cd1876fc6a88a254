// A real Apache Kafka for tests: one by address, else in Docker, else from Kafka's own jars on the machine's Java.
import { connect, createServer } from 'node:net';
import { dockerBrokers } from './kafka-docker.ts';
import { createBroker, kafkaJars } from './kafka-jars.ts';
import type { AddressInfo } from 'node:net';
import type { Broker } from './kafka-jars.ts';

export interface Kafka {
  /** Addresses to begin with, `host:port`. */
  brokers: string[];
  /** Ends one broker as `kill -9` does. */
  kill(index: number): Promise<void>;
  /** Starts a killed one again on the data it had, and waits until it listens. */
  restart(index: number): Promise<void>;
  stop(): Promise<void>;
}

export interface KafkaRequest {
  brokers: 1 | 3;
  /** With one broker: it also listens on `listen`, and tells who comes there to come by way of `advertise`. */
  proxy?: { listen: number; advertise: number };
}

/** Starts a cluster of its own on loopback, or gives null where none can be had (on CI, where it must be: throws). */
export async function startKafka({ brokers: count, proxy }: KafkaRequest): Promise<Kafka | null> {
  const ports = await freePorts(2 * count);
  const [clients, controllers] = [ports.slice(0, count), ports.slice(count)];
  const settings = clients.map((_, index) => behindProxy(brokerSettings(index, clients, controllers), proxy));
  const made = (await dockerBrokers(settings)) ?? (await jarBrokers(settings));
  if ('missing' in made) return without(made.missing);
  const { brokers } = made;
  const kafka: Kafka = {
    brokers: clients.map((port) => `127.0.0.1:${port}`),
    kill: (index) => brokers[index]!.kill(),
    async restart(index) {
      await brokers[index]!.start();
      await listening(clients[index]!);
    },
    async stop() {
      await Promise.all(brokers.map((broker) => broker.stop()));
    },
  };
  try {
    await Promise.all(brokers.map((_, index) => kafka.restart(index)));
  } catch (error) {
    await kafka.stop();
    throw error;
  }
  return kafka;
}

let shared: Promise<Kafka | null> | undefined;

/**
 * The one broker that all suites of a process share, and which ends when the process does; keep to topics and groups of
 * your own. `KAFKA_BROKERS` names another.
 */
export function sharedKafka(): Promise<Pick<Kafka, 'brokers'> | null> {
  const given = process.env['KAFKA_BROKERS'];
  if (given !== undefined && given !== '') return Promise.resolve({ brokers: given.split(',') });
  return (shared ??= startKafka({ brokers: 1 }));
}

/** For the `before` of a suite: what it needs of Kafka, or the suite is skipped. */
export async function orSkip<T>(context: Mocha.Context, kafka: () => Promise<T | null>): Promise<T> {
  context.timeout(300_000);
  const started = await kafka();
  if (started === null) context.skip();
  return started!;
}

/** For the `before` of a suite that starts a broker of its own: Kafka's jars, or the suite is skipped. */
export async function jarsOrSkip(context: Mocha.Context): Promise<string> {
  context.timeout(300_000);
  const fetched = await kafkaJars();
  if ('jars' in fetched) return fetched.jars;
  without(fetched.missing);
  return context.skip();
}

let told = false;

/** Says once what is not run here; a machine that must run everything fails instead. */
function without(reason: string): null {
  const text = `Kafka: no KAFKA_BROKERS, no Docker engine, and no broker of our own (${reason})`;
  if (process.env['CI'] !== undefined && process.env['CI'] !== '') throw new Error(text);
  if (!told) console.warn(`${text}. What needs Kafka is not run.`);
  told = true;
  return null;
}

async function jarBrokers(settings: Record<string, string>[]): Promise<{ brokers: Broker[] } | { missing: string }> {
  const fetched = await kafkaJars();
  if ('missing' in fetched) return fetched;
  return { brokers: await Promise.all(settings.map((own) => createBroker(fetched.jars, own))) };
}

/** What one broker is told: KRaft, loopback only; small and quick, for tests. */
function brokerSettings(index: number, clients: number[], controllers: number[]): Record<string, string> {
  const count = String(clients.length);
  return {
    'node.id': String(index + 1),
    'process.roles': 'broker,controller',
    'controller.quorum.voters': controllers.map((port, i) => `${i + 1}@127.0.0.1:${port}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${clients[index]!},CONTROLLER://127.0.0.1:${controllers[index]!}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${clients[index]!}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'auto.create.topics.enable': 'false',
    'default.replication.factor': count,
    'offsets.topic.replication.factor': count,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': count,
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': count,
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'log.cleaner.dedupe.buffer.size': '4194304',
    // A broker that was killed is known to be gone after this long.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'controller.quorum.election.timeout.ms': '500',
    'controller.quorum.fetch.timeout.ms': '1000',
  };
}

/** A listener of its own for those who come through a proxy. */
function behindProxy(settings: Record<string, string>, proxy: KafkaRequest['proxy']): Record<string, string> {
  if (!proxy) return settings;
  return {
    ...settings,
    listeners: `${settings['listeners']!},PROXIED://127.0.0.1:${proxy.listen}`,
    'advertised.listeners': `${settings['advertised.listeners']!},PROXIED://127.0.0.1:${proxy.advertise}`,
    'listener.security.protocol.map': `${settings['listener.security.protocol.map']!},PROXIED:PLAINTEXT`,
  };
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Waits until somebody listens on a port of this machine. */
export async function listening(port: number, patience = 60_000): Promise<void> {
  const attempt = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() && true));
      socket.once('error', () => setTimeout(() => resolve(false), 100));
    });
  for (const since = Date.now(); !(await attempt());)
    if (Date.now() - since > patience) throw new Error(`no Kafka broker listens on port ${port} after ${patience / 1000} s`);
}
