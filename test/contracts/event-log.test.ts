// What every event log does, whichever driver it is.
import assert from 'node:assert/strict';
import { openSqliteEventLog } from '../../services/drivers/sqlite/event-log.ts';
import { plain, smallEvent, smallEvents } from '../support/events.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { EventLog, LogBatch } from '../../services/ports/event-log.ts';

/** Opens the log of one place, again after a close too. */
type Open = (place: string, options: { batch: number; highWater: number }) => Promise<EventLog>;

function describeEventLog(name: string, open: Open): void {
  describe(`event log on ${name}`, () => {
    const folder = useTempFolder();
    const options = { batch: 10, highWater: 100 };
    let log: EventLog;
    beforeEach(async () => {
      log = await open(folder('log'), options);
    });
    afterEach(() => log.close());

    /** Reads until so many events have come, committing each batch if told to. */
    async function take(count: number, commit = false): Promise<LogBatch[]> {
      const taken: LogBatch[] = [];
      const stop = new AbortController();
      for await (const batch of log.batches(stop.signal)) {
        taken.push(batch);
        if (commit) await log.commit(batch.place);
        if (taken.reduce((sum, { events }) => sum + events.length, 0) >= count) stop.abort();
      }
      return taken;
    }
    const eventsIn = (batches: readonly LogBatch[]): HubEvent[] => plain(batches.flatMap(({ events }) => events));
    const never = new AbortController().signal;

    it('hands out what was published, in order, in batches of a bounded size', async () => {
      const events = smallEvents(25);
      await log.publish(events);
      const batches = await take(25);
      assert.deepEqual(eventsIn(batches), plain(events));
      assert.ok(batches.every((batch) => batch.events.length <= options.batch));
      assert.ok(batches.every(({ place }, i) => i === 0 || place !== batches[i - 1]!.place));
    });

    it('keeps every attribute of an event', async () => {
      const event = smallEvent(1, { sequence: null, traceparent: '00-a-b-01', time: -5, subject: '某主体 ~/:', evidence: 'sha256:00' });
      await log.publish([event]);
      assert.deepEqual(eventsIn(await take(1)), plain([event]));
    });

    it('publishes twice what is published twice: the store tells duplicates, not the log', async () => {
      const events = smallEvents(3);
      const first = await log.publish(events);
      const second = await log.publish(events);
      assert.ok(second > first);
      assert.deepEqual(eventsIn(await take(6)), plain([...events, ...events]));
    });

    it('gives the place after the last event, also when nothing is published', async () => {
      const place = await log.publish(smallEvents(3));
      assert.equal(await log.publish([]), place);
      const [batch] = await take(3);
      assert.equal(batch!.place, place);
    });

    it('says that events are recorded once their place was committed, not before', async () => {
      const place = await log.publish(smallEvents(12));
      let recorded = false;
      const waiting = log.recorded(place, never).then(() => (recorded = true));
      const [first, second] = await take(12);
      await log.commit(first!.place);
      await Promise.resolve();
      assert.equal(recorded, false);
      await log.commit(second!.place);
      await waiting;
      await log.recorded(place, AbortSignal.abort());
    });

    it('stops waiting when aborted', async () => {
      const place = await log.publish(smallEvents(1));
      const stop = new AbortController();
      const waiting = log.recorded(place, stop.signal);
      stop.abort();
      await assert.rejects(waiting, { name: 'AbortError' });
    });

    it('counts what is not committed', async () => {
      assert.equal(await log.lag(), 0);
      await log.publish(smallEvents(25));
      assert.equal(await log.lag(), 25);
      await take(20, true);
      assert.equal(await log.lag(), 5);
    });

    it('begins again after the committed place, and only there', async () => {
      await log.publish(smallEvents(25));
      await take(10, true);
      await take(10);
      assert.deepEqual(eventsIn(await take(15)), plain(smallEvents(15, 10)));
    });

    it('commits twice what is committed twice, and never goes back', async () => {
      await log.publish(smallEvents(20));
      const [first, second] = await take(20);
      await log.commit(second!.place);
      await log.commit(second!.place);
      await log.commit(first!.place);
      assert.equal(await log.lag(), 0);
    });

    it('keeps places and events over a close', async () => {
      await log.publish(smallEvents(20));
      await take(10, true);
      await log.close();
      log = await open(folder('log'), options);
      assert.equal(await log.lag(), 10);
      assert.deepEqual(eventsIn(await take(10)), plain(smallEvents(10, 10)));
    });

    it('never gives a place again after everything was committed and the log closed', async () => {
      const before = await log.publish(smallEvents(10));
      await take(10, true);
      await log.close();
      log = await open(folder('log'), options);
      assert.equal(await log.publish([]), before);
      assert.ok((await log.publish(smallEvents(1, 10))) > before);
      assert.deepEqual(eventsIn(await take(1)), plain(smallEvents(1, 10)));
    });

    it('wakes a reader that waits, and ends it when aborted', async () => {
      const stop = new AbortController();
      const seen: HubEvent[] = [];
      const reading = (async () => {
        for await (const batch of log.batches(stop.signal)) {
          seen.push(...plain(batch.events));
          if (seen.length === 2) stop.abort();
        }
      })();
      await log.publish(smallEvents(1));
      await log.publish(smallEvents(1, 1));
      await reading;
      assert.deepEqual(seen, plain(smallEvents(2)));
    });

    it('slows its publisher while the recorder is behind, and lets it go on when it has caught up', async () => {
      await log.publish(smallEvents(options.highWater));
      let through = false;
      const publishing = log.publish(smallEvents(1, 1000)).then(() => (through = true));
      const batches = await take(options.highWater + 1);
      assert.equal(through, false);
      await log.commit(batches.at(-1)!.place);
      await publishing;
    });

    it('publishes a batch whole or not at all', async () => {
      const broken = { ...smallEvent(2), data: null as unknown as Uint8Array };
      await assert.rejects(log.publish([smallEvent(1), broken, smallEvent(3)]));
      assert.equal(await log.lag(), 0);
    });
  });
}

describeEventLog('sqlite', async (place, options) => openSqliteEventLog(`${place}.sqlite`, options));
