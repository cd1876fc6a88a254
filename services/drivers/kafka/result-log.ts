// Results on Kafka: two compacted topics, of each package and transfer request the newest state.
import { deriveEventId } from '../../domain/events.ts';
import { createAdminUser } from './admin.ts';
import { createSender } from './sender.ts';
import { ensureTopics, resultTopics, topicsOf } from './topics.ts';
import type { Result, ResultLog } from '../../ports/result-log.ts';
import type { KafkaOptions } from './event-log.ts';
import type { Outgoing } from './sender.ts';
import type { Topics } from './topics.ts';

/** Opens the log of results; connects on first use, and makes its topics. The same result published again is the same message. */
export function openKafkaResultLog(options: KafkaOptions): ResultLog {
  const topics = topicsOf(options.topicPrefix);
  const user = createAdminUser(options, [topics.packages, topics.transferRequests], (admin) =>
    ensureTopics(admin, resultTopics(options), options.onNotice),
  );
  const ready = (): Promise<void> => user.use('make its topics', async () => undefined);
  const sender = createSender(options, ready, { maxBytes: 900_000, maxMessages: 2000, gzip: true });
  return {
    async publish(results) {
      await sender.send(results.map((result) => resultMessage(result, topics)));
    },
    async close() {
      await sender.close();
      await user.close();
    },
  };
}

/** Withdrawn is a tombstone: its headers still say what happened, until compaction takes the key away. */
export function resultMessage({ kind, id, body, digest, cursor }: Result, topics: Topics): Outgoing {
  return {
    topic: kind === 'package' ? topics.packages : topics.transferRequests,
    key: id,
    value: body,
    headers: {
      ...(body !== null && { 'content-type': 'application/json' }),
      ce_specversion: '1.0',
      ce_id: deriveEventId(0, kind, id, null, Buffer.from(cursor)),
      ce_source: `/views/${kind}`,
      ce_type: `hub.${kind}.${body === null ? 'withdrawn' : 'changed'}.v1`,
      ce_subject: id,
      ce_cursor: cursor,
      ...(digest !== null && { ce_digest: digest }),
    },
  };
}
