// What the connection string of EventStoreDB may say, and that nothing of its credentials gets out.
import assert from 'node:assert/strict';
import { openEventStoreDb } from '../../../services/drivers/eventstore/event-store.ts';
import { smallEvent } from '../../support/events.ts';
import { startEventStoreStub } from '../../support/eventstore-stub/server.ts';
import type { HubError } from '../../../services/domain/errors.ts';

const invalid = { name: 'HubError', code: 'CONFIG_INVALID' };

/** Everything that an error would show if it were printed whole. */
function shown(error: unknown): string {
  const parts: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    parts.push(cause.message, cause.stack ?? '', JSON.stringify(Object.entries(cause).filter(([name]) => name !== 'cause')));
  }
  return parts.join('\n');
}

describe('the connection string of EventStoreDB', () => {
  for (const url of [
    'esdb://node1:2113?tls=false',
    'esdb://node1',
    'esdb://node1:2113/?tls=true&nodePreference=leader',
    'esdb://node1:2113,node2:2113,node3:2113?tls=true&keepAliveInterval=10000',
    'esdb+discover://cluster.example:2113?tls=true&maxDiscoverAttempts=3&gossipTimeout=2&discoveryInterval=50',
    'esdb://hub:p%40ss%3A@node1:2113?tls=true&defaultDeadline=5000&connectionName=recorder',
  ]) {
    it(`may be ${url}`, () => openEventStoreDb({ url }).close());
  }

  for (const url of [
    '',
    'node1:2113',
    'http://node1:2113',
    'esdb://',
    'esdb://node1:port',
    'esdb://node1:2113?tls=maybe',
    'esdb://node1:2113?tls=true&nodePreference=nearest',
    'esdb://node1:2113?throwOnAppendFailure=false',
    'esdb://node1:2113?tls=true&tlsCAFile=%2Fnowhere%2Fca.pem',
    'esdb://node1:2113?tls=true&userCertFile=%2Fnowhere%2Fcert.pem',
    'esdb://hub:%E0%A4%A@node1:2113',
    'esdb://node1:2113?colour=blue',
  ]) {
    it(`may not be ${url || 'empty'}`, () => assert.throws(() => openEventStoreDb({ url }), invalid));
  }

  it('keeps its credentials to itself, whatever is wrong', async () => {
    const warned: unknown[] = [];
    const { warn } = console;
    console.warn = (...parts: unknown[]) => warned.push(...parts);
    try {
      for (const rest of [
        'node1:port',
        'node1:2113?colour=blue',
        'node1:2113?tls=maybe',
        'node1:2113?tls=true&tlsVerifyCert=false&gossipTimeout=x',
        '',
        '/',
      ]) {
        let caught: unknown;
        try {
          await openEventStoreDb({ url: `esdb://hub:s3cr3t@${rest}` }).close();
        } catch (error) {
          caught = error;
        }
        assert.equal((caught as HubError).code, 'CONFIG_INVALID');
        assert.doesNotMatch(shown(caught), /s3cr3t/);
      }
      const stub = await startEventStoreStub();
      stub.stop();
      const store = openEventStoreDb({ url: stub.url.replace('esdb://', 'esdb://hub:s3cr3t@'), timeoutMs: 200 });
      await assert.rejects(store.append([smallEvent(1)]), (error: HubError) => {
        assert.equal(error.code, 'ENGINE_UNAVAILABLE');
        assert.match(error.message, new RegExp(`EventStoreDB at 127.0.0.1:${stub.port}`));
        assert.doesNotMatch(shown(error), /s3cr3t|p-1/);
        return true;
      });
      await store.close();
    } finally {
      console.warn = warn;
    }
    assert.doesNotMatch(JSON.stringify(warned), /s3cr3t/);
  });

  it('works with credentials where there is no TLS to protect them, by leaving them out', async () => {
    const stub = await startEventStoreStub();
    const store = openEventStoreDb({ url: stub.url.replace('esdb://', 'esdb://hub:s3cr3t@') });
    try {
      assert.deepEqual(await store.append([smallEvent(1)]), ['recorded']);
      assert.equal((await store.get(smallEvent(1).id))?.subject, 'p-1');
    } finally {
      await store.close();
      stub.stop();
    }
  });
});
