// One life of a group member: joins, hands fetched batches over, commits, leaves. When it ends, another is made.
import { createClient, failureTypes, renewSocketsOnTimeout, unavailable, within } from './client.ts';
import { offsetIn, offsetsOf, setOffset } from './places.ts';
import { notOurs } from './offsets.ts';
import { guardedAssigner } from './spin-guard.ts';
import type { EachBatchPayload } from 'kafkajs';
import type { KafkaConnection } from './client.ts';
import type { Chunk, HandOver } from './hand-over.ts';
import type { Place } from './places.ts';

export interface MemberOptions extends KafkaConnection {
  groupId: string;
  /** A member that has not been heard of for so long is taken out of the group. */
  sessionMs: number;
  /** How long a broker may hold a fetch while there is nothing new; stopping takes as long. */
  maxWaitMs: number;
  /** Bytes of one fetch from one broker: what is held in memory at a time. */
  maxFetchBytes: number;
}

export interface Member {
  /** Commits what of `place` lies in partitions that are still this member's; never backwards. */
  commit(place: Place): Promise<void>;
  owns(topic: string, partition: number): boolean;
  /** How often it has been given partitions; 0 before the first time. */
  generation(): number;
  /** Resolves with the reason when it cannot go on. */
  ended: Promise<unknown>;
  /** Leaves the group; at most a few seconds. */
  leave(): Promise<void>;
}

/** Concurrent batches: as many as a member may have partitions; with fewer, one partition's batch waits for another's. */
const concurrency = 256;

/** `read` turns a fetched batch into a chunk; `progressed` is called whenever something was fetched or committed. */
export function createMember(
  options: MemberOptions,
  topics: readonly string[],
  handOver: HandOver,
  read: (batch: EachBatchPayload['batch']) => Promise<Chunk>,
  progressed: () => void,
): Member {
  const client = createClient(options, (message, fields) => {
    // kafkajs goes on at the first offset there is; what lay between is gone from the log.
    if (message.startsWith('Offset out of range')) options.onNotice('Kafka no longer holds the place to read on from', where(fields));
  });
  const beatMs = Math.min(1000, Math.floor(options.sessionMs / 5));
  const consumer = client.kafka.consumer({
    groupId: options.groupId,
    sessionTimeout: options.sessionMs,
    rebalanceTimeout: Math.max(30_000, options.sessionMs),
    heartbeatInterval: beatMs,
    maxWaitTimeInMs: options.maxWaitMs,
    maxBytes: options.maxFetchBytes,
    maxBytesPerPartition: Math.min(1024 * 1024, options.maxFetchBytes),
    allowAutoTopicCreation: false,
    partitionAssigners: [guardedAssigner],
    retry: { retries: 3, restartOnFailure: async () => false },
  });
  renewSocketsOnTimeout(client, consumer as never);

  let assigned: Record<string, number[]> | null = null;
  let committed: Place = new Map();
  let generation = 0;
  let leaving = false;
  const ended = new Promise<unknown>((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      assigned = payload.memberAssignment;
      committed = new Map();
      generation++;
      progressed();
    });
    // Batches of nothing but control records reach no handler, yet move the offset.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
      if (batchSize === 0) handOver.offer({ topic, partition, events: [], nexts: [], end: Number(lastOffset) + 1 }).catch(() => undefined);
    });
    const starting = (async () => {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({ autoCommit: false, partitionsConsumedConcurrently: concurrency, eachBatch });
    })();
    starting.catch(resolve);
  });
  let over = false;
  void ended.then(() => (over = true));

  /** On a rebalance the reader finishes what it has in hand, and the rest is dropped: all handlers end with what ended the first. */
  async function eachBatch({ batch, heartbeat }: EachBatchPayload): Promise<void> {
    try {
      await whileBeating(heartbeat, beatMs, async () => {
        const chunk = await read(batch);
        progressed();
        if (!leaving) await handOver.offer(chunk);
      });
    } catch (error) {
      await within(options.sessionMs / 2, handOver.drop(error)).catch(() => undefined);
      throw error;
    }
  }

  return {
    async commit(place) {
      const ahead: { topic: string; partition: number; offset: string }[] = [];
      for (const [topic, partition, next] of offsetsOf(place))
        if (assigned?.[topic]?.includes(partition) && (offsetIn(committed, topic, partition) ?? -1) < next)
          ahead.push({ topic, partition, offset: String(next) });
      if (ahead.length === 0) return;
      try {
        await consumer.commitOffsets(ahead);
        for (const { topic, partition, offset } of ahead) setOffset(committed, topic, partition, Number(offset));
        progressed();
      } catch (error) {
        if (!over && !leaving && !failureTypes(error).some((type) => notOurs.has(type)))
          throw unavailable(options, 'commit offsets', error);
      }
    },
    owns: (topic, partition) => assigned?.[topic]?.includes(partition) ?? false,
    generation: () => generation,
    ended,
    async leave() {
      leaving = true;
      const dropped = handOver.drop(new Error('the member leaves its group'));
      await within(options.maxWaitMs + 3000, Promise.all([dropped, consumer.disconnect()])).catch(() => undefined);
      client.giveUp();
    },
  };
}

/** Runs `work`, and `beat` beside it at an interval; rejects with whichever fails first. */
async function whileBeating(beat: () => Promise<void>, ms: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_, reject) => {
    timer = setInterval(() => void beat().catch(reject), ms);
  });
  try {
    await Promise.race([work(), failed]);
  } finally {
    clearInterval(timer);
  }
}

const where = (fields: object): Record<string, string | number> => {
  const { topic = '', partition = -1 } = fields as { topic?: string; partition?: number };
  return { topic, partition };
};
