// What consumers of the result topics hold: of each key the newest message.
import { Kafka, logLevel } from 'kafkajs';
import { withAdmin } from '../../support/kafka-admin.ts';
import { until } from '../../support/processes.ts';

/** Reads a compacted topic from its beginning to where it ends now. */
export async function newestOf(brokers: readonly string[], topic: string): Promise<Map<string, string>> {
  const ends = await withAdmin(brokers, (admin) => admin.fetchTopicOffsets(topic));
  const missing = new Map(ends.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, Number(high)]));
  const newest = new Map<string, string>();
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${topic}-${Math.random()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    async eachMessage({ partition, message: { key, value, offset } }) {
      if (value === null) newest.delete(key!.toString());
      else newest.set(key!.toString(), value.toString());
      if (Number(offset) + 1 >= (missing.get(partition) ?? Infinity)) missing.delete(partition);
    },
  });
  await until(
    'the topic was read to its end',
    async () => missing.size === 0,
    60_000,
    () => [...missing],
  );
  await consumer.disconnect();
  return newest;
}
