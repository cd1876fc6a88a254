// Looks at and changes a Kafka cluster from outside the hub.
import { Kafka, logLevel } from 'kafkajs';
import type { Admin, KafkaMessage } from 'kafkajs';

const strangerTo = (brokers: readonly string[]): Kafka =>
  new Kafka({ brokers: [...brokers], clientId: 'stranger', logLevel: logLevel.NOTHING, retry: { initialRetryTime: 100, retries: 8 } });

export async function withAdmin<T>(brokers: readonly string[], use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = strangerTo(brokers).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Reads so many messages of a topic from its beginning, with a group of its own. */
export async function readTopic(
  brokers: readonly string[],
  topic: string,
  count: number,
): Promise<(KafkaMessage & { partition: number; text(header: string): string | undefined })[]> {
  const consumer = strangerTo(brokers).consumer({ groupId: `${topic}-stranger-${Math.random()}`, maxWaitTimeInMs: 100 });
  const read: Awaited<ReturnType<typeof readTopic>> = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ message, partition }) => {
          read.push({ ...message, partition, text: (header) => message.headers?.[header]?.toString() });
          if (read.length === count) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return read;
}

/** Sends messages as anybody could. */
export async function sendAsStranger(
  brokers: readonly string[],
  topic: string,
  messages: { key?: string | null; value: string | Buffer | null; headers?: Record<string, string | Buffer>; partition?: number }[],
): Promise<void> {
  const producer = strangerTo(brokers).producer();
  await producer.connect();
  await producer.send({ topic, messages });
  await producer.disconnect();
}
