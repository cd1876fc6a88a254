// Event logs on Kafka for tests: topics and a group of their own, quick to join and to leave.
import { randomBytes } from 'node:crypto';
import { openKafkaEventLog } from '../../services/drivers/kafka/event-log.ts';
import { codec } from './project.ts';
import type { KafkaEventLogOptions } from '../../services/drivers/kafka/event-log.ts';
import type { EventLog } from '../../services/ports/event-log.ts';

/** A prefix that no other test has. */
const ownPrefix = (): string => `t${randomBytes(5).toString('hex')}.`;

export function kafkaOptions(brokers: readonly string[], changes: Partial<KafkaEventLogOptions> = {}): KafkaEventLogOptions {
  const topicPrefix = changes.topicPrefix ?? ownPrefix();
  return {
    brokers,
    clientId: 'hub-test',
    groupId: `${topicPrefix}recorder`,
    topicPrefix,
    partitions: 3,
    replication: 1,
    retentionMs: -1,
    ssl: null,
    sasl: null,
    timeoutMs: 30_000,
    onNotice: () => undefined,
    codec,
    maxWaitMs: 100,
    sessionMs: 6000,
    ...changes,
  };
}

export const openTestLog = (brokers: readonly string[], changes: Partial<KafkaEventLogOptions> = {}): EventLog =>
  openKafkaEventLog(kafkaOptions(brokers, changes));
