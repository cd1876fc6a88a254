// Laws 2 and 4: each event is kept once, and the log is committed only behind the store.
import assert from 'node:assert/strict';
import { openSqliteEventLog } from '../../services/drivers/sqlite/event-log.ts';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { record } from '../../services/recorder/recorder.ts';
import { allEvents } from '../support/fold.ts';
import { simulatedEvents } from '../support/simulated-events.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { EventLog } from '../../services/ports/event-log.ts';
import type { AppendOutcome, EventStore } from '../../services/ports/event-store.ts';

describe('recorder', () => {
  const file = useTempFolder();
  let events: HubEvent[];
  let log: EventLog;
  let store: EventStore;
  before(async () => {
    events = await simulatedEvents({ seed: 'recorder', subjects: 30 });
  });
  beforeEach(() => {
    log = openSqliteEventLog(file('log.sqlite'), { batch: 7 });
    store = openSqliteEventStore(file('store.sqlite'), { now: () => 0 });
  });
  afterEach(async () => {
    await log.close();
    await store.close();
  });

  /** Runs a recorder until everything published so far is recorded. */
  async function recordAll(ports: {
    log: Pick<EventLog, 'batches' | 'commit'>;
    store: Pick<EventStore, 'append'>;
  }): Promise<AppendOutcome[]> {
    const stop = new AbortController();
    const outcomes: AppendOutcome[] = [];
    const recording = record(ports, stop.signal, (_, batch) => outcomes.push(...batch));
    const end = await log.publish([]);
    try {
      await Promise.race([log.recorded(end, stop.signal), recording]);
    } finally {
      stop.abort();
      await recording;
    }
    return outcomes;
  }

  it('keeps every published event once, in the order of the log', async () => {
    await log.publish(events);
    const outcomes = await recordAll({ log, store });
    assert.equal(outcomes.length, events.length);
    assert.deepEqual(
      (await allEvents(store)).map(({ id }) => id),
      [...new Set(events.map(({ id }) => id))],
    );
    assert.equal(await log.lag(), 0);
  });

  it('keeps nothing more of what is published twice, and says so', async () => {
    await log.publish(events);
    await recordAll({ log, store });
    const kept = await allEvents(store);
    await log.publish(events);
    const outcomes = await recordAll({ log, store });
    assert.deepEqual(new Set(outcomes), new Set(['duplicate']));
    assert.deepEqual(await allEvents(store), kept);
  });

  it('appends before it commits, batch by batch', async () => {
    await log.publish(events.slice(0, 20));
    const calls: string[] = [];
    const watched = {
      log: { ...log, commit: async (place: string) => (calls.push('commit'), log.commit(place)) },
      store: { append: async (batch: HubEvent[]) => (calls.push('append'), store.append(batch)) },
    };
    await recordAll(watched);
    assert.deepEqual(calls, ['append', 'commit', 'append', 'commit', 'append', 'commit']);
  });

  it('commits nothing of a batch that could not be appended, and records it when run again', async () => {
    await log.publish(events.slice(0, 20));
    let appends = 0;
    const failing = {
      log,
      store: { append: async (batch: HubEvent[]) => (++appends === 2 ? Promise.reject(new Error('no space')) : store.append(batch)) },
    };
    await assert.rejects(recordAll(failing), /no space/);
    assert.equal(await log.lag(), 13);
    assert.equal(await store.head(), new Set(events.slice(0, 7).map(({ id }) => id)).size);
    await recordAll({ log, store });
    assert.equal(await log.lag(), 0);
    assert.equal(await store.head(), new Set(events.slice(0, 20).map(({ id }) => id)).size);
  });

  it('doubles nothing when it dies between append and commit, however often', async () => {
    await log.publish(events);
    let commits = 0;
    // Every third commit is lost with the process.
    const dying = {
      store,
      log: { ...log, commit: async (place: string) => (++commits % 3 === 0 ? Promise.reject(new Error('killed')) : log.commit(place)) },
    };
    for (let deaths = 0; (await log.lag()) > 0 && deaths < 1000; deaths++) await recordAll(dying).catch(() => undefined);
    assert.equal(await log.lag(), 0);
    const kept = await allEvents(store);
    assert.deepEqual(
      kept.map(({ id }) => id),
      [...new Set(events.map(({ id }) => id))],
    );
    assert.deepEqual(
      kept.map(({ position }) => position),
      kept.map((_, i) => i + 1),
    );
  });

  it('goes on where the last one stopped after the log was closed and opened again', async () => {
    await log.publish(events.slice(0, 20));
    await recordAll({ log, store });
    await log.close();
    log = openSqliteEventLog(file('log.sqlite'), { batch: 7 });
    const end = await log.publish(events.slice(20, 40));
    assert.equal(await log.lag(), 20);
    await recordAll({ log, store });
    await log.recorded(end, AbortSignal.abort());
    assert.equal(await store.head(), new Set(events.slice(0, 40).map(({ id }) => id)).size);
  });
});
