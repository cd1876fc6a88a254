// What a consumer group has committed, beside where the topics begin and end.
import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from '../../domain/errors.ts';
import { failureTypes } from './client.ts';
import { offsetIn, offsetsOf, setOffset } from './places.ts';
import type { Cluster, TopicOffsets } from 'kafkajs';
import type { AdminUser } from './admin.ts';
import type { Place } from './places.ts';

export interface Offsets {
  committed(): Promise<Place>;
  /** The first offset that is kept, and the one after the last. */
  bounds(): Promise<{ low: Place; high: Place }>;
  /** Messages not committed, in the partitions that `of` names (all when left out). */
  lag(of?: (topic: string, partition: number) => boolean): Promise<number>;
  /** Resolves once committed offsets have passed `place`; rejects ENGINE_UNAVAILABLE when they never will. */
  passed(place: Place, signal: AbortSignal): Promise<void>;
  /** Lets waiting `passed` look again at once. */
  wake(): void;
  /** Commits as nobody's member, only forwards; brokers take it only while the group has no members, else nothing happens. */
  commitFromOutside(place: Place): Promise<void>;
}

export function createOffsets(user: AdminUser, groupId: string, topics: readonly string[]): Offsets {
  /** Topics and partitions as requests want them. */
  const asked = (cluster: Cluster): { topic: string; partitions: { partition: number }[] }[] =>
    topics.map((topic) => ({
      topic,
      partitions: cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId })),
    }));
  const placeOf = (found: readonly TopicOffsets[]): Place => {
    const place: Place = new Map();
    for (const { topic, partitions } of found)
      for (const { partition, offset } of partitions) if (Number(offset) >= 0) setOffset(place, topic, partition, Number(offset));
    return place;
  };
  const committed = (): Promise<Place> =>
    user.use('tell what is committed', async ({ cluster }) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId });
      const { responses } = await coordinator.offsetFetch({ groupId, topics: asked(cluster) as TopicOffsets[] });
      return placeOf(responses);
    });
  const bounds: Offsets['bounds'] = () =>
    user.use('tell where its topics end', async ({ cluster }) => {
      await cluster.refreshMetadataIfNecessary();
      const ends = async (fromBeginning: boolean): Promise<Place> =>
        placeOf(await cluster.fetchTopicsOffset(asked(cluster).map((one) => ({ ...one, fromBeginning }))));
      return { low: await ends(true), high: await ends(false) };
    });

  // One look answers all who wait.
  let look: Promise<Place> | null = null;
  const sharedCommitted = (): Promise<Place> => (look ??= committed().finally(() => (look = null)));
  let woken = new AbortController();

  /** Rejects where events were deleted before anybody committed them: whoever published them must do so again (law 3). */
  async function refuseLost(missing: readonly (readonly [string, number, number])[]): Promise<void> {
    const [{ low, high }, done] = [await bounds(), await committed()];
    for (const [topic, partition, next] of missing) {
      const reached = offsetIn(done, topic, partition) ?? 0;
      if (reached >= next) continue;
      if ((offsetIn(high, topic, partition) ?? 0) < next || (offsetIn(low, topic, partition) ?? 0) > reached)
        throw new HubError(
          'ENGINE_UNAVAILABLE',
          `Kafka no longer holds events of ${topic}, partition ${partition}, that were not recorded`,
        );
    }
  }

  return {
    committed,
    bounds,
    async lag(of = () => true) {
      const [{ low, high }, done] = await Promise.all([bounds(), committed()]);
      let sum = 0;
      for (const [topic, partition, end] of offsetsOf(high))
        if (of(topic, partition))
          sum += Math.max(0, end - Math.max(offsetIn(done, topic, partition) ?? 0, offsetIn(low, topic, partition)!));
      return sum;
    },
    async passed(place, signal) {
      for (let wait = 10, looks = 1; ; wait = Math.min(2 * wait, 250), looks++) {
        const { signal: again } = woken;
        const done = await sharedCommitted();
        const missing = [...offsetsOf(place)].filter(([topic, partition, next]) => (offsetIn(done, topic, partition) ?? 0) < next);
        if (missing.length === 0) return;
        signal.throwIfAborted();
        if (looks % 8 === 0) await refuseLost(missing);
        await delay(wait, undefined, { signal: AbortSignal.any([signal, again]) }).catch(() => undefined);
        signal.throwIfAborted();
      }
    },
    wake() {
      woken.abort();
      woken = new AbortController();
    },
    async commitFromOutside(place) {
      const done = await committed();
      const ahead: Place = new Map();
      for (const [topic, partition, next] of offsetsOf(place))
        if ((offsetIn(done, topic, partition) ?? -1) < next) setOffset(ahead, topic, partition, next);
      if (ahead.size === 0) return;
      const byTopic = [...ahead].map(([topic, partitions]) => ({
        topic,
        partitions: [...partitions].map(([partition, next]) => ({ partition, offset: String(next) })),
      }));
      await user.use('commit offsets', async ({ cluster }) => {
        try {
          const coordinator = await cluster.findGroupCoordinator({ groupId });
          await coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: '', topics: byTopic });
        } catch (error) {
          if (!failureTypes(error).some((type) => notOurs.has(type))) throw error;
        }
      });
    },
  };
}

/** Answers of a group that has members or is between generations: others read again what was not committed, and ids make it once. */
export const notOurs: ReadonlySet<string> = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
]);
