// The administrative connection: opened when first used, given up when it fails, opened again by the next use.
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, failureTypes, renewSocketsOnTimeout, unavailable, within } from './client.ts';
import { PartitionAssigners } from './kafkajs.ts';
import type { Admin, Cluster } from 'kafkajs';
import type { Client, KafkaConnection } from './client.ts';

export interface Administration {
  admin: Admin;
  /** Speaks to single brokers: for what `Admin` cannot do. */
  cluster: Cluster;
}

export interface AdminUser {
  /** Runs `work` once connected and `prepare` has been done. Errors: ENGINE_UNAVAILABLE, also when it takes too long. */
  use<T>(tried: string, work: (administration: Administration) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** `prepare` runs once for the life of the user, before anything else; the cluster knows `topics`. */
export function createAdminUser(
  connection: KafkaConnection,
  topics: readonly string[],
  prepare: (admin: Admin) => Promise<void>,
): AdminUser {
  let opened: { client: Client; ready: Promise<Administration> } | null = null;
  let prepared: Promise<void> | null = null;
  let closed = false;

  const open = (): NonNullable<typeof opened> => {
    const client = createClient(connection);
    const ready = (async () => {
      const admin = client.kafka.admin();
      renewSocketsOnTimeout(client, admin as never);
      // An assigner is the one thing that kafkajs hands its cluster to; this consumer never joins a group.
      let cluster!: Cluster;
      const outsider = client.kafka.consumer({
        groupId: 'none',
        partitionAssigners: [(given) => ((cluster = given.cluster), PartitionAssigners.roundRobin(given))],
      });
      renewSocketsOnTimeout(client, outsider as never);
      await Promise.all([admin.connect(), outsider.connect()]);
      prepared ??= prepare(admin).catch((error: unknown) => {
        prepared = null;
        throw error;
      });
      await prepared;
      // All at once: calls of kafkajs that each add a topic at the same time may wait for each other for ever.
      await cluster.addMultipleTargetTopics([...topics]);
      return { admin, cluster };
    })();
    return { client, ready };
  };

  return {
    async use(tried, work) {
      const until = Date.now() + connection.timeoutMs;
      for (let wait = 50; ; wait = Math.min(2 * wait, 500)) {
        const own = (opened ??= open());
        try {
          return await within(Math.max(1, until - Date.now()), own.ready.then(work));
        } catch (error) {
          // With a new client comes new knowledge of who leads what.
          if (opened === own) opened = null;
          own.client.giveUp();
          if (closed || Date.now() + wait > until || !failureTypes(error).some((type) => passing.has(type)))
            throw unavailable(connection, tried, error);
        }
        await delay(wait);
      }
    },
    async close() {
      closed = true;
      opened?.client.giveUp();
      opened = null;
    },
  };
}

/** Failures of a cluster in which something has just moved, or of another call that gave the connection up. */
const passing: ReadonlySet<string> = new Set([
  ...['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION', 'REPLICA_NOT_AVAILABLE', 'NOT_CONTROLLER'],
  ...['NOT_COORDINATOR_FOR_GROUP', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'GROUP_LOAD_IN_PROGRESS', 'KafkaJSGroupCoordinatorNotFound'],
  ...['KafkaJSConnectionClosedError', 'KafkaJSConnectionError', 'KafkaJSBrokerNotFound', 'KafkaJSRequestTimeoutError'],
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'],
]);
