// Sustained events/s from Kafka to recorded, beside a bare kafkajs loop that reads the same messages and commits.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openTestLog } from '../support/kafka-log.ts';
import { program } from '../support/programs.ts';
import { median } from './measure.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { KafkaTask } from './kafka-task.ts';
import type { Pair } from './measure.ts';

const topicPrefix = 'bench.';

/** Each turn of each is a process of its own, as a recorder is in production. */
export async function benchKafka(brokers: string[], events: HubEvent[], turns: number): Promise<Pair> {
  const publisher = openTestLog(brokers, { topicPrefix, partitions: 4 });
  for (let from = 0; from < events.length; from += 1000) await publisher.publish(events.slice(from, from + 1000));
  await publisher.close();
  const task = { brokers, topicPrefix, expected: events.length };
  const [hub, raw]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < turns; turn++) {
    raw.push(await runTask('bare-kafka.ts', { ...task, groupId: `bare-${turn}` }));
    hub.push(await runTask('recorder-kafka.ts', { ...task, groupId: `hub-${turn}` }));
  }
  return {
    name: 'Kafka to recorded',
    unit: 'events',
    ceiling: 'bare kafkajs eachBatch with commits',
    wanted: 0.7,
    hub: median(hub),
    raw: median(raw),
    ratio: median(hub.map((value, i) => value / raw[i]!)),
  };
}

/** The events per second that a program of this folder measured. */
async function runTask(file: string, task: KafkaTask): Promise<number> {
  const child = spawn(process.execPath, program(fileURLToPath(new URL(file, import.meta.url))), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  child.send(task);
  const early = ended.then(() => Promise.reject(new Error(`${file} ended without a result`)));
  const [rate] = (await Promise.race([once(child, 'message'), early])) as [number];
  early.catch(() => undefined);
  await ended;
  return rate;
}
