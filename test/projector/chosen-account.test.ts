// An account that a reviewer chose concerns its case, though neither unit nor address links the two.
import assert from 'node:assert/strict';
import { transferStep } from '../../services/domain/transfers/decisions.ts';
import { hubItself, ownEvent } from '../../services/ports/own-event.ts';
import { account } from '../../services/simulator/registers.ts';
import { createClock } from '../support/clock.ts';
import { digestOfRows, inWorkshop, rowsOf } from '../support/fold.ts';
import { codec } from '../support/project.ts';
import { castOf, eventsTold, storyRecords } from '../support/simulated-events.ts';
import type { TransferRequest } from '../../services/domain/transfers/request.ts';
import type { HubEvent } from '../../services/domain/events.ts';

describe('an account chosen by a reviewer', () => {
  const [cast, far] = [castOf(5_000), castOf(5_001)];
  const caseNo = cast.caseNo(0);
  const consumerNo = far.consumerNo(0);
  const meter = account(far, 0, far.premises(0, '成套住宅'), far.person(0), '居民', 20);
  const opened = meter('新装', 20);
  const closed = meter('销户', 300, { zt: '3' });
  const choice = (): HubEvent => {
    const fact = transferStep(caseNo, 'account-chosen', { consumerNo, reason: 'seen on site', by: 'reviewer' });
    return ownEvent(codec, { family: 'transfer-request', contract: hubItself, subject: caseNo, time: 1, sequence: 1, fact });
  };

  it('decides while it is open, and is void once it is closed, in whatever order that becomes known', async () => {
    const sale = await eventsTold(storyRecords('sale-without-account', cast));
    const [open, shut] = [await eventsTold([opened]), await eventsTold([closed])];
    const digests = new Set<string>();
    for (const order of [
      [sale, open, [choice()], shut],
      [sale, [choice()], open, shut],
      [[choice()], shut, sale, open],
      [open, sale, shut, [choice()]],
    ]) {
      const clock = createClock();
      await inWorkshop(clock, async (workshop) => {
        for (const events of order) await workshop.live(events);
        digests.add(digestOfRows(await rowsOf(workshop.views)));
      });
    }
    assert.equal(digests.size, 1);
    await inWorkshop(createClock(), async (workshop) => {
      const request = async (): Promise<TransferRequest> =>
        JSON.parse((await workshop.views.get('transfer-request', caseNo))!.body) as TransferRequest;
      await workshop.live([...sale, choice()]);
      assert.equal((await request()).status, 'unmatched');
      await workshop.live(open);
      assert.deepEqual([(await request()).meter?.how, (await request()).meter?.consumerNo], ['chosen', consumerNo]);
      await workshop.live(shut);
      assert.equal((await request()).status, 'unmatched');
    });
  });
});
