// The hub's topics: their names, and how they are made the first time they are needed.
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { families, familyOf } from '../../domain/events.ts';
import { failureTypes } from './client.ts';
import type * as Kafkajs from 'kafkajs';
import type { Admin, ITopicConfig } from 'kafkajs';
import type { OnNotice } from './client.ts';

export interface TopicOptions {
  /** Stands before every topic name; '' in production. */
  topicPrefix: string;
  partitions: number;
  replication: number;
  /** How long events stay in the log after they were published; -1 for ever. */
  retentionMs: number;
}

export interface Topics {
  /** Event topics, one a family. */
  events: readonly string[];
  ofType(type: string): string;
  deadLetter: string;
  packages: string;
  transferRequests: string;
}

/** A family's topic is `<family>.v1`: the version is that of the topic's layout, not of the schemas in it. */
export function topicsOf(prefix: string): Topics {
  const byFamily = new Map<string, string>(families.map((family) => [family, `${prefix}${family}.v1`]));
  return {
    events: [...byFamily.values()],
    ofType(type) {
      const topic = byFamily.get(familyOf(type));
      if (topic === undefined) throw new TypeError(`no family of events is named ${familyOf(type)}`);
      return topic;
    },
    deadLetter: `${prefix}dead-letter`,
    packages: `${prefix}packages.v1`,
    transferRequests: `${prefix}transfer-requests.v1`,
  };
}

/** What kafkajs exports where only CommonJS sees it. */
const { ConfigResourceTypes } = createRequire(import.meta.url)('kafkajs') as typeof Kafkajs;
export const topicResource = ConfigResourceTypes.TOPIC;

type Wanted = Required<Pick<ITopicConfig, 'topic' | 'numPartitions' | 'replicationFactor' | 'configEntries'>>;

/** What the event topics and the dead letters are to be. */
export function eventTopics(options: TopicOptions): Wanted[] {
  const { events, deadLetter } = topicsOf(options.topicPrefix);
  const retention = { 'cleanup.policy': 'delete', 'retention.ms': String(options.retentionMs) };
  return [...events.map((topic) => wanted(topic, options, retention)), wanted(deadLetter, { ...options, partitions: 1 }, retention)];
}

/** What the topics of results are to be: of each key only the newest message is kept, for ever. */
export function resultTopics(options: TopicOptions): Wanted[] {
  const { packages, transferRequests } = topicsOf(options.topicPrefix);
  return [packages, transferRequests].map((topic) => wanted(topic, options, { 'cleanup.policy': 'compact' }));
}

const wanted = (topic: string, { partitions, replication }: TopicOptions, config: Record<string, string>): Wanted => ({
  topic,
  numPartitions: partitions,
  replicationFactor: replication,
  // With `acks=all`, what was acknowledged is then on two brokers at least, and one of three may be down.
  configEntries: Object.entries({ ...config, 'min.insync.replicas': String(Math.max(1, replication - 1)) }).map(([name, value]) => ({
    name,
    value,
  })),
});

/**
 * Makes the topics that are not there yet, whoever else is making them at the same time, and waits until each has leaders.
 * One that exists with fewer partitions or another configuration is left alone and told.
 */
export async function ensureTopics(admin: Admin, all: readonly Wanted[], onNotice: OnNotice): Promise<void> {
  const there = new Set(await admin.listTopics());
  const missing = all.filter(({ topic }) => !there.has(topic));
  if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: false });
  const topics = all.map(({ topic }) => topic);
  const partitions = await partitionsOf(admin, topics);
  for (const { topic, numPartitions } of all) {
    const found = partitions.get(topic)!;
    if (found < numPartitions) onNotice('a Kafka topic has fewer partitions than configured', { topic, found, configured: numPartitions });
  }
  await tellConfiguration(
    admin,
    all.filter(({ topic }) => there.has(topic)),
    onNotice,
  );
}

/** How many partitions each topic has, once every one of them has a leader. */
async function partitionsOf(admin: Admin, topics: string[]): Promise<Map<string, number>> {
  for (let wait = 20; ; wait = Math.min(2 * wait, 500)) {
    try {
      const { topics: found } = await admin.fetchTopicMetadata({ topics });
      if (found.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)))
        return new Map(found.map(({ name, partitions }) => [name, partitions.length]));
    } catch (error) {
      // Brokers hear of a new topic one after another. A call that waits too long is ended by its caller's deadline.
      if (!failureTypes(error).some((type) => type === 'UNKNOWN_TOPIC_OR_PARTITION' || type === 'LEADER_NOT_AVAILABLE')) throw error;
    }
    await delay(wait);
  }
}

async function tellConfiguration(admin: Admin, existing: readonly Wanted[], onNotice: OnNotice): Promise<void> {
  if (existing.length === 0) return;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: existing.map(({ topic, configEntries }) => ({
      type: topicResource,
      name: topic,
      configNames: configEntries.map(({ name }) => name),
    })),
  });
  for (const { topic, configEntries } of existing) {
    const entries = resources.find(({ resourceName }) => resourceName === topic)?.configEntries ?? [];
    for (const { name, value } of configEntries) {
      const found = entries.find(({ configName }) => configName === name)?.configValue;
      if (found !== undefined && found !== value)
        onNotice('a Kafka topic is configured differently', { topic, setting: name, found, configured: value });
    }
  }
}
