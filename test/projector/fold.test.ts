// How the fold works, beside what comes of it: it shares its process, and makes what it makes in order.
import assert from 'node:assert/strict';
import { canonicalJson } from '../../services/domain/canonical.ts';
import { foldEvents } from '../../services/projector/fold.ts';
import { emptyBase, openSession } from '../../services/projector/session.ts';
import { createClock } from '../support/clock.ts';
import { allEvents, foldPorts, inWorkshop } from '../support/fold.ts';
import { transferStep } from '../support/own-steps.ts';
import { simulatedEvents } from '../support/simulated-events.ts';
import { tellHistory } from '../support/told-history.ts';
import type { TransferRequest } from '../../services/domain/transfers/request.ts';

describe('a fold of many events', function () {
  this.timeout(60_000);

  it('lets the rest of the process have its turn within a batch', async () => {
    const events = await simulatedEvents({ seed: 'breath', subjects: 300, dirty: 0 });
    await inWorkshop(createClock(), async ({ live, views }) => {
      let folding = true;
      let turns = 0;
      const turn = (): void => {
        turns++;
        if (folding) setImmediate(turn);
      };
      setImmediate(turn);
      // One batch: what is counted are turns within it, beside the one before and the one after that a batch has anyway.
      await live(events, events.length);
      folding = false;
      assert.equal((await views.checkpoint()).position, new Set(events.map(({ id }) => id)).size);
      assert.ok(turns > 5, `${turns} turns`);
    });
  });

  it('makes packages and requests with members in canonical order, so that nothing is left to sort', async () => {
    const clock = createClock();
    await inWorkshop(clock, async (workshop) => {
      await tellHistory(workshop, clock, await simulatedEvents({ seed: 'in order', subjects: 60, dirty: 0.1 }), 100);
      const reviewed = (await workshop.views.find('status:review', { view: 'transfer-request' }))[0]!;
      const [candidate] = (JSON.parse(reviewed.body) as TransferRequest).candidates;
      await workshop.live([transferStep(reviewed.key, 'account-chosen', 9, clock.now(), candidate!.consumerNo)]);
      const session = openSession(emptyBase);
      await foldEvents(
        session,
        await allEvents(workshop.store),
        { position: 0, date: '0000-01-01' },
        foldPorts(await allEvents(workshop.store)),
      );
      const made = session.rows().filter(({ view }) => view === 'package' || view === 'transfer-request');
      const requests = made.filter(({ view }) => view === 'transfer-request').map(({ row }) => JSON.stringify(row.body));
      for (const some of ['"utilities":[{', '"candidates":[{', '"chosen":{', '"blocks":[{', '"meter":{'])
        assert.ok(
          requests.some((text) => text.includes(some)),
          some,
        );
      for (const { row } of made) assert.equal(JSON.stringify(row.body), canonicalJson(row.body), row.key);
    });
  });
});
