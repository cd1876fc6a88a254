// infra/kafka/topics.sh: the topics that the drivers would make, and access lists that name each service.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readConfig } from '../../services/config/config.ts';
import { eventTopics, resultTopics, topicsOf } from '../../services/drivers/kafka/topics.ts';
import { serviceNames } from '../../services/hub/services.ts';
import { projectRoot } from '../support/project.ts';
import { enginesOf } from './files.ts';
import { accessOf, printed, topicsIn } from './topics-script.ts';

describe('infra/kafka/topics.sh', () => {
  for (const [title, environment, options] of [
    ['by itself', {}, { topicPrefix: '', partitions: 12, replication: 3, retentionMs: -1 }],
    [
      'as it is told',
      { PREFIX: 'try.', PARTITIONS: '24', REPLICATION: '1', RETENTION: '86400000' },
      { topicPrefix: 'try.', partitions: 24, replication: 1, retentionMs: 86_400_000 },
    ],
  ] as const)
    it(`makes the topics that the hub would make, ${title}`, () => {
      const wanted = [...eventTopics(options), ...resultTopics(options)].map(
        ({ topic, numPartitions, replicationFactor, configEntries }) => ({
          topic,
          partitions: numPartitions,
          replication: replicationFactor,
          config: Object.fromEntries(configEntries.map(({ name, value }) => [name, value])),
        }),
      );
      assert.deepEqual(topicsIn(printed(environment)).toSorted(byTopic), wanted.toSorted(byTopic));
    });

  const byTopic = (a: { topic: string }, b: { topic: string }): number => (a.topic < b.topic ? -1 : 1);

  it('has the same defaults as the hub', () => {
    const kafka = readConfig({ KAFKA_BROKERS: 'a:1,b:1,c:1' }).kafka!;
    const [{ partitions, replication, config }] = topicsIn(printed({})) as [ReturnType<typeof topicsIn>[number]];
    assert.deepEqual([partitions, replication, config['retention.ms']], [kafka.partitions, kafka.replication, String(kafka.retentionMs)]);
    assert.ok(accessOf(printed({})).some(({ user, groups }) => user === 'hub-recorder' && groups.includes(kafka.groupId)));
  });

  it('names the topics that contracts/topics.yaml promises', () => {
    const file = join(projectRoot, 'contracts', 'topics.yaml');
    const { channels } = parse(readFileSync(file, 'utf8')) as { channels: Record<string, { address: string }> };
    const { events, deadLetter, packages, transferRequests } = topicsOf('');
    const made = topicsIn(printed({})).map(({ topic }) => topic);
    assert.deepEqual(made.toSorted(), [...events, deadLetter, packages, transferRequests].toSorted());
    assert.deepEqual(
      Object.values(channels)
        .map(({ address }) => address)
        .toSorted(),
      made.toSorted(),
    );
  });

  it('lets in each service that logs in to Kafka, operators, and consumers that have a contract', () => {
    const users = new Set(accessOf(printed({})).map(({ user }) => user));
    for (const name of serviceNames) assert.equal(users.has(`hub-${name}`), enginesOf[name].includes('kafka'), name);
    const others = [...users].filter((user) => !user.startsWith('hub-'));
    for (const consumer of others) assert.ok(existsSync(join(projectRoot, 'contracts', 'consumers', `${consumer}.yaml`)), consumer);
    assert.ok(users.has('hub-operator'));
  });

  it('lets nobody do everything, nor make or remove anything', () => {
    for (const { user, operations } of accessOf(printed({})))
      assert.deepEqual(
        operations.filter((one) => !['Read', 'Write', 'Describe', 'DescribeConfigs'].includes(one)),
        [],
        user,
      );
  });

  it('refuses words that it does not know', () => {
    const script = join(projectRoot, 'infra', 'kafka', 'topics.sh');
    assert.throws(() => execFileSync('sh', [script, '--delete'], { stdio: 'ignore' }), { status: 2 });
  });
});
