// What every event store does, whichever driver it is: reading.
import assert from 'node:assert/strict';
import { streamOf } from '../../services/domain/events.ts';
import { plain } from '../support/events.ts';
import { codec } from '../support/project.ts';
import { positionsOf, revisionsOf } from './event-store-harness.ts';
import type { RecordedEvent } from '../../services/domain/events.ts';
import type { EventQuery } from '../../services/ports/event-store.ts';
import type { Harness } from './event-store-harness.ts';

/** The reading half of the suite, on the store of the enclosing suite. */
export function describeReading(t: Harness, shared: boolean): void {
  const { own, owns, scan, streamed } = t;

  describe('reading everything', () => {
    it('gives the same list in batches of any size, from any place', async () => {
      await t.store.append(owns(23));
      const whole = await scan();
      for (const batch of [1, 2, 7, 23, 100]) {
        assert.deepEqual(await scan(t.start, batch), whole);
        assert.deepEqual(await scan(whole[10]!.position, batch), whole.slice(11));
      }
      assert.deepEqual(await scan(whole.at(-1)!.position), []);
    });

    it('follows live what is appended later, and ends when aborted', async () => {
      await t.store.append(owns(3));
      const first = (await scan())[0]!.position;
      const stop = new AbortController();
      const seen: number[] = [];
      const reading = (async () => {
        for await (const batch of t.store.readAll(first, { live: stop.signal })) {
          seen.push(...positionsOf(batch));
          if (seen.length === 4) stop.abort();
        }
      })();
      await t.store.append([own(3)]);
      await t.store.append([own(4)]);
      await reading;
      assert.deepEqual(seen, positionsOf(await scan()).slice(1));
      if (!shared) assert.deepEqual(seen, [2, 3, 4, 5]);
    });

    it('hands a live reader no more than a batch at a time', async () => {
      await t.store.append(owns(23));
      const stop = new AbortController();
      const seen: number[] = [];
      for await (const batch of t.store.readAll(t.start, { batch: 5, live: stop.signal })) {
        assert.ok(batch.length <= 5);
        seen.push(...positionsOf(batch));
        if (seen.length === 23) stop.abort();
      }
      assert.deepEqual(seen, positionsOf(await scan()));
    });

    it('gives an idle live reader an empty batch now and then', async () => {
      const stop = new AbortController();
      let empty = 0;
      for await (const batch of t.store.readAll(t.start, { live: stop.signal })) {
        assert.deepEqual(batch, []);
        if (++empty === 2) stop.abort();
      }
    });

    it('wakes a live reader by the append, not by waiting for its turn', async () => {
      const stop = new AbortController();
      const arrived: number[] = [];
      let appended = 0;
      const reading = (async () => {
        for await (const batch of t.store.readAll(t.start, { live: stop.signal })) {
          if (batch.length === 0) continue;
          arrived.push(performance.now() - appended);
          if (arrived.length === 10) return stop.abort();
          appended = performance.now();
          await t.store.append([own(arrived.length)]);
        }
      })();
      appended = performance.now();
      await t.store.append([own(0)]);
      await reading;
      // Ten turns at a poll of 200 ms would take two seconds.
      assert.ok(arrived.reduce((sum, wait) => sum + wait, 0) < 1_000, arrived.join(' '));
    });

    it('gives a live reader nothing when it was aborted before', async () => {
      await t.store.append(owns(3));
      for await (const _ of t.store.readAll(t.start, { live: AbortSignal.abort() })) assert.fail('a batch came');
    });
  });

  describe('reading a stream', () => {
    it('gives one subject of one family in order of its revisions', async () => {
      const contact = codec.encode('contact', { change: 'polled', record: 'p-1', cursor: null, received: 0, published: 0, quarantined: 0, startedAt: 0, endedAt: 0 });
      await t.store.append([...owns(20), own(50, { type: 'contact.polled', subject: `${t.run}-1`, data: contact })]);
      const all = await scan();
      const events = await streamed(`erasure-${t.run}-1`);
      assert.deepEqual(revisionsOf(events), [0, 1, 2, 3]);
      assert.deepEqual(events, all.filter((event) => streamOf(event) === `erasure-${t.run}-1`));
      assert.deepEqual(await streamed(`contact-${t.run}-1`), all.filter(({ type }) => type === 'contact.polled'));
      if (!shared) assert.deepEqual(positionsOf(events), [2, 7, 12, 17]);
      assert.deepEqual(await streamed(`erasure-${t.run}-nobody`), []);
    });

    it('goes from a revision and up to a position', async () => {
      await t.store.append(owns(20));
      const stream = `erasure-${t.run}-1`;
      const positions = positionsOf(await streamed(stream));
      assert.deepEqual(revisionsOf(await streamed(stream, { from: 2 })), [2, 3]);
      assert.deepEqual(revisionsOf(await streamed(stream, { from: 9 })), []);
      assert.deepEqual(revisionsOf(await streamed(stream, { upTo: positions[2]! })), [0, 1, 2]);
      assert.deepEqual(revisionsOf(await streamed(stream, { upTo: positions[0]! - 1 })), []);
    });

    it('reads a stream longer than any page whole', async () => {
      await t.store.append(Array.from({ length: 1203 }, (_, i) => own(i, { subject: `${t.run}-long` })));
      assert.deepEqual(revisionsOf(await streamed(`erasure-${t.run}-long`)), Array.from({ length: 1203 }, (_, i) => i));
    });
  });

  describe('a query', () => {
    const base = 1_700_000_000_000;
    /** `at` gives the position of the nth event of the test. */
    type Asked = (at: (nth: number) => number) => Partial<EventQuery>;
    const filters: [what: string, query: Asked, fits: (event: RecordedEvent, at: (nth: number) => number) => boolean][] = [
      ['nothing', () => ({}), () => true],
      ['subject', () => ({ subject: `${t.run}-2` }), ({ subject }) => subject === `${t.run}-2`],
      ['family', () => ({ family: 'erasure' }), () => true],
      ['another family', () => ({ family: 'contact' }), () => false],
      ['type', () => ({ type: 'erasure.erased' }), () => true],
      ['a subject and a type of another family', () => ({ subject: `${t.run}-2`, type: 'contact.polled' }), () => false],
      ['a moment on', () => ({ timeFrom: base + 5_000 }), ({ time }) => time >= base + 5_000],
      ['up to a moment', () => ({ timeTo: base + 5_000 }), ({ time }) => time <= base + 5_000],
      ['positions', (at) => ({ after: at(4), upTo: at(9) }), ({ position }, at) => position > at(4) && position <= at(9)],
      [
        'all together',
        (at) => ({ subject: `${t.run}-1`, family: 'erasure', timeFrom: base, timeTo: base + 11_000, after: at(1), upTo: at(18) }),
        ({ subject, position, time }, at) => subject === `${t.run}-1` && position > at(1) && position <= at(18) && time <= base + 11_000,
      ],
    ];
    for (const [what, asked, fits] of filters) {
      it(`by ${what} gives exactly what fits, page by page`, async () => {
        await t.store.append(owns(20));
        const all = await scan();
        const at = (nth: number): number => all[nth - 1]!.position;
        const query = { after: t.start, ...asked(at) };
        const wanted = all.filter((event) => fits(event, at));
        for (const limit of [1, 3, 100]) {
          const found: RecordedEvent[] = [];
          for (let after = query.after; ; ) {
            const page = await t.store.query({ ...query, after, limit });
            assert.ok(page.events.length <= limit);
            found.push(...plain(page.events));
            if (page.next === undefined) break;
            after = page.next;
          }
          assert.deepEqual(found, wanted);
        }
      });
    }

    it('goes on from the t.start when it is given no place', async () => {
      await t.store.append(owns(6));
      const { events } = await t.store.query({ subject: `${t.run}-1`, limit: 10 });
      assert.deepEqual(plain(events), await streamed(`erasure-${t.run}-1`));
    });

    it('says that it is at the end even when the last page is full', async () => {
      await t.store.append(owns(6));
      assert.equal((await t.store.query({ after: t.start, limit: 6 })).next, undefined);
      assert.equal((await t.store.query({ after: t.start, limit: 5 })).next, (await scan())[4]!.position);
    });
  });

  it('gets an event by its id, and nothing for one it does not keep', async () => {
    await t.store.append(owns(5));
    const event = await t.store.get(own(3).id);
    assert.deepEqual(event && plain([event]), (await scan()).filter(({ id }) => id === own(3).id));
    assert.deepEqual([event?.revision, event?.subject], [0, `${t.run}-3`]);
    assert.deepEqual(await t.store.get(own(3).id), event);
    assert.equal(await t.store.get(own(77).id), undefined);
    assert.match(event!.id, /0/);
    assert.equal(await t.store.get(event!.id.replace('0', 'z')), undefined, 'what is no UUID is nobody\'s id');
  });

  it('finds the newest position recorded before a moment', async () => {
    /** Lets the store's clock move on: by hand, or by appending until it has. */
    async function tick(number: number): Promise<void> {
      if (!shared) return t.clock.pass(1);
      for (let from = 0; ; number += 1000) {
        await t.store.append([own(number)]);
        const time = (await scan()).at(-1)!.recordedtime;
        from ||= time;
        if (time > from) return;
      }
    }
    assert.equal(await t.store.positionAt(0), 0);
    if (!shared) assert.equal(await t.store.positionAt(t.clock.now()), 0);
    await tick(100);
    for (let i = 0; i < 6; i++) {
      await t.store.append(owns(3, 3 * i));
      await tick(101 + i);
    }
    const all = await scan();
    const times = [...new Set(all.map(({ recordedtime }) => recordedtime))];
    assert.ok(times.length >= 6);
    for (const time of times.slice(1)) {
      assert.equal(await t.store.positionAt(time), positionsOf(all.filter(({ recordedtime }) => recordedtime < time)).at(-1));
      assert.equal(await t.store.positionAt(time + 1), positionsOf(all.filter(({ recordedtime }) => recordedtime <= time)).at(-1));
    }
  });
}
