// The event log on Kafka: one topic a family keyed by subject, read by a consumer group that commits behind the store.
import { createAdminUser } from './admin.ts';
import { toMessage } from './headers.ts';
import { createOffsets } from './offsets.ts';
import { formatPlace, offsetIn, offsetsOf, parsePlace, setOffset } from './places.ts';
import { createReadBatch } from './read-batch.ts';
import { createSender } from './sender.ts';
import { createSubscription } from './subscription.ts';
import { ensureTopics, eventTopics, topicsOf } from './topics.ts';
import type { EventCodec } from '../../ports/event-codec.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { KafkaConnection } from './client.ts';
import type { Place } from './places.ts';
import type { TopicOptions } from './topics.ts';

export interface KafkaOptions extends KafkaConnection, TopicOptions {}

export interface KafkaEventLogOptions extends KafkaOptions {
  /** The recorders' consumer group: the same for all that share the work. */
  groupId: string;
  codec: Pick<EventCodec, 'check' | 'schemaOf'>;
  /** Events handed to the recorder at a time. */
  batch?: number;
  /** See {@link SubscriptionOptions}; milliseconds. */
  stalledMs?: number;
  patienceMs?: number;
  sessionMs?: number;
  maxWaitMs?: number;
  /** Bytes of one fetch from one broker. */
  maxFetchBytes?: number;
}

/**
 * Opens the log; connects on first use, and makes the topics that are not there. Many processes may publish and many may
 * read: they share the partitions. Order holds within a subject. A failed `publish` may have left some of its events in
 * the log; publishing again is safe, since ids make each event once.
 */
export function openKafkaEventLog(options: KafkaEventLogOptions): EventLog {
  const { codec, onNotice } = options;
  const topics = topicsOf(options.topicPrefix);
  const user = createAdminUser(options, topics.events, (admin) => ensureTopics(admin, eventTopics(options), onNotice));
  const offsets = createOffsets(user, options.groupId, topics.events);
  const ready = (): Promise<void> => user.use('make its topics', async () => undefined);
  const sender = createSender(options, ready, { maxBytes: 900_000, maxMessages: 2000, gzip: true });
  const readable = ({ data }: { data: Uint8Array }): void => codec.check(data);
  const subscription = createSubscription(
    { batch: 5000, stalledMs: 30_000, patienceMs: 30_000, sessionMs: 10_000, maxWaitMs: 500, maxFetchBytes: 4 * 1024 * 1024, ...options },
    topics.events,
    ready,
    offsets,
    createReadBatch({ topic: topics.deadLetter, sender, readable, onNotice }),
  );

  return {
    async publish(events) {
      if (events.length === 0) return formatPlace(await end());
      // All are turned into messages before any is sent: an event that cannot be sends none.
      const messages = events.map((event) => toMessage(event, topics.ofType(event.type), codec.schemaOf));
      return formatPlace(await sender.send(messages));
    },
    recorded: (place, signal) => offsets.passed(parsePlace(place), signal),
    batches: (signal) => subscription.batches(signal),
    commit: (place) => subscription.commit(place),
    lag: () => offsets.lag(),
    async close() {
      await sender.close();
      await user.close();
    },
  };

  /** The end of every partition that holds anything. */
  async function end(): Promise<Place> {
    const { low, high } = await offsets.bounds();
    const place: Place = new Map();
    for (const [topic, partition, next] of offsetsOf(high))
      if (next > offsetIn(low, topic, partition)!) setOffset(place, topic, partition, next);
    return place;
  }
}
