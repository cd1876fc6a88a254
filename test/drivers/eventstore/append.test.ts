// Appending to EventStoreDB when something goes wrong: each event once, whatever the answer was or whether there was one.
import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { openEventStoreDb } from '../../../services/drivers/eventstore/event-store.ts';
import { plain, smallEvent, smallEvents } from '../../support/events.ts';
import { startEventStoreStub } from '../../support/eventstore-stub/server.ts';
import { assertSound } from '../../support/kept.ts';
import { failure } from '../../support/eventstore-stub/messages.ts';
import type { HubEvent } from '../../../services/domain/events.ts';
import type { EventStore } from '../../../services/ports/event-store.ts';
import type { EventStoreStub } from '../../support/eventstore-stub/server.ts';

describe('appending to EventStoreDB', () => {
  let stub: EventStoreStub;
  let stores: EventStore[];
  const open = (options: { url?: string; timeoutMs?: number } = {}): EventStore => {
    const store = openEventStoreDb({ url: stub.url, timeoutMs: 2_000, ...options });
    stores.push(store);
    return store;
  };
  /** A store of another process: its own client, which knows nothing. */
  const openAnother = (number: number): EventStore => open({ url: `${stub.url}&connectionName=recorder-${number}` });
  beforeEach(async () => {
    stub = await startEventStoreStub();
    stores = [];
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    stub.stop();
  });

  const shared = { after: 0, mine: () => true };
  const ids = (): string[] => stub.log.events.filter(({ stream }) => !stream.startsWith('$')).map(({ id }) => id);
  const unavailable = { name: 'HubError', code: 'ENGINE_UNAVAILABLE' };
  const long = (count: number, from = 0): HubEvent[] =>
    Array.from({ length: count }, (_, i) => smallEvent(from + i, { subject: 'p-long' }));

  it('always says which revision it expects', async () => {
    const expected: unknown[] = [];
    const { append } = stub.log;
    stub.log.append = (stream, revision, proposed) => {
      expected.push(revision);
      return append(stream, revision, proposed);
    };
    const store = open();
    await store.append([smallEvent(1)]);
    await store.append([smallEvent(6), smallEvent(11)]);
    await store.append([smallEvent(16)]);
    assert.deepEqual(expected, [-1n, 0n, 2n]);
  });

  it('keeps an event once when the answer to its append is lost', async () => {
    const store = open();
    await store.append(smallEvents(5));
    stub.faults.loseReplies = 2;
    assert.deepEqual(await store.append([...smallEvents(2, 5), smallEvent(0)]), ['recorded', 'recorded', 'duplicate']);
    assert.equal(stub.faults.loseReplies, 0);
    assert.equal(new Set(ids()).size, ids().length);
    await assertSound(store, shared);
  });

  it('keeps an event once when the answer is lost and another recorder has appended since', async () => {
    const [one, other] = [open(), openAnother(1)];
    await other.append([smallEvent(1)]);
    stub.faults.loseReplies = 1;
    const { append } = stub.log;
    // Between the append and its repetition, someone else's event follows.
    let appended = 0;
    stub.log.append = (stream, revision, proposed) => {
      const decision = append(stream, revision, proposed);
      if (++appended === 2) append(stream, 'any', [{ ...proposed[0]!, id: smallEvent(11).id, metadata: proposed[0]!.metadata }]);
      return decision;
    };
    assert.equal((await one.append([smallEvent(6)])).length, 1);
    assert.equal(ids().filter((id) => id === smallEvent(6).id).length, 1);
  });

  it('says recorded only of what was not there before the call', async () => {
    const [one, other] = [open(), openAnother(1)];
    await one.append(smallEvents(10));
    // The same batch is answered with success, a part of it and a longer one with a conflict.
    assert.deepEqual(await other.append(smallEvents(10)), Array(10).fill('duplicate'));
    const third = openAnother(2);
    assert.deepEqual(await third.append(smallEvents(12, 3)), [
      ...(Array(7).fill('duplicate') as string[]),
      ...(Array(5).fill('recorded') as string[]),
    ]);
    assert.deepEqual(await one.append(smallEvents(15)), Array(15).fill('duplicate'));
    await assertSound(one, shared);
  });

  it('lets three recorders append to the same streams: each id once, revisions without gaps', async () => {
    const recorders = [open(), openAnother(1), openAnother(2)];
    const batches = Array.from({ length: 30 }, (_, i) => smallEvents(8, i * 4));
    const told = (
      await Promise.all(
        recorders.map(async (recorder, who) => {
          const outcomes: string[] = [];
          for (const batch of who === 1 ? [...batches].reverse() : batches) outcomes.push(...(await recorder.append(batch)));
          return outcomes;
        }),
      )
    ).flat();
    assert.equal(ids().length, 124);
    assert.equal(new Set(ids()).size, 124);
    assert.ok(told.filter((outcome) => outcome === 'recorded').length >= 124);
    await assertSound(recorders[0]!, shared);
  });

  it('gives up with ENGINE_UNAVAILABLE when a stream changes under every try, and finishes later', async () => {
    const store = open();
    let others = 1_000;
    stub.faults.beforeAppend = (stream) => {
      const { id, type, data } = smallEvent(others++);
      stub.log.append(stream, 'any', [
        { id, type, data, contentType: 'application/octet-stream', metadata: Buffer.from(JSON.stringify({})) },
      ]);
    };
    await assert.rejects(store.append([smallEvent(1)]), unavailable);
    stub.faults.beforeAppend = undefined;
    assert.deepEqual(await store.append([smallEvent(1)]), ['recorded']);
  });

  it('goes where the leader is', async () => {
    const leader = await startEventStoreStub({ log: stub.log });
    try {
      stub.faults.leader = { host: '127.0.0.1', port: leader.port };
      const store = open();
      assert.deepEqual(await store.append(smallEvents(6)), Array(6).fill('recorded'));
      assert.ok(leader.calls.append > 0);
      assert.equal(stub.calls.append, 0);
      // The leader changes again, in the middle of work.
      stub.faults.leader = undefined;
      leader.faults.leader = { host: '127.0.0.1', port: stub.port };
      assert.deepEqual(await store.append(smallEvents(8)), [...(Array(6).fill('duplicate') as string[]), 'recorded', 'recorded']);
      await assertSound(store, shared);
    } finally {
      leader.stop();
    }
  });

  it('finds the leader of a cluster through any node, and the next one when it is gone', async () => {
    const nodes = [stub, await startEventStoreStub({ log: stub.log }), await startEventStoreStub({ log: stub.log })];
    const elect = (leader: number): void => {
      const members = nodes.map(({ port }, i) => ({ port, leads: i === leader, alive: i >= leader }));
      for (const [i, { faults }] of nodes.entries()) {
        faults.members = members;
        faults.leader = i === leader ? undefined : { host: '127.0.0.1', port: nodes[leader]!.port };
      }
    };
    try {
      elect(0);
      const store = open({ url: `esdb://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}?tls=false&discoveryInterval=10` });
      await store.append(smallEvents(5));
      assert.equal(nodes[0]!.calls.append, 5);
      nodes[0]!.stop();
      elect(1);
      assert.deepEqual(await store.append(smallEvents(7)), [...(Array(5).fill('duplicate') as string[]), 'recorded', 'recorded']);
      assert.ok(nodes[1]!.calls.append > 0);
      await assertSound(store, shared);
    } finally {
      for (const node of nodes) node.stop();
    }
  });

  it('tries again when the server is busy for a moment', async () => {
    const store = open();
    stub.faults.unavailable = 2;
    assert.deepEqual(await store.append([smallEvent(1)]), ['recorded']);
  });

  it('does not wait for ever for a server that says nothing, and goes on with the same events', async () => {
    const store = open({ timeoutMs: 100 });
    await store.append([smallEvent(1)]);
    stub.faults.mute = 1_000;
    await assert.rejects(store.append([smallEvent(2)]), unavailable);
    await assert.rejects(store.head(), unavailable);
    stub.faults.mute = 1;
    assert.deepEqual(await store.append([smallEvent(2)]), ['recorded']);
    assert.deepEqual(ids(), [smallEvent(1).id, smallEvent(2).id]);
  });

  it('opens while the server is down, says so, and works once it is up, and after it was down again', async () => {
    const { port, log } = stub;
    stub.stop();
    const store = open();
    await assert.rejects(store.append([smallEvent(1)]), unavailable);
    await assert.rejects(store.get(smallEvent(1).id), unavailable);
    stub = await startEventStoreStub({ port, log });
    assert.deepEqual(await store.append([smallEvent(1)]), ['recorded']);
    stub.stop();
    await assert.rejects(store.append([smallEvent(2)]), unavailable);
    stub = await startEventStoreStub({ port, log });
    assert.deepEqual(await store.append(smallEvents(3)), ['recorded', 'duplicate', 'recorded']);
    await assertSound(store, shared);
  });

  it('takes nothing for kept that a server put back to an older state has lost', async () => {
    const store = open();
    await store.append(smallEvents(15));
    const head = await store.head();
    stub.log.putBack(7);
    assert.ok((await store.head()) < head);
    const outcomes = await store.append(smallEvents(15));
    assert.equal(ids().length, 15);
    assert.equal(outcomes.filter((outcome) => outcome === 'recorded').length, 8);
    assert.deepEqual(
      [...ids()].sort(),
      smallEvents(15)
        .map(({ id }) => id)
        .sort(),
    );
  });

  it('appends more than one append takes', async () => {
    const store = open();
    const data = Buffer.alloc(300_000, 7);
    const events = [...long(1_300), ...long(8, 2_000).map((event) => ({ ...event, data }))];
    assert.deepEqual(new Set(await store.append(events)), new Set(['recorded']));
    assert.deepEqual(
      ids(),
      events.map(({ id }) => id),
    );
    assert.ok(stub.calls.append >= 5);
    const kept: HubEvent[] = [];
    for await (const { position: _p, revision: _r, recordedtime: _t, ...event } of store.readStream('erasure-p-long')) kept.push(event);
    assert.deepEqual(plain(kept), plain(events));
  });

  it('says what cannot be cured by another try', async () => {
    const store = open();
    await assert.rejects(store.append([smallEvent(1, { data: Buffer.alloc(1_100_000) })]), { code: 'RECORD_TOO_LARGE' });
    stub.faults.refuse = failure(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });
    await assert.rejects(store.append([smallEvent(1)]), { code: 'CONFIG_INVALID' });
    stub.faults.refuse = failure(status.FAILED_PRECONDITION, 'Event stream is deleted.', {
      exception: 'stream-deleted',
      'stream-name': 'erasure-p-1',
    });
    await assert.rejects(store.append([smallEvent(1)]), { code: 'STORE_CORRUPT' });
    assert.deepEqual(ids(), []);
  });

  it('shares one client in the process, and keeps it while anyone uses it', async () => {
    const [one, other] = [open(), open()];
    await one.append([smallEvent(1)]);
    await Promise.all([other.append(smallEvents(500, 10)), one.close()]);
    assert.equal(ids().length, 501);
    await assert.rejects(one.append([smallEvent(2)]), unavailable);
    assert.deepEqual(await other.append([smallEvent(2)]), ['recorded']);
  });
});
