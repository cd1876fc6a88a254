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
  const made = await partitionsOf(admin, topics);
  for (const { topic, numPartitions } of all) {
    const found = made.get(topic)!.partitions;
    if (found < numPartitions) onNotice('a Kafka topic has fewer partitions than configured', { topic, found, configured: numPartitions });
  }
  const existing = all.filter(({ topic }) => there.has(topic));
  // Those just made are as wanted, and not every broker may know of them yet.
  const configuration = new Map([...missing.map(wantedConfiguration), ...(await configurationOf(admin, existing))]);
  tellConfiguration(existing, configuration, onNotice);
  const { brokers } = await admin.describeCluster();
  const kept = topics.map((topic) => ({
    topic,
    copies: made.get(topic)!.copies,
    acknowledging: Number(configuration.get(topic)?.get('min.insync.replicas') ?? 1),
  }));
  tellWeak(kept, brokers.length, onNotice);
}

/** How an existing topic keeps its messages: copies of each, and how many must be written before one is acknowledged. */
export interface Kept {
  topic: string;
  copies: number;
  acknowledging: number;
}

/**
 * Tells of topics whose settings cannot keep what was acknowledged when a broker is lost for good. Of a single broker
 * nothing is told: it can keep no second copy, and whoever runs one knows.
 */
export function tellWeak(topics: readonly Kept[], brokers: number, onNotice: OnNotice): void {
  if (brokers < 2) return;
  const tell = (text: string, weak: readonly Kept[]): void => {
    if (weak.length > 0) onNotice(text, { topics: weak.map(({ topic }) => topic).join(', '), brokers });
  };
  tell(
    'Kafka keeps one copy of these topics: a lost broker loses events that were acknowledged',
    topics.filter(({ copies }) => copies < 2),
  );
  tell(
    'Kafka acknowledges events on these topics with one copy written (min.insync.replicas below 2): a lost broker may lose them',
    topics.filter(({ copies, acknowledging }) => copies >= 2 && acknowledging < 2),
  );
}

interface Made {
  partitions: number;
  /** Of the partition that has fewest. */
  copies: number;
}

/** What each topic is made of, once every partition has a leader. */
async function partitionsOf(admin: Admin, topics: string[]): Promise<Map<string, Made>> {
  for (let wait = 20; ; wait = Math.min(2 * wait, 500)) {
    try {
      const { topics: found } = await admin.fetchTopicMetadata({ topics });
      if (found.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)))
        return new Map(
          found.map(({ name, partitions }) => [
            name,
            { partitions: partitions.length, copies: Math.min(...partitions.map(({ replicas }) => replicas.length)) },
          ]),
        );
    } catch (error) {
      // Brokers hear of a new topic one after another. A call that waits too long is ended by its caller's deadline.
      if (!failureTypes(error).some((type) => type === 'UNKNOWN_TOPIC_OR_PARTITION' || type === 'LEADER_NOT_AVAILABLE')) throw error;
    }
    await delay(wait);
  }
}

type Configuration = Map<string, Map<string, string>>;

const wantedConfiguration = ({ topic, configEntries }: Wanted): [string, Map<string, string>] => [
  topic,
  new Map(configEntries.map(({ name, value }) => [name, value])),
];

/** The settings that matter to us, by topic and name. */
async function configurationOf(admin: Admin, topics: readonly Wanted[]): Promise<Configuration> {
  if (topics.length === 0) return new Map();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ topic, configEntries }) => ({
      type: topicResource,
      name: topic,
      configNames: configEntries.map(({ name }) => name),
    })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}

function tellConfiguration(existing: readonly Wanted[], configuration: Configuration, onNotice: OnNotice): void {
  for (const { topic, configEntries } of existing) {
    for (const { name, value } of configEntries) {
      const found = configuration.get(topic)?.get(name);
      if (found !== undefined && found !== value)
        onNotice('a Kafka topic is configured differently', { topic, setting: name, found, configured: value });
    }
  }
}
