// Results as compacted topics: of each id the newest state, withdrawn ones as tombstones.
import assert from 'node:assert/strict';
import { openKafkaResultLog } from '../../../services/drivers/kafka/result-log.ts';
import { topicResource } from '../../../services/drivers/kafka/topics.ts';
import { readTopic, withAdmin } from '../../support/kafka-admin.ts';
import { kafkaOptions } from '../../support/kafka-log.ts';
import { orSkip, sharedKafka } from '../../support/kafka.ts';
import type { Result } from '../../../services/ports/result-log.ts';

const result = (id: string, cursor: string, body: string | null, kind: Result['kind'] = 'package'): Result => ({
  kind,
  id,
  body,
  digest: body && `sha256:${body.length}`,
  cursor,
});

describe('the result log on Kafka', () => {
  let brokers: string[];
  before(async function () {
    ({ brokers } = await orSkip(this, sharedKafka));
  });

  it('sends each state in order, and a tombstone for what was withdrawn', async () => {
    const options = kafkaOptions(brokers);
    const log = openKafkaResultLog(options);
    await log.publish([]);
    await log.publish([result('甲~1', '1', '{"a":1}'), result('乙', '2', '{"b":1}'), result('案', '3', '{}', 'transfer-request')]);
    await log.publish([result('甲~1', '4', '{"a":2}'), result('甲~1', '5', null)]);
    await log.close();
    const sent = await readTopic(brokers, `${options.topicPrefix}packages.v1`, 4);
    const one = sent.filter(({ key }) => key!.toString() === '甲~1');
    assert.deepEqual(
      one.map(({ value, text }) => [value?.toString() ?? null, text('ce_type'), text('ce_cursor'), text('ce_digest'), text('ce_subject')]),
      [
        ['{"a":1}', 'hub.package.changed.v1', '1', 'sha256:7', '甲~1'],
        ['{"a":2}', 'hub.package.changed.v1', '4', 'sha256:7', '甲~1'],
        [null, 'hub.package.withdrawn.v1', '5', undefined, '甲~1'],
      ],
    );
    assert.equal(new Set(sent.map(({ text }) => text('ce_id'))).size, 4);
    const [request] = await readTopic(brokers, `${options.topicPrefix}transfer-requests.v1`, 1);
    assert.equal(request!.text('ce_source'), '/views/transfer-request');
    const { resources } = await withAdmin(brokers, (admin) =>
      admin.describeConfigs({ includeSynonyms: false, resources: [{ type: topicResource, name: `${options.topicPrefix}packages.v1` }] }),
    );
    assert.equal(resources[0]!.configEntries.find(({ configName }) => configName === 'cleanup.policy')!.configValue, 'compact');
  });

  it('gives the same result the same id, whenever it is sent', async () => {
    const options = kafkaOptions(brokers);
    for (const _ of [1, 2]) {
      const log = openKafkaResultLog(options);
      await log.publish([result('甲', '1', '{}')]);
      await log.close();
    }
    const [first, second] = await readTopic(brokers, `${options.topicPrefix}packages.v1`, 2);
    assert.equal(first!.text('ce_id'), second!.text('ce_id'));
  });

  it('says that Kafka cannot be reached', async () => {
    const log = openKafkaResultLog(kafkaOptions(['127.0.0.1:1'], { timeoutMs: 500 }));
    await assert.rejects(log.publish([result('甲', '1', '{}')]), { code: 'ENGINE_UNAVAILABLE' });
    await log.close();
  });
});
