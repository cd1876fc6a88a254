// Stories of joint transfers (房产与电表联合过户): ready before the buyer asks, carried through, and undone when the ground goes.
import assert from 'node:assert/strict';
import { account, holders, title } from '../../../services/simulator/registers.ts';
import { storyRecords } from '../../support/simulated-events.ts';
import { personId, requestOf } from './reading.ts';
import { storyTeller } from './story.ts';
import type { SimulatedRecord } from '../../../services/simulator/registers.ts';
import type { Told } from './reading.ts';
import type { World } from './world.ts';

/** A simulated story of a sale, told by the registers of this world's cast. */
const sold =
  (name: string, keep: (record: SimulatedRecord, i: number) => boolean = () => true): Told =>
  async ({ tell, cast }) =>
    tell(...storyRecords(name, cast).filter(keep));

const transferId = ({ cast }: World): string => cast.caseNo(0);
const stageIs =
  (stage: string, status?: string): Told =>
  async (world) => {
    const request = await requestOf(world, transferId(world));
    assert.equal(request.life.stage, stage);
    if (status !== undefined) assert.equal(request.status, status);
  };

async function consent(world: World, basis: string, more: object = {}): Promise<string> {
  const grantor = await personId(world, 1);
  const body = JSON.stringify({ grantor, scope: 'joint-transfer', object: transferId(world), basis, ...more });
  const answer = await world.portal<{ id: string }>('/consents', { method: 'POST', body });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.id;
}

