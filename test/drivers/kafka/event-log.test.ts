// What the event log on Kafka does beside what every event log does.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { families } from '../../../services/domain/events.ts';
import { createAdminUser } from '../../../services/drivers/kafka/admin.ts';
import { toMessage } from '../../../services/drivers/kafka/headers.ts';
import { createOffsets } from '../../../services/drivers/kafka/offsets.ts';
import { createReadBatch } from '../../../services/drivers/kafka/read-batch.ts';
import { createSubscription } from '../../../services/drivers/kafka/subscription.ts';
import { topicsOf } from '../../../services/drivers/kafka/topics.ts';
import { plain, smallEvent, smallEvents } from '../../support/events.ts';
import { readTopic, sendAsStranger, withAdmin } from '../../support/kafka-admin.ts';
import { kafkaOptions, openTestLog } from '../../support/kafka-log.ts';
import { orSkip, sharedKafka, startKafka } from '../../support/kafka.ts';
import { codec } from '../../support/project.ts';
import type { HubEvent } from '../../../services/domain/events.ts';
import type { KafkaEventLogOptions } from '../../../services/drivers/kafka/event-log.ts';
import type { EventLog, LogBatch } from '../../../services/ports/event-log.ts';

interface Notice {
  text: string;
  fields: Record<string, string | number>;
}

