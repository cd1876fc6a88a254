// Every version of a package or transfer request is what the live fold's change feed told of it, with the state it told of.
import assert from 'node:assert/strict';
import { canonicalJson, digestOf } from '../../services/domain/canonical.ts';
import { startOfDay } from '../../services/domain/time.ts';
import { packageHistory } from '../../services/projector/as-of.ts';
import { createClock } from '../support/clock.ts';
import { allEvents, feedOf, inWorkshop } from '../support/fold.ts';
import { codec, rules } from '../support/project.ts';
import { eventsTold, simulatedEvents } from '../support/simulated-events.ts';
import { factory, shop } from '../support/told.ts';
import { tellHistory } from '../support/told-history.ts';
import type { Version } from '../../services/ports/package-history.ts';
import type { FeedLine } from '../../services/ports/views.ts';

describe('the versions of packages and transfer requests', function () {
  this.timeout(120_000);

  it('are the lines of the change feed, each with its place, its body and its digest', async () => {
    const clock = createClock('2024-06-01');
    await inWorkshop(clock, async (workshop) => {
      const events = await simulatedEvents({ seed: 'versions', subjects: 60, dirty: 0.2 });
      // What registries simulate is valid for decades; some rights that end within the history make dates the cause.
      const ending = await eventsTold(
        Array.from({ length: 8 }, (_, i) => shop(i + 1, `2024-${String(i + 5).padStart(2, '0')}-15`).told).flat(),
      );
      await tellHistory(workshop, clock, [...ending, ...events]);
      const { store, views } = workshop;
      const history = packageHistory({ store, views, codec, rules });
      const byId = new Map<string, { line: FeedLine; position: number }[]>();
      for (const { view, key, body, cursor } of await feedOf(views)) {
        const lines = byId.get(`${view}/${key}`) ?? [];
        lines.push({ line: JSON.parse(body) as FeedLine, position: Number(cursor.slice(0, 12)) });
        byId.set(`${view}/${key}`, lines);
      }
      const recorded = new Map((await allEvents(store)).map((event) => [event.id, event.recordedtime]));
      let dated = 0;
      for (const [id, told] of byId) {
        const [kind, key] = [id.slice(0, id.indexOf('/')) as 'package', id.slice(id.indexOf('/') + 1)];
        const versions: Version[] = [];
        for await (const version of history.versions(kind, key)) versions.push(version);
        assert.deepEqual(
          versions.map(({ position, recordedtime: _, date: __, body: ___, events: ____, ...line }) => ({ line, position })),
          told,
          id,
        );
        for (const { body, digest, cause, recordedtime, date } of versions) {
          assert.equal(digest, body && digestOf(canonicalJson(body)));
          if ('date' in cause) {
            dated++;
            assert.deepEqual([recordedtime, date], [startOfDay(cause.date), cause.date]);
          } else assert.equal(recordedtime, recorded.get(cause.event));
        }
        const row = await views.get(kind, key);
        assert.equal(canonicalJson(versions.at(-1)!.body), row?.body ?? 'null', id);
      }
      assert.ok(byId.size > 50 && dated > 3, `${byId.size} histories, ${dated} versions made by a date`);
    });
  });

  it('tell of a day that came, though nothing has been recorded since', async () => {
    const clock = createClock('2024-06-01');
    await inWorkshop(clock, async (workshop) => {
      const { told, id } = shop(1, '2024-08-31');
      await workshop.live(await eventsTold(told));
      clock.set('2024-10-01');
      await workshop.live([]);
      const versions: Version[] = [];
      for await (const version of packageHistory({ ...workshop, codec, rules }).versions('package', id)) versions.push(version);
      const [first, last] = [versions[0]!, versions.at(-1)!];
      assert.deepEqual([first.change, last.status, last.cause], ['prepared', 'lapsed', { date: '2024-09-01' }]);
      assert.deepEqual([last.position, last.recordedtime], [2, startOfDay('2024-09-01')]);
    });
  });

  it('are none for what there never was', async () => {
    await inWorkshop(createClock(), async (workshop) => {
      await workshop.live(await eventsTold(factory(1).told));
      for await (const version of packageHistory({ ...workshop, codec, rules }).versions('package', factory(2).id)) assert.fail(version.id);
    });
  });
});
