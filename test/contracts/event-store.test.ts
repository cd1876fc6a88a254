// What every event store does, whichever driver it is.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { createClock } from '../support/clock.ts';
import { plain, smallEvent, smallEvents } from '../support/events.ts';
import { assertSound } from '../support/kept.ts';
import { codec } from '../support/project.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { HubEvent, RecordedEvent } from '../../services/domain/events.ts';
import type { EventQuery, EventStore } from '../../services/ports/event-store.ts';

/** Opens the store of one place, again after a close too. */
type Open = (place: string, now: () => number) => Promise<EventStore>;

function describeEventStore(name: string, open: Open): void {
  describe(`event store on ${name}`, () => {
    const folder = useTempFolder();
    const clock = createClock();
    let store: EventStore;
    let turn = 0;
    beforeEach(async () => {
      store = await open(folder(`store${turn++}`), clock.now);
    });
    afterEach(() => store.close());

    async function scan(after = 0, batch = 1000): Promise<RecordedEvent[]> {
      const events: RecordedEvent[] = [];
      for await (const page of store.readAll(after, { batch })) events.push(...plain(page));
      return events;
    }
    async function streamed(stream: string, options?: { from?: number; upTo?: number }): Promise<RecordedEvent[]> {
      const events: RecordedEvent[] = [];
      for await (const event of store.readStream(stream, options)) events.push(...plain([event]));
      return events;
    }
    const bare = (events: readonly RecordedEvent[]): HubEvent[] => events.map(({ position: _p, revision: _r, recordedtime: _t, ...event }) => event);

    describe('append', () => {
      it('keeps events as they are, in the order given', async () => {
        const events = [...smallEvents(20), smallEvent(99, { sequence: null, traceparent: '00-a-b-01', time: -7, subject: '某主体 -~/:' })];
        assert.deepEqual(await store.append(events), events.map(() => 'recorded'));
        assert.deepEqual(bare(await scan()), plain(events));
      });

      it('numbers the store from 1 and each stream from 0, without gaps', async () => {
        await store.append(smallEvents(7));
        await store.append(smallEvents(8, 7));
        const events = await scan();
        assert.deepEqual(events.map(({ position }) => position), events.map((_, i) => i + 1));
        assert.deepEqual(events.map(({ revision }) => revision), events.map((_, i) => Math.floor(i / 5)));
        assert.equal(await store.head(), 15);
      });

      it('keeps an id once, in one batch or two, and says so', async () => {
        const events = smallEvents(4);
        assert.deepEqual(await store.append([...events, events[1]!]), ['recorded', 'recorded', 'recorded', 'recorded', 'duplicate']);
        assert.deepEqual(await store.append([events[0]!, smallEvent(9)]), ['duplicate', 'recorded']);
        assert.equal(await store.head(), 5);
        await assertSound(store);
      });

      it('keeps the first content of an id', async () => {
        const event = smallEvent(1);
        await store.append([event]);
        await store.append([{ ...event, data: smallEvent(2).data, evidence: 'another' }]);
        assert.deepEqual(bare(await scan()), plain([event]));
      });

      it('changes nothing a second time', async () => {
        await store.append(smallEvents(12));
        const before = await scan();
        clock.pass(1);
        assert.deepEqual(new Set(await store.append(smallEvents(12))), new Set(['duplicate']));
        assert.deepEqual(await scan(), before);
      });

      it('appends all or nothing', async () => {
        await store.append(smallEvents(2));
        const broken = { ...smallEvent(3), data: null as unknown as Uint8Array };
        await assert.rejects(store.append([smallEvent(2), broken]));
        assert.equal(await store.head(), 2);
        assert.deepEqual(await store.append([smallEvent(2)]), ['recorded']);
        await assertSound(store);
      });

      it('takes an empty batch', async () => {
        assert.deepEqual(await store.append([]), []);
        assert.equal(await store.head(), 0);
      });

      it('leaves a sound store whatever comes in whatever batches', async () => {
        const batches = fc.array(fc.array(fc.nat(40), { maxLength: 12 }), { maxLength: 12 });
        const property = fc.asyncProperty(batches, async (numbers) => {
          const fresh = await open(folder(`fresh${turn++}`), clock.now);
          try {
            const seen = new Set<number>();
            for (const batch of numbers) {
              const outcomes = await fresh.append(batch.map((number) => smallEvent(number)));
              batch.forEach((number, i) => {
                assert.equal(outcomes[i], seen.has(number) ? 'duplicate' : 'recorded');
                seen.add(number);
              });
            }
            await assertSound(fresh);
            assert.equal(await fresh.head(), seen.size);
          } finally {
            await fresh.close();
          }
        });
        await fc.assert(property, { numRuns: 30 });
      });

      it('records times that never fall, whatever the clock does', async () => {
        await store.append([smallEvent(1)]);
        clock.pass(-3);
        await store.append([smallEvent(2)]);
        clock.pass(5);
        await store.append([smallEvent(3)]);
        const times = (await scan()).map(({ recordedtime }) => recordedtime);
        assert.deepEqual(times, times.toSorted((a, b) => a - b));
        assert.equal(times[2], clock.now());
      });

      it('keeps everything over a close', async () => {
        const place = folder('closed');
        let closed = await open(place, clock.now);
        await closed.append(smallEvents(3));
        await closed.close();
        closed = await open(place, clock.now);
        assert.equal(await closed.head(), 3);
        assert.deepEqual(await closed.append(smallEvents(4)), ['duplicate', 'duplicate', 'duplicate', 'recorded']);
        await assertSound(closed);
        await closed.close();
      });
    });

    describe('reading everything', () => {
      it('gives the same list in batches of any size, from any place', async () => {
        await store.append(smallEvents(23));
        const whole = await scan();
        for (const batch of [1, 2, 7, 23, 100]) {
          assert.deepEqual(await scan(0, batch), whole);
          assert.deepEqual(await scan(11, batch), whole.slice(11));
        }
        assert.deepEqual(await scan(23), []);
      });

      it('follows live what is appended later, and ends when aborted', async () => {
        await store.append(smallEvents(3));
        const stop = new AbortController();
        const seen: number[] = [];
        const reading = (async () => {
          for await (const batch of store.readAll(1, { live: stop.signal })) {
            seen.push(...batch.map(({ position }) => position));
            if (seen.length === 4) stop.abort();
          }
        })();
        await store.append([smallEvent(3)]);
        await store.append([smallEvent(4)]);
        await reading;
        assert.deepEqual(seen, [2, 3, 4, 5]);
      });

      it('wakes a live reader by the append, not by waiting for its turn', async () => {
        const stop = new AbortController();
        const arrived: number[] = [];
        let appended = 0;
        const reading = (async () => {
          for await (const batch of store.readAll(0, { live: stop.signal })) {
            if (batch.length === 0) continue;
            arrived.push(performance.now() - appended);
            if (arrived.length === 10) return stop.abort();
            appended = performance.now();
            await store.append([smallEvent(arrived.length)]);
          }
        })();
        appended = performance.now();
        await store.append([smallEvent(0)]);
        await reading;
        // Ten turns at a poll of 200 ms would take two seconds.
        assert.ok(arrived.reduce((sum, wait) => sum + wait, 0) < 1_000, arrived.join(' '));
      });

      it('gives a live reader nothing when it was aborted before', async () => {
        await store.append(smallEvents(3));
        for await (const _ of store.readAll(0, { live: AbortSignal.abort() })) assert.fail('a batch came');
      });
    });

    describe('reading a stream', () => {
      it('gives one subject of one family in order of its revisions', async () => {
        const contact = codec.encode('contact', { change: 'polled', record: 'p-1', cursor: null, received: 0, published: 0, quarantined: 0, startedAt: 0, endedAt: 0 });
        await store.append([...smallEvents(20), smallEvent(50, { type: 'contact.polled', subject: 'p-1', data: contact })]);
        const events = await streamed('erasure-p-1');
        assert.deepEqual(events.map(({ revision }) => revision), [0, 1, 2, 3]);
        assert.deepEqual(events.map(({ position }) => position), [2, 7, 12, 17]);
        assert.deepEqual((await streamed('contact-p-1')).map(({ position }) => position), [21]);
        assert.deepEqual(await streamed('erasure-nobody'), []);
      });

      it('goes from a revision and up to a position', async () => {
        await store.append(smallEvents(20));
        assert.deepEqual((await streamed('erasure-p-1', { from: 2 })).map(({ revision }) => revision), [2, 3]);
        assert.deepEqual((await streamed('erasure-p-1', { upTo: 12 })).map(({ revision }) => revision), [0, 1, 2]);
        assert.deepEqual((await streamed('erasure-p-1', { upTo: 1 })).map(({ revision }) => revision), []);
      });

      it('reads a stream longer than any page whole', async () => {
        await store.append(Array.from({ length: 1203 }, (_, i) => smallEvent(i, { subject: 'p-long' })));
        assert.deepEqual((await streamed('erasure-p-long')).map(({ revision }) => revision), Array.from({ length: 1203 }, (_, i) => i));
      });
    });

    describe('a query', () => {
      const base = 1_700_000_000_000;
      const filters: [what: string, query: Partial<EventQuery>, fits: (event: RecordedEvent) => boolean][] = [
        ['nothing', {}, () => true],
        ['subject', { subject: 'p-2' }, ({ subject }) => subject === 'p-2'],
        ['family', { family: 'erasure' }, () => true],
        ['another family', { family: 'contact' }, () => false],
        ['type', { type: 'erasure.erased' }, () => true],
        ['a moment on', { timeFrom: base + 5_000 }, ({ time }) => time >= base + 5_000],
        ['up to a moment', { timeTo: base + 5_000 }, ({ time }) => time <= base + 5_000],
        ['positions', { after: 4, upTo: 9 }, ({ position }) => position > 4 && position <= 9],
        ['all together', { subject: 'p-1', family: 'erasure', timeFrom: base, timeTo: base + 11_000, after: 1, upTo: 18 }, ({ subject, position }) => subject === 'p-1' && position <= 12],
      ];
      for (const [what, query, fits] of filters) {
        it(`by ${what} gives exactly what fits, page by page`, async () => {
          await store.append(smallEvents(20));
          const wanted = (await scan()).filter(fits);
          for (const limit of [1, 3, 100]) {
            const found: RecordedEvent[] = [];
            let after = query.after;
            for (;;) {
              const page = await store.query({ ...query, ...(after === undefined ? {} : { after }), limit });
              assert.ok(page.events.length <= limit);
              found.push(...plain(page.events));
              if (page.next === undefined) break;
              after = page.next;
            }
            assert.deepEqual(found, wanted);
          }
        });
      }

      it('says that it is at the end even when the last page is full', async () => {
        await store.append(smallEvents(6));
        assert.equal((await store.query({ limit: 6 })).next, undefined);
        assert.equal((await store.query({ limit: 5 })).next, 5);
      });
    });

    it('gets an event by its id, and nothing for one it does not keep', async () => {
      await store.append(smallEvents(5));
      const event = await store.get(smallEvent(3).id);
      assert.deepEqual([event?.position, event?.revision, event?.subject], [4, 0, 'p-3']);
      assert.equal(await store.get(smallEvent(77).id), undefined);
    });

    it('finds the newest position recorded before a moment', async () => {
      assert.equal(await store.positionAt(clock.now()), 0);
      const times: number[] = [];
      for (let i = 0; i < 6; i++) {
        await store.append(smallEvents(3, 3 * i));
        times.push(clock.now());
        clock.pass(1);
      }
      for (const [i, time] of times.entries()) {
        assert.equal(await store.positionAt(time), 3 * i);
        assert.equal(await store.positionAt(time + 1), 3 * i + 3);
      }
      assert.equal(await store.positionAt(0), 0);
    });
  });
}

describeEventStore('sqlite', async (place, now) => openSqliteEventStore(`${place}.sqlite`, { now }));
