// Sustained events/s from Kafka to recorded, beside a bare kafkajs loop that reads the same messages and commits.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { openKafkaEventLog } from '../../services/drivers/kafka/event-log.ts';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { families } from '../../services/domain/events.ts';
import { record } from '../../services/recorder/recorder.ts';
import { codec } from '../support/project.ts';
import { median } from './measure.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { EventLog } from '../../services/ports/event-log.ts';
import type { Pair } from './measure.ts';

const topicPrefix = 'bench.';

/** Both are timed from their first batch on: joining the group is no part of a sustained rate. */
export async function benchKafka(brokers: string[], events: HubEvent[], turns: number): Promise<Pair> {
  const publisher = openLog(brokers, 'bench-publisher');
  for (let from = 0; from < events.length; from += 1000) await publisher.publish(events.slice(from, from + 1000));
  await publisher.close();
  const [hub, raw]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < turns; turn++) {
    raw.push(await bareLoop(brokers, `bare-${turn}`, events.length));
    hub.push(await recorderLoop(brokers, `hub-${turn}`, events.length));
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

const openLog = (brokers: string[], groupId: string): EventLog =>
  openKafkaEventLog({
    brokers,
    groupId,
    topicPrefix,
    clientId: groupId,
    partitions: 4,
    replication: 1,
    retentionMs: -1,
    ssl: null,
    sasl: null,
    timeoutMs: 15_000,
    codec,
    onNotice: (text, fields) => console.warn(text, fields),
  });

async function bareLoop(brokers: string[], groupId: string, expected: number): Promise<number> {
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
  return rate;
}

async function recorderLoop(brokers: string[], groupId: string, expected: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'hub-bench-'));
  const log = openLog(brokers, groupId);
  const store = openSqliteEventStore(join(folder, 'store.sqlite'), { now: Date.now });
  const stop = new AbortController();
  let [seen, first] = [0, 0];
  const timed: EventLog = {
    ...log,
    async *batches(signal) {
      for await (const batch of log.batches(signal)) {
        first ||= performance.now();
        yield batch;
      }
    },
  };
  await record({ log: timed, store }, stop.signal, (events) => {
    seen += events.length;
    if (seen >= expected) stop.abort();
  });
  const rate = (seen * 1000) / (performance.now() - first);
  await log.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return rate;
}
