// The raw ceiling of reading from Kafka: kafkajs as it comes, every batch read and committed. A process of its own, since
// the hub puts a decoder of records of its own into the kafkajs of its process.
import { Kafka, logLevel } from 'kafkajs';
import { families } from '../../services/domain/events.ts';
import { nextTask } from './kafka-task.ts';

const { brokers, groupId, topicPrefix, expected } = await nextTask();
const consumer = new Kafka({ clientId: groupId, brokers, logLevel: logLevel.NOTHING }).consumer({ groupId });
await consumer.connect();
await consumer.subscribe({ topics: families.map((family) => `${topicPrefix}${family}.v1`), fromBeginning: true });
let [seen, first] = [0, 0];
let done = (): void => undefined;
const finished = new Promise<void>((resolve) => (done = resolve));
await consumer.run({
  autoCommit: false,
  partitionsConsumedConcurrently: 4,
  async eachBatch({ batch }) {
    // From the first batch on: joining the group is no part of a sustained rate.
    first ||= performance.now();
    seen += batch.messages.length;
    const offset = String(Number(batch.lastOffset()) + 1);
    await consumer.commitOffsets([{ topic: batch.topic, partition: batch.partition, offset }]);
    if (seen >= expected) done();
  },
});
await finished;
const rate = (seen * 1000) / (performance.now() - first);
await consumer.disconnect();
process.send!(rate, () => process.disconnect());
