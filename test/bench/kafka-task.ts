// What a process of the Kafka benchmark is told to do.
import { once } from 'node:events';

export interface KafkaTask {
  brokers: string[];
  groupId: string;
  /** Every topic's name is this and a family's. */
  topicPrefix: string;
  /** How many events there are to read. */
  expected: number;
}

export async function nextTask(): Promise<KafkaTask> {
  const [task] = (await once(process, 'message')) as [KafkaTask];
  return task;
}
