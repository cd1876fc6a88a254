// fault-43, 42, 41, 09, 44, 46, 49, 50, 13, 10: what becomes of records when the log or its readers misbehave, on Kafka and PostgreSQL.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { topicsOf } from '../../services/drivers/kafka/topics.ts';
import { sendAsStranger, withAdmin } from '../support/kafka-admin.ts';
import { until } from '../support/processes.ts';
import { useInstallation } from './support/on-engines.ts';
import type { HubProcess } from './support/hub-process.ts';

/**
 * Stops the process where it holds no lock of the event store, or lets it go on. The store of this installation is a
 * file, which whoever stands still in a transaction keeps locked; a server would not be held up.
 */
function stoppedBetweenAppends(process: HubProcess, data: string): boolean {
  process.signal('SIGSTOP');
  const store = new Database(join(data, 'store.sqlite'), { timeout: 0 });
  try {
    store.exec('BEGIN IMMEDIATE; ROLLBACK');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
    process.signal('SIGCONT');
    return false;
  } finally {
    store.close();
  }
}

describe('a log on Kafka, and services on it, that misbehave', function () {
  this.timeout(180_000);
  const shared = useInstallation();
  const tail = (): unknown => shared.hub.said.slice(-5);
  const topics = (): readonly string[] => topicsOf(shared.hub.topicPrefix).events;
  const said = (text: string, since: number): Promise<boolean> =>
    until(`"${text}" is said`, async () => shared.hub.said.slice(since).join('\n').includes(text), 60_000, tail);
  const stop = async (name: string): Promise<void> => assert.equal(await shared.hub.process(name).stop(), 0);

  it('fault-43: a group whose offsets are gone reads everything from 0 again, and records nothing of it', async () => {
    const { engines, hub, tell, comesOut } = shared;
    const before = (await comesOut()).verdict;
    await stop('recorder');
    await withAdmin(engines.brokers, (admin) => admin.deleteGroups([hub.group]));
    const { verdict, metrics } = await comesOut();
    assert.deepEqual(verdict.ids, before.ids);
    assert.match(metrics, /^hub_recorder_events_total\{[^}]*outcome="duplicate"\} [1-9]/m);
    tell(4);
    await comesOut();
  });

  it('fault-42, fault-41: what the log no longer holds is said, and is read again from its source: the cursor trails the store', async () => {
    const { engines, hub, platform, tell, comesOut } = shared;
    await hub.settle();
    await stop('recorder');
    tell(16);
    const mark = platform.ledger.sent();
    hub.start('adapters');
    // A page of each source that has some is published, and waits for the recorder.
    await until('adapters publish', async () => platform.ledger.sent() > mark, 60_000, tail);
    await until('the log holds more than was recorded', async () => (await lagOf()) > 20, 60_000, tail);
    await withAdmin(engines.brokers, async (admin) => {
      for (const topic of topics()) {
        const ends = await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: ends.map(({ partition, high }) => ({ partition, offset: high })) });
      }
    });
    const since = hub.said.length;
    await said('no longer holds events', since);
    hub.start('recorder');
    await said('Kafka no longer holds the place to read on from', since);
    await comesOut();
  });

  async function lagOf(): Promise<number> {
    const { engines, hub } = shared;
    return withAdmin(engines.brokers, async (admin) => {
      const committed = await admin.fetchOffsets({ groupId: hub.group, topics: [...topics()] });
      let lag = 0;
      for (const { topic, partitions } of committed)
        for (const { partition, high, low } of await admin.fetchTopicOffsets(topic)) {
          const offset = Number(partitions.find((one) => one.partition === partition)?.offset ?? -1);
          lag += Number(high) - Math.max(offset, Number(low));
        }
      return lag;
    });
  }

  it('fault-09, fault-11: a recorder stopped for longer than its session is replaced, and doubles nothing when it goes on', async () => {
    const { hub, platform, tell, comesOut } = shared;
    await hub.settle();
    const zombie = hub.process('recorder');
    tell(24);
    const mark = platform.ledger.sent();
    hub.start('adapters');
    await until('it pulls', async () => platform.ledger.sent() > mark + 20, 60_000, tail);
    await until('it stands still between two appends', async () => stoppedBetweenAppends(zombie, hub.data), 60_000, tail);
    hub.start('recorder', undefined, 'second recorder');
    const held = platform.ledger.sent();
    const goesOn = async (): Promise<boolean> => platform.taken(new Map()) || platform.ledger.sent() > held + 60;
    await until('the second takes over', goesOn, 60_000, tail);
    zombie.signal('SIGCONT');
    await comesOut();
    await stop('second recorder');
  });

  it('fault-44: recorders that join and leave again and again hold nothing up for long', async () => {
    const { hub, tell, comesOut } = shared;
    await hub.settle();
    tell(24);
    hub.start('adapters');
    for (let turn = 0; turn < 4; turn++) {
      const passing = hub.start('recorder', undefined, 'passing recorder');
      await until('it is there', () => passing.ready(), 60_000, tail);
      if (turn % 2 === 0) await stop('passing recorder');
      else await hub.kill('passing recorder');
    }
    await comesOut();
  });

  it('fault-46: a topic that is given more partitions keeps every fact, and the views are the same', async () => {
    const { engines, hub, tell, comesOut } = shared;
    await hub.settle();
    tell(12);
    await withAdmin(engines.brokers, (admin) =>
      admin.createPartitions({ topicPartitions: topics().map((topic) => ({ topic, count: 3 })) }),
    );
    // Whoever publishes or reads anew knows of them.
    await stop('recorder');
    await comesOut();
  });

  it('fault-49, fault-50: tombstones, empty and huge messages of strangers go to the dead letters, and the next flows', async () => {
    const { engines, hub, tell, comesOut } = shared;
    await hub.settle();
    const since = hub.said.length;
    const [topic] = topics() as [string];
    await sendAsStranger(engines.brokers, topic, [
      { key: 'a', value: null },
      { key: null, value: '' },
      { key: 'b', value: Buffer.alloc(900_000, 1), headers: { ce_id: 'none' } },
    ]);
    tell(6);
    await comesOut();
    assert.match(hub.said.slice(since).join('\n'), /went to the dead letters/);
    const letters = await withAdmin(engines.brokers, (admin) => admin.fetchTopicOffsets(topicsOf(hub.topicPrefix).deadLetter));
    assert.ok(Number(letters[0]!.high) >= 3);
  });

  it('fault-10: a recorder whose event loop stands still for longer than its session doubles nothing', async () => {
    const { hub, tell, comesOut } = shared;
    await hub.settle();
    await stop('recorder');
    tell(12);
    hub.start('recorder', 'recorder-appended=delay:8000@1');
    await comesOut();
  });

  it('fault-13: a service with a defect ends and says so, and another one goes on; none lives on and stands still', async () => {
    const { hub, tell, comesOut } = shared;
    await hub.settle();
    await Promise.all([stop('recorder'), stop('projector')]);
    tell(6);
    hub.start('adapters');
    assert.equal(await hub.start('recorder', 'recorder-appended=throw@1').ended, 1);
    hub.start('recorder');
    assert.equal(await hub.start('projector', 'views-rows-written=throw@1').ended, 1);
    assert.match(hub.said.join('\n'), /"message":"failed","service":"projector"/);
    assert.deepEqual(await hub.crashed(), []);
    await comesOut();
  });
});
