// Poison events park their own stream: every other one goes on as if they had never come.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HubError } from '../../services/domain/errors.ts';
import { familyOf, streamOf } from '../../services/domain/events.ts';
import { packageHistory } from '../../services/projector/as-of.ts';
import { streamsIn } from '../../services/projector/apply-fact.ts';
import { foldEvents, judgeDue } from '../../services/projector/fold.ts';
import { project } from '../../services/projector/projector.ts';
import { emptyBase, openSession } from '../../services/projector/session.ts';
import { deliveries } from '../support/arbitrary.ts';
import { createClock } from '../support/clock.ts';
import { smallEvent } from '../support/events.ts';
import { allEvents, feedOf, inWorkshop, rowsOf } from '../support/fold.ts';
import { brokenBytes, poisonAfter, trapAfter, trap } from '../support/poison.ts';
import { codec, rules } from '../support/project.ts';
import { eventsTold, simulatedEvents } from '../support/simulated-events.ts';
import { factory, shop } from '../support/told.ts';
import type { HubEvent, RecordedEvent } from '../../services/domain/events.ts';
import type { ParkedLocal } from '../../services/ports/views.ts';
import type { FoldPorts } from '../../services/projector/fold.ts';
import type { Parked } from '../../services/projector/park.ts';
import type { Workshop, ComparedRow } from '../support/fold.ts';

const judgedFamilies = new Set(['property-right', 'project-approval', 'meter-account', 'house-transfer']);
const judged = ({ view, key, body, tags, due }: ComparedRow): unknown[] => [view, key, body, tags, due];

/** Rows and feed as they would be without the poison: no parked streams, no positions, no counts. */
async function known({ views }: Pick<Workshop, 'views'>): Promise<{ rows: unknown[]; feed: string[] }> {
  const rows = (await rowsOf(views)).filter(({ view }) => view !== 'parked' && view !== 'source');
  return { rows: rows.map(judged), feed: (await feedOf(views)).map(({ body }) => body) };
}

async function inMemory(events: readonly RecordedEvent[], today: string, ports: Omit<FoldPorts, 'streams'>): Promise<ComparedRow[]> {
  const session = openSession(emptyBase);
  const at = await foldEvents(session, events, { position: 0, date: '0000-01-01' }, { ...ports, streams: streamsIn(events) });
  await judgeDue(session, today, at, ports);
  const rows = session.rows().map(({ view, row }) => {
    const tags = [...row.tags].sort().join(' ');
    return { view, key: row.key, body: row.text, local: row.localText, tags, due: row.due };
  });
  const place = ({ view, key }: ComparedRow): Buffer => Buffer.from(`${view}\0${key}`);
  return rows.sort((a, b) => Buffer.compare(place(a), place(b)));
}

async function parkedIn({ views }: Pick<Workshop, 'views'>): Promise<Record<string, ParkedLocal>> {
  const rows = await views.list('parked', { limit: 1000 });
  return Object.fromEntries(rows.map(({ key, local }) => [key, JSON.parse(local) as ParkedLocal]));
}

