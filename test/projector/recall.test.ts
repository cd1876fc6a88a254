// Recall by fact: compared with a search through every version of everything, for every event there is.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { familyOf } from '../../services/domain/events.ts';
import { packageHistory } from '../../services/projector/as-of.ts';
import { openRecall } from '../../services/projector/recall.ts';
import { licence } from '../../services/simulator/registers.ts';
import { kinStories } from '../../services/simulator/stories/kin.ts';
import { kinHistories } from '../support/arbitrary.ts';
import { createClock } from '../support/clock.ts';
import { allEvents, feedOf, inWorkshop } from '../support/fold.ts';
import { access, transferStep } from '../support/own-steps.ts';
import { codec, rules } from '../support/project.ts';
import { castOf, eventsTold, simulatedEvents, storyRecords } from '../support/simulated-events.ts';
import { factory } from '../support/told.ts';
import { tellHistory } from '../support/told-history.ts';
import type { Access } from '../../services/domain/own-facts.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { TransferRequest } from '../../services/domain/transfers/request.ts';
import type { Version } from '../../services/ports/package-history.ts';
import type { Recalled } from '../../services/ports/recall.ts';
import type { JudgedLocal } from '../../services/ports/views.ts';
import type { Workshop } from '../support/fold.ts';

async function recalled({ store, views }: Workshop, id: string): Promise<Recalled[]> {
  const recall = openRecall({ store, views, codec, rules });
  const found: Recalled[] = [];
  for await (const step of recall.recall((await recall.event(id))!)) found.push(...step.found);
  return found;
}

const compareKeys = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What a version rests on, read from its body alone. */
function restsOn({ kind, body }: Version): string[] {
  if (body === null) return [];
  if (kind === 'package')
    return (body as Package).items.flatMap(({ event, related = [] }) => [event ?? [], ...related.map(({ events }) => events)].flat());
  const { property, meter, blocks, notices, event: transfer } = body as TransferRequest;
  return [transfer, property.event, meter?.event, ...blocks.map(({ event }) => event), ...notices.map(({ event }) => event)].filter(
    (event) => typeof event === 'string',
  );
}

