// The recorder from Kafka into a fresh store, timed; a process of its own, as in production.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { record } from '../../services/recorder/recorder.ts';
import { openTestLog } from '../support/kafka-log.ts';
import { nextTask } from './kafka-task.ts';
import type { EventLog } from '../../services/ports/event-log.ts';

const { brokers, groupId, topicPrefix, expected } = await nextTask();
const folder = mkdtempSync(join(tmpdir(), 'hub-bench-'));
const log = openTestLog(brokers, { groupId, topicPrefix, partitions: 4, maxWaitMs: 500 });
const store = openSqliteEventStore(join(folder, 'store.sqlite'), { now: Date.now });
const stop = new AbortController();
let [seen, first] = [0, 0];
const timed: EventLog = {
  ...log,
  async *batches(signal) {
    for await (const batch of log.batches(signal)) {
      // From the first batch on: joining the group is no part of a sustained rate.
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
process.send!(rate, () => process.disconnect());