describe('the event log on Kafka', () => {
  let brokers: string[];
  before(async function () {
    ({ brokers } = await orSkip(this, sharedKafka));
  });

  let opened: EventLog[] = [];
  let notices: Notice[] = [];
  beforeEach(() => {
    [opened, notices] = [[], []];
  });
  afterEach(async () => {
    await Promise.all(opened.map((log) => log.close()));
  });
  const optionsOf = (changes: Partial<KafkaEventLogOptions> = {}): KafkaEventLogOptions =>
    kafkaOptions(brokers, { onNotice: (text, fields) => void notices.push({ text, fields }), ...changes });
  function open(options: KafkaEventLogOptions): EventLog {
    const log = openTestLog(options.brokers, options);
    opened.push(log);
    return log;
  }

  /** Reads and commits until `enough` says so of what was read. */
  async function read(log: EventLog, enough: (events: HubEvent[]) => boolean, onBatch?: (batch: LogBatch) => void): Promise<HubEvent[]> {
    const events: HubEvent[] = [];
    const stop = new AbortController();
    for await (const batch of log.batches(stop.signal)) {
      events.push(...plain(batch.events));
      await log.commit(batch.place);
      onBatch?.(batch);
      if (enough(events)) stop.abort();
    }
    return events;
  }
  const ids = (events: readonly HubEvent[]): string[] => [...new Set(events.map(({ id }) => id))].sort();

  it('makes its topics once when several processes begin at once', async () => {
    const options = optionsOf();
    const logs = [1, 2, 3, 4].map(() => open(options));
    await Promise.all(logs.map((log, i) => log.publish(smallEvents(5, 5 * i))));
    assert.equal(await logs[0]!.lag(), 20);
    const topics = await withAdmin(brokers, (admin) => admin.listTopics());
    const own = topics.filter((topic) => topic.startsWith(options.topicPrefix)).map((topic) => topic.slice(options.topicPrefix.length));
    assert.deepEqual(own.sort(), [...families.map((family) => `${family}.v1`), 'dead-letter'].sort());
    assert.deepEqual(notices, []);
  });

  it('leaves topics that others made as they are, and tells what differs', async () => {
    const options = optionsOf({ partitions: 3 });
    const topic = `${options.topicPrefix}erasure.v1`;
    const configEntries = [{ name: 'retention.ms', value: '3600000' }];
    await withAdmin(brokers, (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 2, configEntries }] }));
    await open(options).publish(smallEvents(1));
    assert.deepEqual(notices, [
      { text: 'a Kafka topic has fewer partitions than configured', fields: { topic, found: 2, configured: 3 } },
      { text: 'a Kafka topic is configured differently', fields: { topic, setting: 'retention.ms', found: '3600000', configured: '-1' } },
    ]);
  });

  it('publishes far more than fits one request, each subject in order', async () => {
    const log = open(optionsOf());
    const events = Array.from({ length: 3000 }, (_, i) =>
      smallEvent(i, {
        data: codec.encode('erasure', { change: 'erased', record: 'r', person: 'p', basis: 'long '.repeat(200 + (i % 7) * 300) }),
      }),
    );
    await log.publish(events);
    const back = await read(log, ({ length }) => length === events.length);
    for (const subject of new Set(events.map((event) => event.subject)))
      assert.deepEqual(
        back.filter((event) => event.subject === subject).map(({ id }) => id),
        events.filter((event) => event.subject === subject).map(({ id }) => id),
      );
  });

  it('refuses an event longer than a topic takes, and takes the others', async () => {
    const log = open(optionsOf());
    const basis = randomBytes(2_000_000).toString('base64');
    const data = codec.encode('erasure', { change: 'erased', record: 'r', person: 'p', basis });
    await assert.rejects(log.publish([smallEvent(1, { data })]), { code: 'RECORD_TOO_LARGE' });
    await log.publish(smallEvents(3));
    assert.equal(await log.lag(), 3);
  });

  it('puts what carries no event into the dead letters, and the next flows', async () => {
    const options = optionsOf({ partitions: 1 });
    const log = open(options);
    await log.publish([smallEvent(1)]);
    const topic = `${options.topicPrefix}erasure.v1`;
    const good = toMessage(smallEvent(2), topic, codec.schemaOf);
    const headers = good.headers as Record<string, string>;
    await sendAsStranger(brokers, topic, [
      { key: null, value: 'no event at all' },
      { key: 'p-2', value: good.value!.subarray(0, 14), headers },
      { key: 'p-2', value: Buffer.from([0xc3, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 9]), headers: { ...headers, note: '备注' } },
      { key: 'p-2', value: null, headers },
      { key: good.key, value: good.value, headers },
    ]);
    const events = await read(log, ({ length }) => length === 2);
    assert.deepEqual(events, plain([smallEvent(1), smallEvent(2)]));
    assert.equal(await log.lag(), 0);
    const letters = await readTopic(brokers, `${options.topicPrefix}dead-letter`, 4);
    assert.deepEqual(
      letters.map(({ text }) => [text('dead_letter_topic'), text('dead_letter_partition'), text('dead_letter_offset')]),
      [1, 2, 3, 4].map((offset) => [topic, '0', String(offset)]),
    );
    assert.deepEqual(
      letters.map(({ text }) => text('dead_letter_reason')),
      [
        'header ce_specversion is missing or there more than once',
        'the value fits no schema',
        'the value fits no schema',
        'the message has no value',
      ],
    );
    assert.deepEqual(
      letters.map(({ value }) => value?.toString('hex') ?? null),
      [Buffer.from('no event at all').toString('hex'), good.value!.subarray(0, 14).toString('hex'), 'c301010203040506070809', null],
    );
    assert.equal(letters[2]!.text('note'), '备注');
    assert.equal(letters[1]!.text('ce_id'), smallEvent(2).id);
    assert.deepEqual(
      notices.map(({ text }) => text),
      ['messages that carry no event went to the dead letters'],
    );
  });

  it('passes messages that carry no event when nothing else comes', async () => {
    const options = optionsOf({ partitions: 1 });
    const log = open(options);
    await log.publish(smallEvents(1));
    await read(log, ({ length }) => length === 1);
    await sendAsStranger(brokers, `${options.topicPrefix}erasure.v1`, [{ key: null, value: 'nothing' }]);
    await read(
      log,
      () => true,
      (batch) => assert.deepEqual(batch.events, []),
    );
    assert.equal(await log.lag(), 0);
  });

  it('loses nothing while readers come and go in the middle of a load', async function () {
    this.timeout(60_000);
    const options = optionsOf({ partitions: 6, batch: 50, maxFetchBytes: 64 * 1024 });
    const writer = open(options);
    const events = Array.from({ length: 6000 }, (_, i) => smallEvent(i, { subject: `person ${i % 97}` }));
    await writer.publish(events.slice(0, 3000));
    const seen = new Map<string, number>();
    const over = new AbortController();
    let onSeen = (): void => undefined;
    const reader = async (signal: AbortSignal): Promise<void> => {
      const log = open(options);
      for await (const batch of log.batches(signal)) {
        for (const { id } of batch.events) seen.set(id, (seen.get(id) ?? 0) + 1);
        await log.commit(batch.place);
        onSeen();
      }
    };
    const until = (enough: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        onSeen = () => {
          if (enough()) resolve();
        };
        onSeen();
      });
    const leaving = new AbortController();
    const readers = [reader(over.signal)];
    await until(() => seen.size >= 500);
    readers.push(reader(over.signal), reader(AbortSignal.any([leaving.signal, over.signal])));
    await until(() => seen.size >= 1500);
    const publishing = writer.publish(events.slice(3000));
    await until(() => seen.size >= 3500);
    leaving.abort();
    await until(() => seen.size === events.length);
    await writer.recorded(await publishing, AbortSignal.timeout(20_000));
    assert.equal(await writer.lag(), 0);
    over.abort();
    await Promise.all(readers);
    assert.deepEqual([...seen.keys()].sort(), ids(events));
  });

  it('waits for commits of another process', async () => {
    const options = optionsOf();
    const [publisher, recorder] = [open(options), open(options)];
    const place = await publisher.publish(smallEvents(30));
    const waiting = publisher.recorded(place, AbortSignal.timeout(15_000));
    await read(recorder, ({ length }) => length === 30);
    await waiting;
  });

  it('makes a consumer anew that has something to read and gets nothing', async () => {
    let stalled = (): void => undefined;
    const told = new Promise<void>((resolve) => (stalled = resolve));
    let lag = 1;
    const onNotice = (_: string, { reason }: Notice['fields']): void => {
      if (reason !== 'Stalled') return;
      lag = 0;
      stalled();
    };
    const options = optionsOf({ onNotice });
    const log = open(options);
    const topics = topicsOf(options.topicPrefix).events;
    const user = createAdminUser(options, topics, async () => undefined);
    // The topics are empty; to be told that they are not is what a consumer that stopped fetching looks like.
    const offsets = { ...createOffsets(user, options.groupId, topics), lag: async () => lag };
    const timing = { batch: 10, stalledMs: 300, patienceMs: 20_000, sessionMs: 6000, maxWaitMs: 100, maxFetchBytes: 100_000 };
    const readBatch = createReadBatch({
      topic: 'none',
      sender: { send: async () => new Map() },
      readable: () => undefined,
      onNotice: () => undefined,
    });
    await log.publish([]);
    const subscription = createSubscription({ ...options, ...timing }, topics, async () => undefined, offsets, readBatch);
    const stop = new AbortController();
    const batches = subscription.batches(stop.signal);
    const next = batches.next();
    await told;
    await log.publish(smallEvents(1));
    const read = (await next) as IteratorYieldResult<LogBatch>;
    assert.deepEqual(plain(read.value.events), plain(smallEvents(1)));
    stop.abort();
    assert.equal((await batches.next()).done, true);
    await user.close();
  });

  it('tells when the log no longer holds what was not recorded, and goes on with what it holds', async () => {
    const options = optionsOf({ partitions: 1 });
    const log = open(options);
    const first = await log.publish(smallEvents(10));
    await read(log, ({ length }) => length === 10);
    const second = await log.publish(smallEvents(10, 10));
    const topic = `${options.topicPrefix}erasure.v1`;
    await withAdmin(brokers, async (admin) => {
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '15' }] });
    });
    await log.recorded(first, AbortSignal.timeout(5000));
    await assert.rejects(log.recorded(second, AbortSignal.timeout(15_000)), { code: 'ENGINE_UNAVAILABLE' });
    assert.equal(await log.lag(), 5);
    assert.deepEqual(await read(log, ({ length }) => length === 5), plain(smallEvents(5, 15)));
    assert.deepEqual(notices, [{ text: 'Kafka no longer holds the place to read on from', fields: { topic, partition: 0 } }]);
  });

  it('says that Kafka cannot be reached, whatever is called', async () => {
    const log = open(optionsOf({ brokers: ['127.0.0.1:1'], timeoutMs: 500, patienceMs: 100 }));
    const unavailable = { code: 'ENGINE_UNAVAILABLE', message: /127\.0\.0\.1:1.*ECONNREFUSED/ };
    await assert.rejects(log.publish(smallEvents(1)), unavailable);
    await assert.rejects(log.publish([]), unavailable);
    await assert.rejects(log.lag(), unavailable);
    await assert.rejects(log.recorded('{"t":{"0":1}}', AbortSignal.timeout(5000)), unavailable);
    await assert.rejects(log.commit('{"t":{"0":1}}'), unavailable);
    await assert.rejects(
      read(log, () => true),
      unavailable,
    );
  });

  it('goes on by itself when its broker was killed and comes back', async function () {
    const kafka = await orSkip(this, () => startKafka({ brokers: 1 }));
    this.timeout(60_000);
    try {
      const log = open(optionsOf({ brokers: kafka.brokers, timeoutMs: 20_000, patienceMs: 60_000 }));
      await log.publish(smallEvents(10));
      let more: Promise<string> | undefined;
      const events = await read(
        log,
        (all) => ids(all).length === 20,
        () => {
          // Once, in the middle of reading.
          more ??= kafka.kill(0).then(async () => {
            const publishing = log.publish(smallEvents(10, 10));
            await kafka.restart(0);
            return publishing;
          });
        },
      );
      assert.deepEqual(ids(events), ids(smallEvents(20)));
      await log.recorded((await more)!, AbortSignal.timeout(10_000));
      assert.equal(await log.lag(), 0);
    } finally {
      await kafka.stop();
    }
  });
});