describe('recall by fact', function () {
  this.timeout(120_000);

  it('finds every version that relied on any event, and every access to one, as a search through all of them does', async () => {
    const clock = createClock('2024-06-01');
    await inWorkshop(clock, async (workshop) => {
      const kin = kinStories.flatMap(({ name }, i) => storyRecords(name, castOf(60 + i)));
      // Chains, circles and owners known by name, whatever comes: each history has a cast of its own.
      const any = Array.from({ length: 6 }, (_, i) => 70 + i).flatMap(
        (number) => fc.sample(kinHistories(number), { numRuns: 1, seed: number })[0]!,
      );
      const simulated = await simulatedEvents({ seed: 'recall', subjects: 40, dirty: 0.2 });
      await tellHistory(workshop, clock, [...simulated, ...(await eventsTold([...kin, ...any]))]);
      const { store, views } = workshop;
      const events = await allEvents(store);
      const accesses = events.filter(({ type }) => familyOf(type) === 'access');
      const history = packageHistory({ store, views, codec, rules });
      /** By event: what relied on it, from which position to which, and who was given that. */
      const wanted = new Map<string, Map<string, { periods: [number, number | null][]; accesses: string[] }>>();
      for (const name of new Set((await feedOf(views)).map(({ view, key }) => `${view}/${key}`))) {
        const [kind, id] = [name.slice(0, name.indexOf('/')) as 'package', name.slice(name.indexOf('/') + 1)];
        const versions: Version[] = [];
        for await (const version of history.versions(kind, id)) versions.push(version);
        for (const event of new Set(versions.flatMap(restsOn))) {
          const periods: [number, number | null][] = [];
          const digests = new Set<string>();
          for (const version of versions) {
            const open = periods.at(-1)?.[1] === null;
            if (restsOn(version).includes(event)) {
              digests.add(version.digest!);
              if (!open) periods.push([version.position, null]);
            } else if (open) periods.at(-1)![1] = version.position;
          }
          const given = accesses.filter(({ data }) => {
            const fact = codec.decode(data) as Access;
            return fact.kind === kind && fact.object === id && digests.has(fact.digest);
          });
          const of = wanted.get(event) ?? new Map<string, never>();
          wanted.set(event, of.set(name, { periods, accesses: given.map((each) => each.id) }));
        }
      }
      let [relied, ended, given] = [0, 0, 0];
      for (const event of events) {
        const found = await recalled(workshop, event.id);
        const told = found.map(({ kind, id, periods, accesses: to }) => [
          `${kind}/${id}`,
          { periods: periods.map(({ from, until }) => [from.position, until?.position ?? null]), accesses: to.map((each) => each.event) },
        ]);
        const sought = [...(wanted.get(event.id) ?? [])];
        const byName = (list: unknown[]): unknown[] => (list as [string][]).sort(([a], [b]) => compareKeys(a, b));
        assert.deepEqual(byName(told), byName(sought), event.type);
        relied += found.length;
        ended += found.filter(({ periods }) => periods.some(({ until }) => until)).length;
        given += found.reduce((sum, { accesses: to }) => sum + to.length, 0);
      }
      assert.ok(relied > 100 && ended > 30 && given > 20, `${relied} relied, ${ended} no more, ${given} accesses`);
    });
  });

  it('says what took the place of a licence and why, and who had read the package meanwhile', async () => {
    const clock = createClock();
    await inWorkshop(clock, async (workshop) => {
      const { cast, told, id } = factory(1);
      const events = await eventsTold(told);
      await workshop.live(events);
      const { digest } = JSON.parse((await workshop.views.get('package', id))!.local) as JudgedLocal;
      const read = access('package', id, digest, clock.now());
      // No version has this digest by today's code, so that it counts for the version in force at its place.
      const earlier = access('package', id, `sha256:${'0'.repeat(64)}`, clock.now() + 1);
      await workshop.live([read, earlier]);
      const register = licence(cast, cast.company(0));
      register('设立登记', 0);
      const [revoked] = await eventsTold([register('吊销', 400, { REGSTATE: '2' })]);
      await workshop.live([revoked!]);
      const found = await recalled(workshop, events[0]!.id);
      const pack = found.find((each) => each.id === id)!;
      assert.deepEqual(
        pack.accesses.map(({ event, change }) => [event, change]),
        [
          [read.id, 'read'],
          [earlier.id, 'read'],
        ],
      );
      const [period, ...others] = pack.periods;
      assert.deepEqual([period!.parts, others], [['licence'], []]);
      assert.deepEqual(period!.until?.cause, { event: revoked!.id, type: 'business-licence.revoked', subject: cast.company(0).uscc });
      assert.deepEqual(period!.until.replacedBy, [{ part: 'licence', event: revoked!.id, status: 'lapsed' }]);
      assert.deepEqual([period!.until.status, period!.until.position], ['lapsed', events.length + 3]);
      // The revocation itself is relied on since.
      const since = (await recalled(workshop, revoked!.id)).find((each) => each.id === id)!;
      assert.deepEqual([since.periods.length, since.periods[0]!.until, since.accesses], [1, null, []]);
    });
  });

  it('names the steps of a transfer that were taken while it relied on an account', async () => {
    const clock = createClock();
    await inWorkshop(clock, async (workshop) => {
      const told = storyRecords('sale-found-by-unit-code');
      const events = await eventsTold(told);
      await workshop.live(events);
      const [request] = await workshop.views.list('transfer-request', { limit: 1 });
      const step = transferStep(request!.key, 'submitting', 1, clock.now());
      await workshop.live([step]);
      const account = told.find(({ source }) => source === 'meter-account')!;
      const closed = await eventsTold([{ ...account, record: { ...account.record, ywlx: '销户', zt: '3', bbh: 2 } }]);
      await workshop.live(closed);
      await workshop.live([transferStep(request!.key, 'returned', 2, clock.now() + 1)]);
      const before = events.find(({ type }) => familyOf(type) === 'meter-account')!;
      const found = (await recalled(workshop, before.id)).find(({ kind }) => kind === 'transfer-request')!;
      assert.deepEqual(
        found.steps.map(({ event, change }) => [event, change]),
        [[step.id, 'submitting']],
      );
      assert.ok(found.periods[0]!.until);
    });
  });

  it('goes on from any premises of an enterprise that holds many, and looks at each once', async () => {
    await inWorkshop(createClock(), async (workshop) => {
      const { store, views } = workshop;
      await workshop.live(await simulatedEvents({ seed: 'pages', subjects: 40, dirty: 0 }));
      const recall = openRecall({ store, views, codec, rules });
      for (const event of (await store.query({ family: 'business-licence', limit: 10 })).events) {
        const cursors: string[] = [];
        for await (const { cursor } of recall.recall(event)) cursors.push(cursor);
        assert.equal(new Set(cursors.map((cursor) => cursor.split('.').slice(1).join('.'))).size, cursors.length);
        for (const [i, from] of cursors.entries()) {
          const rest: string[] = [];
          for await (const { cursor } of recall.recall(event, from)) rest.push(cursor);
          assert.deepEqual(rest, cursors.slice(i + 1));
        }
      }
    });
  });
});
