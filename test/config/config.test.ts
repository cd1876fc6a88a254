// Configuration from the environment: what follows from which variable, and every problem told at once without its value.
import assert from 'node:assert/strict';
import { embedded, readConfig } from '../../services/config/config.ts';
import { environmentVariables } from '../../services/config/environment.ts';
import type { Environment } from '../../services/config/environment.ts';

describe('configuration', () => {
  const problemsOf = (env: Environment): string => {
    try {
      readConfig(env);
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'CONFIG_INVALID');
      return (error as Error).message;
    }
    return '';
  };

  it('names no engine by itself, and takes empty for unset', () => {
    const empty = Object.fromEntries(Object.keys(environmentVariables).map((name) => [name, '']));
    for (const config of [readConfig({}), readConfig(empty)]) {
      assert.deepEqual([config.kafka, config.eventStoreUrl, config.databaseUrl, config.keysUrl], [null, null, null, null]);
      assert.equal(config.port, 8080);
    }
  });

  it('reaches Kafka as told, with three copies of a topic where there are brokers for them', () => {
    const one = readConfig({ KAFKA_BROKERS: 'localhost:9092' }).kafka!;
    assert.deepEqual(one, {
      brokers: ['localhost:9092'],
      topicPrefix: '',
      groupId: 'hub-recorder',
      partitions: 12,
      replication: 1,
      retentionMs: -1,
      tls: null,
      sasl: null,
    });
    const three = readConfig({
      KAFKA_BROKERS: 'k1:9092, k2:9092,[::1]:9092',
      KAFKA_RETENTION_DAYS: '7',
      KAFKA_TLS: 'true',
      KAFKA_CA_FILE: '/ca.pem',
      KAFKA_SASL: 'scram-sha-512',
      KAFKA_USERNAME: 'hub',
      KAFKA_PASSWORD: 'secret',
    }).kafka!;
    assert.deepEqual([three.brokers.length, three.replication, three.retentionMs], [3, 3, 604_800_000]);
    assert.deepEqual(three.tls, { caFile: '/ca.pem', certFile: null, keyFile: null });
    assert.deepEqual(three.sasl, { mechanism: 'scram-sha-512', username: 'hub', password: 'secret', tokenUrl: null });
  });

  it('takes a cluster in one EventStoreDB address', () => {
    const url = 'esdb://hub:secret@n1:2113,n2:2113,n3:2113?tls=true';
    assert.equal(readConfig({ EVENTSTORE_URL: url }).eventStoreUrl, url);
    assert.equal(readConfig({ EVENTSTORE_URL: 'esdb+discover://es.local' }).eventStoreUrl, 'esdb+discover://es.local');
  });

  it('tells every problem together, and repeats no value', () => {
    const wrong: [Environment, RegExp][] = [
      [{ KAFKA_BROKERS: 'hunter2' }, /KAFKA_BROKERS/],
      [{ KAFKA_BROKERS: 'k:1', KAFKA_PARTITIONS: '0' }, /KAFKA_PARTITIONS/],
      [{ KAFKA_BROKERS: 'k:1', KAFKA_REPLICATION: 'hunter2' }, /KAFKA_REPLICATION/],
      [{ KAFKA_BROKERS: 'k:1', KAFKA_TOPIC_PREFIX: 'hunter2/' }, /KAFKA_TOPIC_PREFIX/],
      [{ KAFKA_BROKERS: 'k:1', KAFKA_TLS: 'hunter2' }, /KAFKA_TLS/],
      [{ KAFKA_BROKERS: 'k:1', KAFKA_CA_FILE: '/hunter2' }, /KAFKA_TLS=true/],
      [{ KAFKA_BROKERS: 'k:1', KAFKA_TLS: 'true', KAFKA_CERT_FILE: '/hunter2' }, /KAFKA_KEY_FILE/],
      [{ KAFKA_BROKERS: 'k:1', KAFKA_SASL: 'hunter2', KAFKA_USERNAME: 'a', KAFKA_PASSWORD: 'b' }, /KAFKA_SASL is none/],
      [{ KAFKA_BROKERS: 'k:1', KAFKA_SASL: 'plain', KAFKA_PASSWORD: 'hunter2' }, /KAFKA_USERNAME/],
      [{ KAFKA_BROKERS: 'k:1', KAFKA_PASSWORD: 'hunter2' }, /want KAFKA_SASL/],
      [{ KAFKA_BROKERS: 'k:1', KAFKA_SASL: 'oauthbearer', KAFKA_USERNAME: 'a', KAFKA_PASSWORD: 'hunter2' }, /KAFKA_TOKEN_URL/],
      [{ EVENTSTORE_URL: 'http://hunter2' }, /EVENTSTORE_URL/],
      [{ DATABASE_URL: 'mysql://a:hunter2@b' }, /DATABASE_URL/],
      [{ KEYS_URL: 'hunter2' }, /KEYS_URL/],
    ];
    for (const [env, told] of wrong) {
      assert.match(problemsOf(env), told);
      assert.ok(!problemsOf(env).includes('hunter2'));
    }
    const all = problemsOf({ HUB_PORT: 'x', DATABASE_URL: 'x', KAFKA_BROKERS: 'x' });
    for (const name of ['HUB_PORT', 'DATABASE_URL', 'KAFKA_BROKERS']) assert.ok(all.includes(name));
  });

  it('has an embedded form that keeps everything but the engines', () => {
    const config = readConfig({
      HUB_DATA: '/d',
      KAFKA_BROKERS: 'k:1',
      EVENTSTORE_URL: 'esdb://e',
      DATABASE_URL: 'postgres://p',
      KEYS_URL: 'postgres://k',
    });
    assert.deepEqual(embedded(config), readConfig({ HUB_DATA: '/d' }));
  });
});
