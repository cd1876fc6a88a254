// fault-40, fault-35: a leader of a three-broker cluster is killed under load. Nothing is lost, nothing is doubled.
import assert from 'node:assert/strict';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { record } from '../../services/recorder/recorder.ts';
import { smallEvent } from '../support/events.ts';
import { allEvents } from '../support/fold.ts';
import { withAdmin } from '../support/kafka-admin.ts';
import { kafkaOptions, openTestLog } from '../support/kafka-log.ts';
import { orSkip, startKafka } from '../support/kafka.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { HubError } from '../../services/domain/errors.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { EventLog } from '../../services/ports/event-log.ts';
import type { Kafka } from '../support/kafka.ts';

describe('a cluster of three Kafka brokers', () => {
  const file = useTempFolder();
  let kafka: Kafka;
  before(async function () {
    kafka = await orSkip(this, () => startKafka({ brokers: 3 }));
  });
  after(() => kafka?.stop());

  it('loses nothing and doubles nothing when the leader is killed under load', async function () {
    this.timeout(120_000);
    const options = kafkaOptions(kafka.brokers, { replication: 3, partitions: 3, batch: 200 });
    const publisher = openTestLog(kafka.brokers, options);
    const store = openSqliteEventStore(file('store.sqlite'), { now: () => 0 });
    const events = Array.from({ length: 8000 }, (_, i) => smallEvent(i, { subject: `person ${i % 61}` }));
    const stop = new AbortController();
    let recorded = 0;
    let attempts = 0;

    /** What an adapter does: publishes a page again until the log has it. */
    async function publishPage(page: HubEvent[]): Promise<string> {
      for (;;) {
        attempts++;
        const place = await publisher.publish(page).catch((error: unknown) => {
          assert.equal((error as HubError).code, 'ENGINE_UNAVAILABLE');
          return null;
        });
        if (place !== null) return place;
      }
    }
    const recorders = [1, 2].map(async () => {
      const log: EventLog = openTestLog(kafka.brokers, options);
      while (!stop.signal.aborted)
        await record({ log, store }, stop.signal, (_, outcomes) => {
          recorded += outcomes.filter((outcome) => outcome === 'recorded').length;
        }).catch((error: unknown) => assert.equal((error as HubError).code, 'ENGINE_UNAVAILABLE'));
      await log.close();
    });

    let leader = -1;
    const places: string[] = [];
    for (let at = 0; at < events.length; at += 100) {
      if (at === 3000) {
        const topic = `${options.topicPrefix}erasure.v1`;
        const { topics } = await withAdmin(kafka.brokers, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
        leader = topics[0]!.partitions[0]!.leader - 1;
      }
      const publishing = publishPage(events.slice(at, at + 100));
      // In the middle of a request, as far as anybody can tell.
      if (at === 3000) await kafka.kill(leader);
      if (at === 6000) await kafka.restart(leader);
      places.push(await publishing);
    }
    assert.ok(leader >= 0);
    await Promise.all(places.map((place) => publisher.recorded(place, AbortSignal.timeout(60_000))));
    stop.abort();
    await Promise.all(recorders);

    assert.equal(await publisher.lag(), 0);
    const kept = await allEvents(store);
    const ids = (of: readonly HubEvent[]): string[] => of.map(({ id }) => id).sort();
    assert.deepEqual(ids(kept), ids(events), `after ${attempts} attempts to publish ${events.length / 100} pages`);
    assert.equal(recorded, events.length);
    const subject = 'person 7';
    const sequenceOf = (of: readonly HubEvent[]): (number | null)[] =>
      of.filter((event) => event.subject === subject).map(({ sequence }) => sequence);
    assert.deepEqual(sequenceOf(kept), sequenceOf(events));
    await publisher.close();
    await store.close();
  });
});