describe('joint transfers, as stories', () => {
  const story = storyTeller();

  story('a buyer’s request is ready before they ask, and is carried through', ({ given, when, then }) => {
    given(
      'a flat with a meter account',
      sold('sale-ready', ({ source }) => source !== 'house-transfer'),
    );
    when('the sale is entered in the register, with the box for the meter ticked', sold('sale-ready'));
    then('the request is ready at once', stageIs('checked', 'ready'));
    when('the dispatcher works for three days', async ({ dispatch }) => dispatch(3));
    then('the utility has completed it, and was sent it once', async (world) => {
      await stageIs('completed', 'completed')(world);
      assert.equal(world.utilities.taken('electricity').length, 1);
    });
  });

  story('nothing is final before 登簿', ({ given, then }) => {
    given('a sale that is accepted and no more', sold('sale-accepted-only'));
    then('there is no request', async (world) => {
      assert.equal((await world.portal(`/transfer-requests/${transferId(world)}`)).status, 404);
    });
  });

  story('a sale is withdrawn before 登簿', ({ given, when, then }) => {
    given('a sale that is withdrawn', sold('sale-withdrawn'));
    when('the dispatcher looks', async ({ dispatch }) => dispatch(2));
    then('nothing was sent to anybody', ({ utilities }) => assert.equal(utilities.taken('electricity').length, 0));
  });

  story(
    'the utility does it and never answers: unknown is asked about, and never taken for success',
    ({ given, when, then }) => {
      given('a sale that is ready', sold('sale-ready'));
      when('the dispatcher sends it, and the answer never comes', async ({ dispatch }) => dispatch(1));
      then('what became of it is unknown', stageIs('unknown'));
      when('the utility is asked on the next days', async ({ dispatch }) => dispatch(4));
      then('it is completed, and there is one application', async (world) => {
        await stageIs('completed')(world);
        assert.equal(world.utilities.taken('electricity').length, 1);
      });
    },
    { utilities: { behave: ({ operation, nth }) => (operation === 'submit' && nth === 1 ? 'time-out-after' : null) } },
  );

  story(
    'water refuses, and electricity is none the later',
    ({ given, when, then }) => {
      given('a sale that is ready', sold('sale-ready'));
      when('the dispatcher works', async ({ dispatch }) => dispatch(3));
      then('each utility has a standing of its own', async (world) => {
        const { life } = await requestOf(world, transferId(world));
        const states = Object.fromEntries(life.utilities.map(({ utility, state }) => [utility, state]));
        assert.deepEqual([states['electricity'], states['water']], ['completed', 'returned']);
      });
    },
    {
      systems: ['electricity', 'water'],
      utilities: { behave: ({ utility, operation }) => (utility === 'water' && operation === 'submit' ? 'refuse' : null) },
    },
  );

  story('the old holder owes money, and pays meanwhile', ({ given, when, then }) => {
    const paid = ({ record }: SimulatedRecord): boolean => record['ywlx'] === '欠费变动' && record['qfje'] === '0.00';
    given(
      'a sale with arrears on the account',
      sold('sale-arrears-paid', (record) => !paid(record)),
    );
    then('it is blocked, and nothing is sent', async (world) => {
      await world.dispatch(1);
      assert.equal((await requestOf(world, transferId(world))).status, 'blocked');
      assert.equal(world.utilities.taken('electricity').length, 0);
    });
    when('the arrears are paid', sold('sale-arrears-paid', paid));
    then('it goes through', async (world) => {
      await world.dispatch(3);
      await stageIs('completed')(world);
    });
  });

  story('the flat is seized during the transfer', ({ given, when, then }) => {
    given('a sale after which a court seizes the flat', sold('sale-seized'));
    when('the dispatcher looks', async ({ dispatch }) => dispatch(2));
    then('it is blocked and nothing was sent', async (world) => {
      assert.equal((await requestOf(world, transferId(world))).status, 'blocked');
      assert.equal(world.utilities.taken('electricity').length, 0);
    });
  });

  story(
    'the title is rescinded after the utility accepted',
    ({ given, when, then }) => {
      const undone = (record: SimulatedRecord): boolean => record.record['hj'] === '撤销' || record.record['DJLX'] === '500';
      given('a sale that the utility has accepted', async (world) => {
        await sold('sale-rescinded', (record) => !undone(record))(world);
        await world.dispatch(1);
        await stageIs('accepted')(world);
      });
      when('the registration is rescinded', sold('sale-rescinded', undone));
      then('the application is taken back', async (world) => {
        await world.dispatch(2);
        await stageIs('cancelled', 'withdrawn')(world);
        assert.equal(world.utilities.taken('electricity')[0]!.state, 'cancelled');
      });
    },
    { utilities: { completeAfter: 50 } },
  );

  story('a rescission is reversed', ({ given, then }) => {
    given('a sale rescinded and put right again', sold('sale-rescission-reversed'));
    then('the request is ready again', stageIs('checked', 'ready'));
  });

  story('two people buy', ({ given, when, then }) => {
    given('a sale to two buyers who ticked the box', sold('sale-two-buyers'));
    then('both are named, and the first becomes the holder', async (world) => {
      const request = await requestOf(world, transferId(world));
      assert.equal(request.buyers.length, 2);
    });
    when('the dispatcher sends it', async ({ dispatch }) => dispatch(1));
    then('the application names the first buyer', ({ utilities, cast }) => {
      const { newHolder } = utilities.taken('electricity')[0]!.body as { newHolder: { name: string } };
      assert.equal(newHolder.name, cast.person(1).name);
    });
  });

  for (const [how, name] of [
    ['by the unit code on the account', 'sale-found-by-unit-code'],
    ['by its address and the seller’s name', 'sale-found-by-address'],
  ] as const)
    story(`the record gives no 户号: the account is found ${how}`, ({ given, then }) => {
      given('a sale without a consumer number', sold(name));
      then('the account is the seller’s', async (world) => {
        const request = await requestOf(world, transferId(world));
        assert.deepEqual([request.status, request.meter?.consumerNo], ['ready', world.cast.consumerNo(0)]);
      });
    });

  story('no account is known, until the utility tells of one', ({ given, when, then }) => {
    given('a sale of a flat without an account', sold('sale-without-account'));
    then('nothing is matched', async (world) => assert.equal((await requestOf(world, transferId(world))).status, 'unmatched'));
    when('the account becomes known late', async ({ tell, cast }) =>
      tell(account(cast, 0, cast.premises(0, '成套住宅'), cast.person(0), '居民', 20)('新装', 20)),
    );
    then('the request is ready', async (world) => assert.equal((await requestOf(world, transferId(world))).status, 'ready'));
  });

  story('a reviewer chooses the account, with a reason', ({ given, when, then }) => {
    given('a sale without an account, and an account at another address', async ({ tell, cast }) =>
      tell(
        ...storyRecords('sale-without-account', cast),
        account(cast, 3, cast.premises(3, '成套住宅'), cast.person(0), '居民', 20)('新装', 20),
      ),
    );
    when('the reviewer finds on site that it is the one', async (world) => {
      const body = JSON.stringify({ consumerNo: world.cast.consumerNo(3), reason: '现场核对表号一致', by: '复核员甲' });
      const { status } = await world.portal(`/transfer-requests/${transferId(world)}/account`, { method: 'POST', body });
      assert.equal(status, 201);
    });
    then('it is the request’s account, and says that it was chosen', async (world) => {
      const request = await requestOf(world, transferId(world));
      assert.deepEqual([request.meter?.consumerNo, request.meter?.how], [world.cast.consumerNo(3), 'chosen']);
    });
  });

  story('nobody was asked: consent is asked for, given over the portal, and only then is anything sent', ({ given, when, then }) => {
    given('a sale on which the box was left open', sold('sale-consent-missing'));
    when('the dispatcher looks', async ({ dispatch }) => dispatch(1));
    then('consent is asked for and nothing sent', async (world) => {
      await stageIs('consent-asked', 'blocked')(world);
      assert.equal(world.utilities.taken('electricity').length, 0);
    });
    when('the buyer agrees', async (world) => {
      await consent(world, 'FORM-1');
    });
    then('it goes through, on that consent', async (world) => {
      await world.dispatch(3);
      await stageIs('completed')(world);
      const { consentBasis } = world.utilities.taken('electricity')[0]!.body as { consentBasis: { form: string } };
      assert.equal(consentBasis.form, 'FORM-1');
    });
  });

  story('the buyer says no', ({ given, when, then }) => {
    given('a sale on which the buyer refused', sold('sale-consent-refused'));
    when('the dispatcher looks', async ({ dispatch }) => dispatch(2));
    then('it is declined, and nothing was sent', async (world) => {
      await stageIs('declined', 'blocked')(world);
      assert.equal(world.utilities.taken('electricity').length, 0);
    });
  });

  story(
    'consent is revoked after the utility accepted',
    ({ given, when, then }) => {
      let id: string;
      given('a consent on which the utility has accepted the request', async (world) => {
        await sold('sale-consent-missing')(world);
        id = await consent(world, 'FORM-2');
        await world.dispatch(1);
        await stageIs('accepted')(world);
      });
      when('the buyer revokes it', async (world) => {
        const body = JSON.stringify({ basis: 'FORM-3' });
        assert.equal((await world.portal(`/consents/${id}/revocation`, { method: 'POST', body })).status, 201);
      });
      then('the application is taken back', async (world) => {
        await world.dispatch(2);
        await stageIs('cancelled')(world);
      });
    },
    { utilities: { completeAfter: 50 } },
  );

  story('consent runs out before anything was sent', ({ given, when, then }) => {
    given('a consent that is good until day 210', async (world) => {
      await sold('sale-consent-missing')(world);
      await consent(world, 'FORM-4', { validUntil: world.cast.on(210) });
      await stageIs('checked', 'ready')(world);
    });
    when('day 211 has come', async ({ until, dispatch }) => {
      await until(211);
      await dispatch(1);
    });
    then('nothing is sent', ({ utilities }) => assert.equal(utilities.taken('electricity').length, 0));
  });

  story('the house is sold on', ({ given, then }) => {
    given('a second sale of the same flat', sold('sale-sold-twice'));
    then('the first is superseded; of the second it is told that the account is not its seller’s yet', async (world) => {
      assert.equal((await requestOf(world, transferId(world))).status, 'superseded');
      const second = await requestOf(world, world.cast.caseNo(1));
      assert.deepEqual([second.status, second.blocks.map(({ code }) => code)], ['blocked', ['holder-differs']]);
    });
  });

  story('the account is the buyer’s already', ({ given, when, then }) => {
    given('an account that was moved at the counter', sold('sale-account-already-moved'));
    when('the dispatcher looks', async ({ dispatch }) => dispatch(1));
    then('the request is completed and nothing was sent', async (world) => {
      assert.equal((await requestOf(world, transferId(world))).status, 'completed');
      assert.equal(world.utilities.taken('electricity').length, 0);
    });
  });

  story('a company buys', ({ given, then }) => {
    given('a sale to a company', sold('sale-to-company'));
    then('the request names it in the clear, under its code', async (world) => {
      const [buyer] = (await requestOf(world, transferId(world))).buyers;
      assert.deepEqual([buyer!.id, buyer!.name], [world.cast.company(0).uscc, world.cast.company(0).name]);
    });
  });

  story('the register does not show the buyer yet', ({ given, when, then }) => {
    given(
      'a sale whose entry has not reached the register',
      sold('sale-ready', ({ record }) => record['DJLX'] !== '200'),
    );
    when('the dispatcher looks', async ({ dispatch }) => dispatch(1));
    then('it is told, and nothing is sent', async (world) => {
      const request = await requestOf(world, transferId(world));
      assert.ok(request.notices.some(({ code }) => code === 'register-not-updated'));
      assert.equal(world.utilities.taken('electricity').length, 0);
    });
    when('the register shows the buyer', async ({ tell, cast }) => {
      const register = title(cast, cast.premises(0, '成套住宅'), [cast.person(0)]);
      register('100', 5);
      await tell(register('200', 208, { QLRLB: holders([cast.person(1)]) }));
    });
    then('it goes through', async (world) => {
      await world.dispatch(3);
      await stageIs('completed')(world);
    });
  });

  story('a reading of a request names whom it was for, and a recall finds it', ({ given, then }) => {
    let event: string;
    given('a sale that the portal has read', async (world) => {
      await sold('sale-ready')(world);
      event = (await requestOf(world, transferId(world))).property.event;
    });
    then('the auditor finds request and reading by the entry in the register', async (world) => {
      const { status, body } = await world.audit<{ items: { id: string; accesses: { purpose: string }[] }[] }>(`/recall?event=${event}`);
      assert.equal(status, 200, JSON.stringify(body));
      const found = body.items.find(({ id }) => id === transferId(world));
      assert.ok(found && found.accesses.length >= 1 && found.accesses[0]!.purpose === 'electricity-application');
    });
  });
});
