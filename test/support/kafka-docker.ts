// Brokers from Apache Kafka's own image through testcontainers, where a Docker engine answers.
import { clusterId, kafkaVersion } from './kafka-jars.ts';
import type { StartedTestContainer } from 'testcontainers';
import type { Broker } from './kafka-jars.ts';

/** Brokers in containers on the machine's own network, not started yet; null where no Docker engine answers. */
export async function dockerBrokers(settings: readonly Record<string, string>[]): Promise<{ brokers: Broker[] } | null> {
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers');
  // Only on Linux do containers share the loopback addresses that brokers tell their clients.
  const engine = process.platform === 'linux' && (await getContainerRuntimeClient().catch(() => null));
  if (!engine) return null;
  return {
    brokers: settings.map((own) => {
      const environment: Record<string, string> = { CLUSTER_ID: clusterId, KAFKA_HEAP_OPTS: '-Xmx384m' };
      for (const [name, value] of Object.entries(own)) environment[`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`] = value;
      const container = new GenericContainer(`apache/kafka:${kafkaVersion}`)
        .withNetworkMode('host')
        .withEnvironment(environment)
        .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
        .withStartupTimeout(120_000);
      let started: StartedTestContainer | undefined;
      return {
        async start() {
          if (started) await started.restart();
          else started = await container.start();
        },
        async kill() {
          await started?.stop({ timeout: 0, remove: false });
        },
        async stop() {
          await started?.stop({ timeout: 0 });
        },
      };
    }),
  };
}
