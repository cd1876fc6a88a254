// Whatever is appended, however often, and whatever breaks: nothing lost, nothing doubled, order per stream kept.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { streamOf } from '../../../services/domain/events.ts';
import { openEventStoreDb } from '../../../services/drivers/eventstore/event-store.ts';
import { smallEvent } from '../../support/events.ts';
import { startEventStoreStub } from '../../support/eventstore-stub/server.ts';
import { assertSound } from '../../support/kept.ts';
import type { AppendOutcome, EventStore } from '../../../services/ports/event-store.ts';
import type { HubEvent } from '../../../services/domain/events.ts';

const faults = ['none', 'busy', 'mute', 'lost', 'ended', 'silent', 'put aside', 'restart', 'other data'] as const;

/** As a recorder does: the same batch until it is taken. */
async function insist(store: EventStore, batch: HubEvent[]): Promise<AppendOutcome[]> {
  for (;;) {
    try {
      return await store.append(batch);
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'ENGINE_UNAVAILABLE');
    }
  }
}

describe('EventStoreDB under random batches and failures', () => {
  it('keeps each event once and hands it over once, in order', async () => {
    const step = fc.record({
      who: fc.nat(1),
      batch: fc.array(fc.nat(30), { minLength: 1, maxLength: 10 }),
      fault: fc.constantFrom(...faults),
    });
    const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      let stub = await startEventStoreStub();
      const { port, log } = stub;
      const options = { timeoutMs: 150, idleMs: 10, silentMs: 40, giveUpMs: 60_000 };
      const open = (): EventStore => openEventStoreDb({ ...options, url: stub.url });
      let stores = [open(), open()];
      const reader = open();
      const stop = new AbortController();
      const seen: string[] = [];
      const wanted: HubEvent[] = [];
      const told = new Map<string, number>();
      const done = new AbortController();
      const reading = (async () => {
        for await (const events of reader.readAll(0, { live: stop.signal })) {
          seen.push(...events.map(({ id }) => id));
          if (done.signal.aborted && seen.length >= wanted.length) stop.abort();
        }
      })();
      try {
        for (const { who, batch, fault } of steps) {
          if (fault === 'busy') stub.faults.unavailable = 4;
          if (fault === 'mute') stub.faults.mute = 2;
          if (fault === 'lost') stub.faults.loseReplies = 4;
          if (fault === 'ended') stub.endSubscriptions();
          stub.faults.silent = fault === 'silent';
          if (fault === 'other data') for (let i = 0; i < 50; i++) log.appendOther(i % 2 ? undefined : 'invoice-1');
          if (fault === 'restart') {
            stub.stop();
            stub = await startEventStoreStub({ port, log });
          }
          if (fault === 'put aside') {
            // A recorder that is started anew knows nothing.
            await Promise.all(stores.map((store) => store.close()));
            stores = [open(), open()];
          }
          const events = batch.map((number) => smallEvent(number));
          const outcomes = await insist(stores[who]!, events);
          for (const [i, event] of events.entries()) {
            if (outcomes[i] === 'recorded') told.set(event.id, (told.get(event.id) ?? 0) + 1);
            if (!wanted.some(({ id }) => id === event.id)) wanted.push(event);
          }
        }
        stub.faults.silent = false;
        done.abort();
        await reading;
        const kept = log.events.filter(({ stream }) => stream.startsWith('erasure-'));
        assert.deepEqual(
          seen,
          kept.map(({ id }) => id),
        );
        assert.equal(kept.length, wanted.length);
        for (const stream of new Set(wanted.map(streamOf))) {
          assert.deepEqual(
            log.streamOf(stream).map(({ id }) => id),
            wanted.filter((event) => streamOf(event) === stream).map(({ id }) => id),
          );
        }
        assert.ok(
          [...told.values()].every((times) => times === 1),
          'nothing is said to be recorded twice',
        );
        await assertSound(reader, { after: 0, mine: () => true });
      } finally {
        stop.abort();
        await reading.catch(() => undefined);
        await Promise.all([...stores, reader].map((store) => store.close()));
        stub.stop();
      }
    });
    await fc.assert(property, { numRuns: 15 });
  }).timeout(120_000);
});
