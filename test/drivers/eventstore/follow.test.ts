// Following EventStoreDB over cuts, silences and changes of leader: each event once, in order, none left out (fault-55).
import assert from 'node:assert/strict';
import { openEventStoreDb } from '../../../services/drivers/eventstore/event-store.ts';
import { smallEvent, smallEvents } from '../../support/events.ts';
import { startEventStoreStub } from '../../support/eventstore-stub/server.ts';
import type { EventStoreDbOptions } from '../../../services/drivers/eventstore/event-store.ts';
import type { RecordedEvent } from '../../../services/domain/events.ts';
import type { EventStore } from '../../../services/ports/event-store.ts';
import type { EventStoreStub } from '../../support/eventstore-stub/server.ts';

describe('following EventStoreDB', () => {
  let stub: EventStoreStub;
  let store: EventStore;
  let stop: AbortController;
  const open = (options: Partial<EventStoreDbOptions> = {}): EventStore =>
    openEventStoreDb({ url: stub.url, timeoutMs: 1_000, idleMs: 20, silentMs: 100, giveUpMs: 10_000, ...options });
  beforeEach(async () => {
    stub = await startEventStoreStub();
    store = open();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await store.close();
    stub.stop();
  });

  const ids = (): string[] => stub.log.events.filter(({ stream }) => stream.startsWith('erasure-')).map(({ id }) => id);

  /** Follows until `count` events have come; `on` is told each batch before the next is asked for. */
  async function follow(count: number, on: (seen: number) => unknown = () => undefined, batch = 100): Promise<RecordedEvent[]> {
    const seen: RecordedEvent[] = [];
    for await (const events of store.readAll(0, { batch, live: stop.signal })) {
      seen.push(...events);
      await on(seen.length);
      if (seen.length >= count) stop.abort();
    }
    return seen;
  }
  function assertWhole(seen: readonly RecordedEvent[]): void {
    assert.deepEqual(
      seen.map(({ id }) => id),
      ids(),
    );
    assert.ok(seen.every(({ position }, i) => i === 0 || position > seen[i - 1]!.position));
  }

  it('hands over each event exactly once and in order under repeated cuts of either kind', async () => {
    let turn = 0;
    // The first two subscriptions give nothing at all.
    stub.faults.cut = () => ({ after: [0, 0, 3, 1, 17, 2][turn % 6]!, how: turn++ % 2 ? 'end' : 'error' });
    await store.append(smallEvents(40));
    let next = 40;
    const seen = await follow(80, async () => {
      stub.log.appendOther();
      if (next < 80) await store.append([smallEvent(next++)]);
    });
    assertWhole(seen);
    assert.ok(turn > 10);
  });

  it('goes on when the server ends the subscription without an error', async () => {
    await store.append(smallEvents(3));
    const seen = await follow(5, async (count) => {
      if (count === 3 && stub.calls.subscribe === 1) {
        stub.endSubscriptions();
        await store.append(smallEvents(2, 3));
      }
    });
    assertWhole(seen);
    assert.ok(stub.calls.subscribe >= 2);
  });

  it('notices a subscription that went silent, and takes it up again', async () => {
    await store.append(smallEvents(3));
    let silent = 0;
    const seen = await follow(5, async (count) => {
      if (count === 3 && silent++ === 0) {
        stub.faults.silent = true;
        await store.append(smallEvents(2, 3));
      }
      // Subscribing anew helps once the server has come to itself.
      if (stub.calls.subscribe > 1) stub.faults.silent = false;
    });
    assertWhole(seen);
  });

  it('leaves a quiet subscription alone', async () => {
    await store.append(smallEvents(3));
    let empty = 0;
    for await (const events of store.readAll(0, { live: stop.signal })) {
      if (events.length === 0) stub.log.appendOther();
      if (events.length === 0 && ++empty === 30) stop.abort();
    }
    assert.equal(stub.calls.subscribe, 1);
    assert.ok(stub.calls.read > 3);
  });

  it('survives the server: kill, restart, and a time in which it says nothing', async () => {
    const { port, log } = stub;
    await store.append(smallEvents(10));
    let restarts = 0;
    const seen = await follow(40, async (count) => {
      if (count >= 10 * (restarts + 1) && restarts < 3) {
        restarts += 1;
        stub.stop();
        stub = await startEventStoreStub({ port, log });
        if (restarts === 2) stub.faults.mute = 1;
        await store.append(smallEvents(10, restarts * 10));
      }
    });
    assertWhole(seen);
    assert.equal(restarts, 3);
  });

  it('tells its reader when the server stays away, who then goes on from where it was', async () => {
    await store.close();
    store = open({ giveUpMs: 200, timeoutMs: 100 });
    const { port, log } = stub;
    await store.append(smallEvents(5));
    const seen: RecordedEvent[] = [];
    await assert.rejects(
      async () => {
        for await (const events of store.readAll(0, { live: stop.signal })) {
          seen.push(...events);
          if (seen.length === 5) stub.stop();
        }
      },
      { code: 'ENGINE_UNAVAILABLE' },
    );
    stub = await startEventStoreStub({ port, log });
    await store.append(smallEvents(5, 5));
    for await (const events of store.readAll(seen.at(-1)!.position, { live: stop.signal })) {
      seen.push(...events);
      if (seen.length === 10) stop.abort();
    }
    assertWhole(seen);
  });

  it('finds its way through what is not ours, however much there is', async () => {
    await store.append(smallEvents(2));
    for (let i = 0; i < 5_000; i++) stub.log.appendOther(i % 3 ? '$stats-0.0.0.0:2113' : 'invoice-1');
    await store.append(smallEvents(2, 2));
    stub.log.appendOther();
    assertWhole(await follow(4));
    const found: RecordedEvent[] = [];
    for await (const events of store.readAll(0, { batch: 300 })) found.push(...events);
    assertWhole(found);
    assert.equal(await open().head(), found.at(-1)!.position);
  });

  it('holds a fast server back while its reader is slow', async () => {
    const data = Buffer.alloc(2_000, 1);
    await store.append(Array.from({ length: 2_000 }, (_, i) => smallEvent(i, { data })));
    let ahead = 0;
    const seen = await follow(
      2_000,
      async (count) => {
        if (ahead > 0) return;
        // Waits until the server has sent what it may while nobody reads.
        for (let turns = 0; turns < 20; turns++) {
          const before = stub.calls.delivered;
          await store.head();
          if (stub.calls.delivered > before) turns = 0;
        }
        ahead = stub.calls.delivered - count;
      },
      10,
    );
    assertWhole(seen);
    assert.ok(ahead < 1_000, `${ahead} events ahead of the reader`);
  });

  it('ends its readers when the store is closed', async () => {
    await store.append(smallEvents(3));
    let batches = 0;
    for await (const _ of store.readAll(0, { live: stop.signal })) if (++batches === 2) await store.close();
    assert.ok(batches >= 2);
  });

  it('reports events in our streams that the hub did not write', async () => {
    stub.log.append('contact-7', 'any', [
      { id: smallEvent(1).id, type: 'ContactAdded', contentType: 'application/json', data: Buffer.from('{}'), metadata: Buffer.alloc(0) },
    ]);
    await assert.rejects(follow(1), { code: 'STORE_CORRUPT' });
  });
});
