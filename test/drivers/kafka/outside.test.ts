// What a stranger sees of the topics who has the contracts and other people's tools, and nothing of the hub.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { families } from '../../../services/domain/events.ts';
import { familyOf } from '../../../services/domain/events.ts';
import { smallEvents } from '../../support/events.ts';
import { readTopic } from '../../support/kafka-admin.ts';
import { kafkaOptions, openTestLog } from '../../support/kafka-log.ts';
import { orSkip, sharedKafka } from '../../support/kafka.ts';
import { codec, projectRoot } from '../../support/project.ts';
import { simulatedEvents } from '../../support/simulated-events.ts';
import { decodersOf } from './stranger.ts';
import type { HubEvent } from '../../../services/domain/events.ts';

describe('a stranger to the topics', () => {
  let brokers: string[];
  let prefix: string;
  let events: HubEvent[];
  const byFamily = new Map<string, HubEvent[]>();
  before(async function () {
    ({ brokers } = await orSkip(this, sharedKafka));
    const options = kafkaOptions(brokers);
    prefix = options.topicPrefix;
    events = [...(await simulatedEvents({ seed: 'stranger', subjects: 30 })), ...smallEvents(20)];
    for (const event of events) byFamily.set(familyOf(event.type), [...(byFamily.get(familyOf(event.type)) ?? []), event]);
    const log = openTestLog(brokers, options);
    await log.publish(events);
    await log.close();
  });

  it('decodes every value with contracts/topics.yaml and schemas/ alone', async () => {
    const decoders = decodersOf(join(projectRoot, 'contracts'));
    assert.ok(byFamily.size >= 6, [...byFamily.keys()].join());
    for (const [family, published] of byFamily) {
      const decode = decoders.get(`${family}.v1`)!;
      const messages = await readTopic(brokers, `${prefix}${family}.v1`, published.length);
      const seen = new Map(messages.map(({ value, text }) => [text('ce_id')!, JSON.stringify(decode(value!))]));
      for (const { id, data } of published) assert.equal(seen.get(id), JSON.stringify(codec.decode(data)), `${family} ${id}`);
    }
  });

  it('lists the topics and reads the headers with kcat', async function () {
    this.timeout(60_000);
    if (spawnSync('kcat', ['-V']).error) {
      const text = 'kcat is not installed (Debian package kcat): what it sees of the topics is not checked';
      if (process.env['CI']) throw new Error(text);
      console.warn(text);
      this.skip();
    }
    const kcat = async (...args: string[]): Promise<string> =>
      (await promisify(execFile)('kcat', ['-b', brokers.join(), ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout;
    const { topics } = JSON.parse(await kcat('-L', '-J')) as { topics: { topic: string; partitions: object[] }[] };
    const own = topics.filter(({ topic }) => topic.startsWith(prefix));
    // A topic a family, and the dead letters.
    assert.equal(own.length, families.length + 1);
    for (const [family, published] of byFamily) {
      const topic = `${prefix}${family}.v1`;
      assert.equal(own.find((one) => one.topic === topic)!.partitions.length, 3);
      const lines = (await kcat('-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-f', '%k|%h\\n')).trimEnd().split('\n');
      assert.equal(lines.length, published.length);
      for (const { id, subject, type } of published) {
        const line = lines.find((one) => one.includes(`ce_id=${id}`))!;
        assert.ok(line.startsWith(`${subject}|`), line);
        assert.ok(line.includes('ce_specversion=1.0') && line.includes(`ce_type=hub.${type}.v1`) && line.includes(`ce_subject=${subject}`));
      }
    }
  });
});
