// What every event log does, whichever driver it is.
import assert from 'node:assert/strict';
import { openSqliteEventLog } from '../../services/drivers/sqlite/event-log.ts';
import { plain, smallEvent, smallEvents } from '../support/events.ts';
import { openTestLog } from '../support/kafka-log.ts';
import { orSkip, sharedKafka } from '../support/kafka.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { EventLog, LogBatch } from '../../services/ports/event-log.ts';

interface Driver {
  /** Has ready what the driver runs on, or skips the suite. */
  prepare?(context: Mocha.Context): Promise<void>;
  /** Opens the log of one place, again after a close too. */
  open(place: string, options: { batch: number; highWater: number }): EventLog;
  /** Whether the log lies on the disk of the hub itself, so that what is not recorded must not grow there without end. */
  bounded: boolean;
}

/** Events as every driver keeps them in order: within a subject. */
function bySubject(events: readonly HubEvent[]): Record<string, HubEvent[]> {
  const subjects: Record<string, HubEvent[]> = {};
  for (const event of events) (subjects[event.subject] ??= []).push(event);
  return subjects;
}

function describeEventLog(name: string, { prepare, open, bounded }: Driver): void {
  describe(`event log on ${name}`, () => {
    before(async function () {
      await prepare?.(this);
    });
    const folder = useTempFolder();
    const options = { batch: 10, highWater: 100 };
    let log: EventLog;
    beforeEach(() => {
      log = open(folder('log'), options);
    });
    afterEach(() => log.close());

    /** Reads until so many events have come, committing each batch if told to. */
    async function take(count: number, commit = false): Promise<LogBatch[]> {
      const taken: LogBatch[] = [];
      const stop = new AbortController();
      for await (const batch of log.batches(stop.signal)) {
        taken.push(batch);
        if (commit) await log.commit(batch.place);
        if (countIn(taken) >= count) stop.abort();
      }
      return taken;
    }
    const eventsIn = (batches: readonly LogBatch[]): HubEvent[] => plain(batches.flatMap(({ events }) => events));
    const countIn = (batches: readonly LogBatch[]): number => batches.reduce((sum, { events }) => sum + events.length, 0);
    const never = new AbortController().signal;
    /** Whether a place is recorded now, without waiting. */
    const isRecorded = (place: string): Promise<boolean> =>
      log.recorded(place, AbortSignal.abort()).then(
        () => true,
        () => false,
      );

    it('hands out what was published, each subject in order, in batches of a bounded size', async () => {
      const events = Array.from({ length: 60 }, (_, i) => smallEvent(i, { subject: `subject ${(i * 7) % 20}` }));
      await log.publish(events.slice(0, 35));
      await log.publish(events.slice(35));
      const batches = await take(60);
      assert.deepEqual(bySubject(eventsIn(batches)), bySubject(plain(events)));
      assert.ok(batches.every((batch) => batch.events.length > 0 && batch.events.length <= options.batch));
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
      assert.notEqual(second, first);
      assert.deepEqual(bySubject(eventsIn(await take(6))), bySubject(plain([...events, ...events])));
    });

    it('gives the place after the last event, also when nothing is published', async () => {
      const place = await log.publish(smallEvents(3));
      assert.equal(await log.publish([]), place);
      assert.equal(await isRecorded(place), false);
      await take(3, true);
      assert.equal(await isRecorded(place), true);
      assert.equal(await isRecorded(await log.publish([])), true);
    });

    it('says that events are recorded once their place was committed, not before', async () => {
      const place = await log.publish(smallEvents(12));
      const waiting = log.recorded(place, never);
      const stop = new AbortController();
      let read = 0;
      for await (const batch of log.batches(stop.signal)) {
        assert.equal(await isRecorded(place), false);
        await log.commit(batch.place);
        read += batch.events.length;
        if (read === 12) stop.abort();
      }
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
      const taken = countIn(await take(10, true));
      assert.equal(await log.lag(), 25 - taken);
    });

    it('begins again after the committed place, and only there', async () => {
      await log.publish(smallEvents(25));
      const committed = eventsIn(await take(10, true));
      await take(10);
      const after = eventsIn(await take(25 - committed.length));
      assert.deepEqual(bySubject([...committed, ...after]), bySubject(plain(smallEvents(25))));
    });

    it('commits twice what is committed twice, and never goes back', async () => {
      await log.publish(smallEvents(20));
      const batches = await take(20);
      for (const { place } of batches) await log.commit(place);
      await log.commit(batches.at(-1)!.place);
      await log.commit(batches[0]!.place);
      assert.equal(await log.lag(), 0);
    });

    it('keeps places and events over a close', async () => {
      await log.publish(smallEvents(20));
      const before = eventsIn(await take(10, true));
      await log.close();
      log = open(folder('log'), options);
      assert.equal(await log.lag(), 20 - before.length);
      const after = eventsIn(await take(20 - before.length));
      assert.deepEqual(bySubject([...before, ...after]), bySubject(plain(smallEvents(20))));
    });

    it('never gives a place again after everything was committed and the log closed', async () => {
      const before = await log.publish(smallEvents(10));
      await take(10, true);
      await log.close();
      log = open(folder('log'), options);
      assert.equal(await log.publish([]), before);
      assert.notEqual(await log.publish(smallEvents(1, 10)), before);
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
      assert.deepEqual(bySubject(seen), bySubject(plain(smallEvents(2))));
    });

    if (bounded)
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

describeEventLog('sqlite', { open: (place, options) => openSqliteEventLog(`${place}.sqlite`, options), bounded: true });

let brokers: string[];
describeEventLog('kafka', {
  async prepare(context) {
    ({ brokers } = await orSkip(context, sharedKafka));
  },
  open: (place, { batch }) => openTestLog(brokers, { topicPrefix: `${place.replace(/\W+/g, '-')}.`, batch }),
  bounded: false,
});
