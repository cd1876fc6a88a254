// What every event store does, whichever driver it is: appending. Reading: event-store-reading.ts.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openEventStoreDb } from '../../services/drivers/eventstore/event-store.ts';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { plain } from '../support/events.ts';
import { startEventStoreStub } from '../support/eventstore-stub/server.ts';
import { bare, freshRun, positionsOf, revisionsOf, useEventStore } from './event-store-harness.ts';
import { describeReading } from './event-store-reading.ts';
import type { EventStoreStub } from '../support/eventstore-stub/server.ts';
import type { Driver } from './event-store-harness.ts';

function describeEventStore(name: string, driver: Driver): void {
  describe(`event store on ${name}`, () => {
    const { open, shared } = driver;
    const t = useEventStore(driver);
    const { own, owns, sound, arranged, scan } = t;

    describe('append', () => {
      it('keeps events as they are, in the order given', async () => {
        const events = [...owns(20), own(99, { sequence: null, traceparent: '00-a-b-01', time: -7, subject: `${t.run} 某主体 -~/:$@` })];
        assert.deepEqual(await t.store.append(events), events.map(() => 'recorded'));
        assert.deepEqual(arranged(bare(await scan())), arranged(plain(events)));
      });

      it('numbers the store upwards and each stream from 0, without gaps', async () => {
        await t.store.append(owns(7));
        await t.store.append(owns(8, 7));
        const events = await scan();
        assert.equal(events.length, 15);
        assert.deepEqual(revisionsOf(arranged(events)), arranged(owns(15)).map(({ sequence }) => Math.floor(sequence! / 5)));
        const positions = positionsOf(events);
        if (shared) assert.ok(positions.every((position, i) => position > (positions[i - 1] ?? t.start)));
        else assert.deepEqual(positions, events.map((_, i) => i + 1));
        assert.equal(await t.store.head(), positions.at(-1));
      });

      it('keeps an id once, in one batch or two, and says so', async () => {
        const events = owns(4);
        assert.deepEqual(await t.store.append([...events, events[1]!]), ['recorded', 'recorded', 'recorded', 'recorded', 'duplicate']);
        assert.deepEqual(await t.store.append([events[0]!, own(9)]), ['duplicate', 'recorded']);
        assert.equal((await scan()).length, 5);
        await sound();
      });

      it('keeps the first content of an id', async () => {
        const event = own(1);
        await t.store.append([event]);
        assert.deepEqual(await t.store.append([{ ...event, data: own(2).data, evidence: 'another' }]), ['duplicate']);
        assert.deepEqual(bare(await scan()), plain([event]));
      });

      it('changes nothing a second time', async () => {
        await t.store.append(owns(12));
        const before = await scan();
        t.clock.pass(1);
        assert.deepEqual(new Set(await t.store.append(owns(12))), new Set(['duplicate']));
        assert.deepEqual(await scan(), before);
      });

      it('knows what is kept without having been there', async () => {
        await t.store.append(owns(12));
        await t.store.close();
        t.store = open(t.current, t.clock.now);
        assert.deepEqual(new Set(await t.store.append(owns(6))), new Set(['duplicate']));
        assert.deepEqual(await t.store.append(owns(4, 10)), ['duplicate', 'duplicate', 'recorded', 'recorded']);
        await sound();
      });

      it('appends all or nothing of what is no event', async () => {
        await t.store.append(owns(2));
        const before = await t.store.head();
        const broken = { ...own(3), data: null as unknown as Uint8Array };
        await assert.rejects(t.store.append([own(2), broken]));
        assert.equal(await t.store.head(), before);
        assert.deepEqual(await t.store.append([own(2)]), ['recorded']);
        await sound();
      });

      it('takes an empty batch', async () => {
        assert.deepEqual(await t.store.append([]), []);
        assert.equal(await t.store.head(), t.start);
      });

      it('leaves a sound store whatever comes in whatever batches', async () => {
        const batches = fc.array(fc.array(fc.nat(40), { maxLength: 12 }), { maxLength: 12 });
        const property = fc.asyncProperty(batches, async (numbers) => {
          const fresh = open(t.place(), t.clock.now);
          t.run = freshRun();
          try {
            const from = await fresh.head();
            const seen = new Set<number>();
            for (const batch of numbers) {
              const outcomes = await fresh.append(batch.map((number) => own(number)));
              batch.forEach((number, i) => {
                assert.equal(outcomes[i], seen.has(number) ? 'duplicate' : 'recorded');
                seen.add(number);
              });
            }
            assert.equal((await sound(fresh, from)).length, seen.size);
            if (!shared) assert.equal(await fresh.head(), seen.size);
          } finally {
            await fresh.close();
          }
        });
        await fc.assert(property, { numRuns: 30 });
      });

      it('records times that never fall, whatever the clock does', async () => {
        const before = Date.now();
        await t.store.append([own(1)]);
        t.clock.pass(-3);
        await t.store.append([own(2)]);
        t.clock.pass(5);
        await t.store.append([own(3)]);
        const times = (await scan()).map(({ recordedtime }) => recordedtime);
        assert.deepEqual(times, times.toSorted((a, b) => a - b));
        if (shared) assert.ok(times.every((time) => Number.isSafeInteger(time) && Math.abs(time - before) < 86_400_000));
        else assert.equal(times[2], t.clock.now());
      });

      it('keeps everything over a close', async () => {
        const place = t.place();
        let closed = open(place, t.clock.now);
        const from = await closed.head();
        await closed.append(owns(3));
        const kept = await scan(from, 1000, closed);
        await closed.close();
        closed = open(place, t.clock.now);
        assert.equal(await closed.head(), kept.at(-1)?.position);
        assert.deepEqual(await scan(from, 1000, closed), kept);
        assert.deepEqual(await closed.append(owns(4)), ['duplicate', 'duplicate', 'duplicate', 'recorded']);
        await sound(closed, from);
        await closed.close();
      });
    });

    describeReading(t, shared);
  });
}

describeEventStore('sqlite', { shared: false, open: (place, now) => openSqliteEventStore(`${place}.sqlite`, { now }) });

describe('with a stub of EventStoreDB', () => {
  let stub: EventStoreStub;
  before(async () => {
    stub = await startEventStoreStub();
    // As on a server in use: what is not ours lies before, between and after.
    for (let i = 0; i < 40; i++) stub.log.appendOther(i % 2 ? undefined : `invoice-${i}`);
    stub.faults.beforeAppend = () => stub.log.appendOther();
  });
  after(() => stub.stop());
  describeEventStore('the protocol of EventStoreDB', { shared: true, open: () => openEventStoreDb({ url: stub.url, idleMs: 50 }) });
});

const url = process.env['EVENTSTORE_URL'];
if (url) describeEventStore('EventStoreDB by EVENTSTORE_URL', { shared: true, open: () => openEventStoreDb({ url }) });
else {
  describe('event store on EventStoreDB by EVENTSTORE_URL', () => {
    it('is not run: EVENTSTORE_URL is not set', function () {
      console.info('event store on EventStoreDB: not run, EVENTSTORE_URL is not set');
      this.skip();
    });
  });
}