describe('a poison event', function () {
  this.timeout(120_000);

  for (const kind of Object.keys(brokenBytes)) {
    it(`fault-48 of ${kind} parks its stream, from itself on, and no other`, async () => {
      await inWorkshop(createClock(), async (workshop) => {
        const { told, id } = factory(1);
        const [licence, ...others] = await eventsTold(told);
        const told2 = await eventsTold(factory(2).told);
        const parked: Parked[] = [];
        await workshop.store.append([licence!, poisonAfter(licence!, kind), ...others, poisonAfter(licence!, kind, 1), ...told2]);
        await project({ ...workshop.ports, onParked: (stream) => void parked.push(stream) });
        const first = poisonAfter(licence!, kind).id;
        assert.deepEqual(parked, [{ family: 'business-licence', reason: 'undecodable', event: first, position: 2 }]);
        const { recordedtime } = (await workshop.store.get(first))!;
        assert.deepEqual(await parkedIn(workshop), {
          [streamOf(licence!)]: {
            reason: 'undecodable',
            event: first,
            position: 2,
            firstSeen: recordedtime,
            lastPosition: 6,
            lastSeen: recordedtime,
            events: 2,
          },
        });
        assert.equal((await workshop.views.checkpoint()).position, 10);
        assert.ok(await workshop.views.get('package', id), 'what came before still counts');
        await inWorkshop(createClock(), async (clean) => {
          await clean.live([licence!, ...others, ...told2]);
          assert.deepEqual(await known(workshop), await known(clean));
        });
      });
    });
  }

  it('fault-54 whose fact makes the fold fail leaves nothing half applied', async () => {
    await inWorkshop(createClock(), async (workshop) => {
      const events = await eventsTold(shop(3, '2090-01-01').told);
      await workshop.live(events);
      const before = await known(workshop);
      const sprung = trapAfter(events[1]!);
      const last = trapAfter(events[1]!, 1);
      await workshop.store.append([sprung, last]);
      await project({ ...workshop.ports, ...trap() });
      assert.deepEqual(await known(workshop), before);
      const { reason, event, events: count } = (await parkedIn(workshop))[streamOf(sprung)]!;
      assert.deepEqual([reason, event, count], ['fold-failed', sprung.id, 2]);
      // The code is mended: the same events, from nothing.
      await workshop.rebuilt(async (views) => {
        assert.deepEqual(await parkedIn({ views }), {});
        const mended = (await rowsOf(views)).find(({ view }) => view === 'property')!;
        assert.match(mended.body, new RegExp(last.id));
      });
    });
  });

  it('fault-54 parks the stream of what a date alone makes judging fail on, and the date passes for all others', async () => {
    const clock = createClock('2026-01-01');
    await inWorkshop(clock, async (workshop) => {
      const [bad, good] = [shop(4, '2026-01-10'), shop(5, '2026-01-10')];
      const badEvents = await eventsTold(bad.told);
      await workshop.live([...badEvents, ...(await eventsTold(good.told))]);
      let armed = true;
      const unit = bad.id.split('~')[2]!;
      // Fails wherever the one package is made, as a defect in a rule would.
      const packages = rules.packages.map((type) => ({
        ...type,
        get items() {
          if (armed && judging === unit) throw new RangeError('a defect');
          return type.items;
        },
      }));
      let judging = '';
      const views: typeof workshop.views = {
        ...workshop.views,
        async find(tag, options) {
          if (tag.startsWith('target:held-property:')) judging = tag.slice('target:held-property:'.length);
          return workshop.views.find(tag, options);
        },
      };
      clock.pass(20);
      await project({ ...workshop.ports, views, rules: { ...rules, packages } });
      const status = async (id: string): Promise<string> => {
        const { body } = (await workshop.views.get('package', id))!;
        return (JSON.parse(body) as { status: string }).status;
      };
      assert.notEqual(await status(good.id), await status(bad.id));
      const { reason, event, position } = (await parkedIn(workshop))[`property-right-${unit}`]!;
      assert.deepEqual([reason, event, position], ['judging-failed', null, 5]);
      assert.deepEqual((await workshop.views.checkpoint()).date, clock.today());
      armed = false;
      await workshop.rebuilt(async (fresh) => {
        assert.deepEqual(await parkedIn({ views: fresh }), {});
        const { body } = (await fresh.get('package', bad.id))!;
        assert.equal((JSON.parse(body) as { status: string }).status, await status(good.id));
      });
    });
  });

  it('fault-48 in the streams of refusals and contacts parks those; an erasure waits behind nothing', async () => {
    await inWorkshop(createClock(), async (workshop) => {
      const events = await simulatedEvents({ seed: 'laws', subjects: 70, dirty: 0.2 });
      const refusal = events.find(({ type }) => type === 'quarantine.quarantined')!;
      const fact = { change: 'polled', record: 'r', cursor: 'c', received: 3, published: 3, quarantined: 0 };
      const contact: HubEvent = {
        ...smallEvent(1),
        type: 'contact.polled',
        subject: 'property-right-2026-01-01',
        source: 'property-right',
        data: codec.encode('contact', fact),
      };
      const erasure = smallEvent(2);
      const poisons = [refusal, contact, erasure].map((event) => poisonAfter(event, 'a bad magic byte'));
      const erased: string[] = [];
      await workshop.store.append([...poisons, contact, refusal, erasure]);
      await project({ ...workshop.ports, erase: async (person) => void erased.push(person) });
      assert.deepEqual(Object.keys(await parkedIn(workshop)).sort(), [refusal, contact, erasure].map((event) => streamOf(event)).sort());
      assert.deepEqual(erased, [erasure.subject]);
      assert.equal(await workshop.views.get('quarantine', refusal.subject), undefined);
      const source = JSON.parse((await workshop.views.get('source', 'property-right'))!.local) as { own: number; received: number };
      assert.ok(source.own >= 2, 'what is parked was recorded, and is counted');
      assert.equal(source.received, 0);
    });
  });

  it('is none where the engine fails: nothing is parked, and the same events are applied later', async () => {
    await inWorkshop(createClock(), async (workshop) => {
      const events = await eventsTold(factory(1).told);
      await workshop.store.append([...events, smallEvent(1)]);
      const down = new HubError('ENGINE_UNAVAILABLE', 'the database is gone');
      for (const failing of ['getAll', 'findAll', 'get', 'find', 'list'] as const) {
        const views = { ...workshop.views, [failing]: async () => Promise.reject(down) };
        const { position } = await workshop.views.checkpoint();
        const asked = await project({ ...workshop.ports, views }).then(
          () => false,
          (error: unknown) => error === down,
        );
        if (failing === 'findAll' || failing === 'getAll') assert.ok(asked, failing);
        assert.deepEqual(await parkedIn(workshop), {}, failing);
        if (asked) assert.equal((await workshop.views.checkpoint()).position, position, failing);
      }
      await workshop.live([]);
      await inWorkshop(createClock(), async (other) => {
        await other.store.append([...events, smallEvent(1)]);
        const erase = async (): Promise<void> => Promise.reject(down);
        await assert.rejects(project({ ...other.ports, erase }), (error) => error === down);
        assert.deepEqual(await parkedIn(other), {});
        await other.live([]);
        assert.deepEqual(await known(other), await known(workshop));
      });
    });
  });

  it('is none where the engine fails in the middle of judging', async () => {
    const clock = createClock('2026-01-01');
    await inWorkshop(clock, async (workshop) => {
      await workshop.live(await eventsTold(shop(6, '2026-01-10').told));
      clock.pass(20);
      const down = new HubError('ENGINE_UNAVAILABLE', 'the database is gone');
      const fail = async (): Promise<never> => Promise.reject(down);
      const views = { ...workshop.views, find: fail };
      await assert.rejects(project({ ...workshop.ports, views }), (error) => error === down);
      assert.deepEqual(await parkedIn(workshop), {});
      await workshop.live([]);
      assert.equal((await workshop.views.checkpoint()).date, clock.today());
    });
  });

  it('is left out of a package as of a past position from the place on where its stream was parked', async () => {
    await inWorkshop(createClock(), async (workshop) => {
      const { told, id } = factory(1);
      const events = await eventsTold(told);
      const [licence] = events;
      await workshop.live([...events, poisonAfter(licence!, 'nothing at all'), trapAfter(licence!)]);
      const history = packageHistory({ ...workshop, codec, rules });
      const row = (await workshop.views.get('package', id))!;
      for (const position of [4, 5, 6]) assert.equal(JSON.stringify((await history.asOf(id, position)).package), row.body);
      // Also where the views were parked by something that this package alone would not meet.
      const other = packageHistory({ ...workshop, codec, rules, views: { ...workshop.views, get: parkedAt(streamOf(licence!), 1) } });
      assert.equal(
        (await other.asOf(id, 6)).package?.items.find(({ event }) => event === licence!.id),
        undefined,
      );
    });
  });

  it('changes nothing for other streams, wherever it comes and whatever it is: live, rebuilt and in memory', async () => {
    const events = await simulatedEvents({ seed: 'poison', subjects: 40, dirty: 0.2 });
    const victims = events.filter(({ type }) => familyOf(type) !== 'contact');
    const poison = fc.record({
      victim: fc.nat(victims.length - 1),
      kind: fc.constantFrom(...Object.keys(brokenBytes), 'trap', 'trap', 'trap'),
      place: fc.nat(events.length),
    });
    const way = fc.tuple(deliveries(events.length), fc.array(poison, { minLength: 1, maxLength: 12 }), fc.integer({ min: 7, max: 300 }));
    const property = fc.asyncProperty(way, async ([delivered, injected, batch]) => {
      const poisons = new Set<string>();
      let history: HubEvent[] = delivered.map((i) => events[i]!);
      injected.forEach(({ victim, kind, place }, number) => {
        const chosen = victims[victim]!;
        const judgedAgain = kind === 'trap' && judgedFamilies.has(familyOf(chosen.type));
        const event = judgedAgain ? trapAfter(chosen, number) : poisonAfter(chosen, kind === 'trap' ? 'a header alone' : kind, number);
        poisons.add(event.id);
        history = history.toSpliced(place, 0, event);
      });
      const clock = createClock();
      await inWorkshop(clock, async (workshop) => {
        const ports = { ...workshop.ports, ...trap() };
        for (let i = 0; i < history.length; i += batch) {
          await workshop.store.append(history.slice(i, i + batch));
          await project(ports, { batch });
        }
        const recorded = await allEvents(workshop.store);
        const parked = await parkedIn(workshop);
        const isHeld = (event: RecordedEvent): boolean => event.position >= (parked[streamOf(event)]?.position ?? Infinity);
        for (const [stream, { event, events: count }] of Object.entries(parked)) {
          assert.ok(poisons.has(event!), 'nothing but poison parks a stream');
          assert.equal(recorded.filter((other) => streamOf(other) === stream && isHeld(other)).length, count);
        }
        const applied = recorded.filter((event) => !isHeld(event));
        assert.ok(applied.every(({ id }) => !poisons.has(id)));
        await inWorkshop(clock, async (clean) => {
          await clean.live(applied);
          assert.deepEqual(await known(workshop), await known(clean));
        });
        const rows = await rowsOf(workshop.views);
        assert.deepEqual(await inMemory(recorded, clock.today(), trap()), rows);
        await inWorkshop(clock, async ({ views }) => {
          await project({ ...ports, views }, { batch: 50 });
          assert.deepEqual(await rowsOf(views), rows);
          assert.deepEqual(await feedOf(views), await feedOf(workshop.views));
          assert.equal(await views.digest(), await workshop.views.digest());
        });
      });
    });
    await fc.assert(property, { numRuns: 15, endOnFailure: true });
  });
});

/** Views that say a stream was parked at a position, and hold no more rows by key. */
function parkedAt(stream: string, position: number): Workshop['views']['get'] {
  const local = JSON.stringify({ position } satisfies Partial<ParkedLocal>);
  return async (view, key) => (view === 'parked' && key === stream ? { view, key, body: '{}', local, tags: [], due: null } : undefined);
}
