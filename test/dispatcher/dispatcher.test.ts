// The dispatcher against simulated marketing systems over HTTP: each way they misbehave, and each way a transfer is undone.
import assert from 'node:assert/strict';
import { holders, sale, title } from '../../services/simulator/registers.ts';
import { allEvents } from '../support/fold.ts';
import { inOffice } from './office.ts';
import type { TransferStepChange, Utility } from '../../services/domain/own-facts.ts';
import type { SimulatedRecord } from '../../services/simulator/registers.ts';
import type { Misbehaviour, SimulatedCall } from '../../services/simulator/utilities.ts';
import type { Office } from './office.ts';

const changesAt = async (office: Office, utility: Utility = 'electricity'): Promise<TransferStepChange[]> =>
  (await office.steps(utility)).map(({ change }) => change);

/** Misbehaves the first `times` times that an application is submitted. */
const onSubmit = (odd: Misbehaviour, times = 1): { behave: (call: SimulatedCall) => Misbehaviour | null } => ({
  behave: ({ operation, nth }) => (operation === 'submit' && nth <= times ? odd : null),
});

/** A story told to the end would be over; these are told up to a change of the house transfer. */
const upToTransfer = (change: string) => {
  let past = false;
  return ({ source, record }: SimulatedRecord): boolean => {
    if (past) return false;
    if (source === 'house-transfer' && record['hj'] === change) past = true;
    return true;
  };
};

/** Undoes the title of the office's case, or makes it good again. */
function undo(office: Office, change: '撤销' | '撤销恢复', day: number): SimulatedRecord[] {
  const { cast } = office;
  const flat = cast.premises(0, '成套住宅');
  const [seller, buyer] = [cast.person(0), cast.person(1)];
  const entry = sale(cast, 0, flat, [seller], [buyer]);
  const register = title(cast, flat, [seller]);
  // Each register numbers its own records, as the story's did before.
  for (let i = 0; i < (change === '撤销' ? 3 : 4); i++) entry('受理', 1);
  for (let i = 0; i < (change === '撤销' ? 2 : 3); i++) register('100', 1);
  const holder = change === '撤销' ? seller : buyer;
  return [entry(change, day, { consno: cast.consumerNo(0), sfty: '1' }), register('500', day, { QLRLB: holders([holder]) })];
}

describe('the dispatcher', function () {
  this.timeout(30_000);

  it('takes a transfer from prepared to completed, the buyer having asked for nothing', () =>
    inOffice({}, async (office) => {
      assert.equal((await office.request()).life.stage, 'checked');
      await office.look(3);
      assert.deepEqual(await changesAt(office), ['submitting', 'accepted', 'completed']);
      const { status, life } = await office.request();
      assert.deepEqual([status, life.stage, life.utilities[0]!.attempt], ['completed', 'completed', 1]);
      assert.match(life.utilities[0]!.externalNo!, /^SIM-/);
    }));

  it('tells after each look how many wait at each utility, and in which state', () =>
    inOffice({ ...onSubmit('drop-after'), systems: ['electricity', 'water'] }, async (office) => {
      const told: string[] = [];
      office.ports.queued = (utility, states) => {
        const some = Object.entries(states).filter(([, n]) => n > 0);
        told.push(`${utility} ${some.map(([state, n]) => `${state} ${n}`).join()}`);
        assert.equal(states['unknown'] === undefined, false, 'a state that none is in is told as well');
      };
      await office.look(3);
      assert.deepEqual(told, ['electricity none 1', 'water none 1', 'electricity unknown 1', 'water unknown 1', 'electricity ', 'water ']);
    }));

  it('names the consent in what it submits, and who was given what', () =>
    inOffice({}, async (office) => {
      await office.look(1);
      const { consent } = (await office.request()).life;
      const [submitting] = await office.steps('electricity');
      assert.deepEqual(
        [submitting!.basis, submitting!.consumerNo, submitting!.by],
        [consent.event, office.cast.consumerNo(0), 'dispatcher'],
      );
      const [given] = await office.accesses();
      assert.deepEqual(
        [given!.change, given!.consumer, given!.object, given!.record, given!.basis],
        ['dispatched', 'electricity', office.caseNo, submitting!.idempotencyKey, `consent ${consent.event}`],
      );
    }));

  it('sends what the contract says, names opened, and keeps nothing of it', () =>
    inOffice({}, async (office) => {
      await office.look(1);
      const [taken] = office.utilities.taken('electricity');
      const buyer = office.cast.person(1);
      const body = taken!.body as { newHolder: object; oldHolder: { name: string }; address: string; consumerNo: string };
      assert.deepEqual(body.newHolder, {
        kind: 'person',
        name: buyer.name,
        idType: 'citizen-id',
        idNumber: buyer.idNumber,
        phone: buyer.phone,
      });
      assert.equal(body.oldHolder.name, office.cast.person(0).name);
      assert.equal(body.address, office.cast.premises(0, '成套住宅').address);
      const own = (await allEvents(office.store)).filter(({ type }) => /^(transfer-request|access)\./.test(type));
      for (const { data } of own) {
        const text = Buffer.from(data).toString();
        for (const secret of [buyer.name, buyer.idNumber, buyer.phone, body.address]) assert.ok(!text.includes(secret), secret);
      }
      assert.ok(own.length > 0);
    }));

  const recovering: [odd: Misbehaviour, taken: number, steps: TransferStepChange[]][] = [
    ['time-out-after', 1, ['submitting', 'unknown', 'querying', 'completed']],
    ['time-out-before', 1, ['submitting', 'unknown', 'querying', 'submitting', 'accepted', 'completed']],
    ['drop-after', 1, ['submitting', 'unknown', 'querying', 'completed']],
    ['nonsense', 1, ['submitting', 'unknown', 'querying', 'completed']],
    ['error-after', 1, ['submitting', 'accepted', 'completed']],
    ['error', 1, ['submitting', 'accepted', 'completed']],
    ['busy', 1, ['submitting', 'accepted', 'completed']],
    ['slow', 1, ['submitting', 'accepted', 'completed']],
  ];
  for (const [odd, taken, steps] of recovering) {
    it(`gets one application completed at a utility that answers with ${odd}`, () =>
      inOffice({ ...onSubmit(odd), timeoutMs: 1_000, slowMs: 100 }, async (office) => {
        await office.look(1);
        assert.notEqual((await office.at('electricity'))!.state, 'completed');
        await office.look(4);
        assert.deepEqual(await changesAt(office), steps);
        assert.equal(office.utilities.taken('electricity').length, taken);
        assert.equal(new Set((await office.steps('electricity')).map(({ idempotencyKey }) => idempotencyKey)).size, 1);
      }));
  }

  it('never takes a time-out for success, however often it asks', () =>
    inOffice({ behave: () => 'time-out-before', timeoutMs: 100 }, async (office) => {
      await office.look(6);
      assert.equal((await office.at('electricity'))!.state, 'unknown');
      // A question that brought no answer is not recorded again and again.
      assert.deepEqual(await changesAt(office), ['submitting', 'unknown', 'querying']);
      assert.equal((await office.request()).life.stage, 'unknown');
    }));

  it('leaves a utility that fails alone for longer and longer, and asks at once for what must be taken back', () =>
    inOffice({ behave: ({ operation }) => (operation === 'cancel' ? null : 'busy') }, async (office) => {
      const calls: number[] = [];
      const counted = office.told;
      for (let second = 0; second < 40; second++) {
        await office.look(1);
        calls.push(counted.length);
        office.clock.set(office.clock.today());
      }
      // The clock stands still: one try, and then nothing until it is due.
      assert.equal(calls.at(-1), 1);
      await office.consent({ change: 'revoked', grantor: (await office.request()).buyers[0]!.id });
      await office.look(1);
      assert.deepEqual((await changesAt(office)).slice(-2), ['cancelling', 'cancelled']);
    }));

  it('keeps the code and the words of a refusal, and tries again once the account changes', () =>
    inOffice(onSubmit('refuse'), async (office) => {
      await office.look(3);
      const returned = (await office.at('electricity'))!;
      assert.deepEqual([returned.state, returned.code, returned.reason, returned.next], ['returned', 'E-422', '户名与户号不符', null]);
      assert.equal((await office.request()).life.stage, 'returned');
    }));

  it('masks a person in the words of a utility', () =>
    inOffice({ ...onSubmit('arrears') }, async (office) => {
      const [system] = office.ports.systems;
      const { name, phone } = office.cast.person(1);
      const wordy = {
        ...system!,
        submit: async () => ({ kind: 'refused', code: 'E', message: `${name} ${phone} 320106199003071234 欠费` }) as const,
      };
      const { dispatcherRounds } = await import('../../services/dispatcher/dispatcher.ts');
      for (const round of dispatcherRounds({ ...office.ports, systems: [wordy] })) await round(new AbortController().signal);
      assert.equal((await office.at('electricity'))!.reason, '*** *** *** 欠费');
    }));

  it('stops at an application that comes back for arrears', () =>
    inOffice(onSubmit('arrears'), async (office) => {
      await office.look(3);
      assert.deepEqual(await changesAt(office), ['submitting', 'returned']);
      assert.equal((await office.at('electricity'))!.code, 'ARREARS');
    }));

  it('sends nothing while the property is seized, and asks for consent where that is all that is missing', async () => {
    await inOffice({ story: 'sale-seized' }, async (office) => {
      await office.look(2);
      assert.deepEqual([await office.steps(), office.utilities.taken('electricity')], [[], []]);
    });
    await inOffice({ story: 'sale-consent-missing' }, async (office) => {
      await office.look(2);
      assert.deepEqual(
        (await office.steps()).map(({ change }) => change),
        ['consent-asked'],
      );
      assert.deepEqual([(await office.request()).life.stage, (await office.request()).life.consent.state], ['consent-asked', 'asked']);
      await office.consent({ change: 'granted', grantor: (await office.request()).buyers[0]!.id });
      await office.look(3);
      assert.equal((await office.request()).life.stage, 'completed');
    });
  });

  it('takes each utility on its own: one that fails holds back no other', () =>
    inOffice(
      { systems: ['electricity', 'water', 'gas'], behave: ({ utility }) => (utility === 'water' ? 'error' : null) },
      async (office) => {
        await office.look(3);
        const states = await Promise.all(
          (['electricity', 'water', 'gas', 'heat'] as const).map(async (name) => (await office.at(name))!.state),
        );
        assert.deepEqual(states, ['completed', 'submitting', 'completed', 'none']);
      },
    ));

  it('sends to the utilities that a consent names, and to no other', () =>
    inOffice({ story: 'sale-consent-missing', systems: ['electricity', 'water'] }, async (office) => {
      await office.consent({ change: 'granted', grantor: (await office.request()).buyers[0]!.id, utilities: ['water'] });
      await office.look(3);
      assert.deepEqual([office.utilities.taken('electricity').length, office.utilities.taken('water').length], [0, 1]);
    }));

  it('takes an accepted application back when consent is revoked', () =>
    inOffice({ completeAfter: 100 }, async (office) => {
      await office.look(1);
      await office.consent({ change: 'revoked', grantor: (await office.request()).buyers[0]!.id });
      await office.look(2);
      assert.deepEqual(await changesAt(office), ['submitting', 'accepted', 'cancelling', 'cancelled']);
      assert.equal(office.utilities.taken('electricity')[0]!.state, 'cancelled');
      assert.equal((await office.request()).life.stage, 'cancelled');
    }));

  it('leaves to people what was completed before consent was revoked', () =>
    inOffice({}, async (office) => {
      await office.look(3);
      await office.consent({ change: 'revoked', grantor: (await office.request()).buyers[0]!.id });
      await office.look(2);
      const { state, code } = (await office.at('electricity'))!;
      assert.deepEqual([state, code], ['given-up', 'consent-revoked']);
    }));

  it('leaves to people what the utility completed while it was being taken back', () =>
    inOffice({ completeAfter: 100 }, async (office) => {
      await office.look(1);
      office.utilities.taken('electricity')[0]!.state = 'completed';
      await office.consent({ change: 'revoked', grantor: (await office.request()).buyers[0]!.id });
      await office.look(1);
      assert.deepEqual((await changesAt(office)).slice(-2), ['cancelling', 'given-up']);
    }));

  it('takes back an application that never arrived, so that it cannot arrive late', () =>
    inOffice({ ...onSubmit('time-out-before'), timeoutMs: 200 }, async (office) => {
      await office.look(1);
      await office.consent({ change: 'revoked', grantor: (await office.request()).buyers[0]!.id });
      await office.look(1);
      assert.deepEqual(await changesAt(office), ['submitting', 'unknown', 'cancelling', 'cancelled']);
      assert.equal(office.utilities.taken('electricity')[0]!.state, 'cancelled');
    }));

  it('starts over under a new key when the rescission of a title is reversed', () =>
    inOffice({ completeAfter: 100, story: 'sale-rescinded', upTo: upToTransfer('发证') }, async (office) => {
      await office.look(1);
      await office.tell(undo(office, '撤销', 230));
      assert.equal((await office.at('electricity'))!.undone, 'title-withdrawn');
      await office.look(1);
      assert.equal((await office.at('electricity'))!.state, 'cancelled');
      await office.tell(undo(office, '撤销恢复', 260));
      await office.look(1);
      const { state, attempt } = (await office.at('electricity'))!;
      assert.deepEqual([state, attempt], ['accepted', 2]);
      const keys = office.utilities.taken('electricity').map(({ key, state: stands }) => [key, stands]);
      assert.deepEqual(
        keys.map(([, stands]) => stands),
        ['cancelled', 'accepted'],
      );
      assert.notEqual(keys[0]![0], keys[1]![0]);
    }));

  it('gives up, and says why, when the buyer was erased', () =>
    inOffice({}, async (office) => {
      await office.keys.erase((await office.request()).buyers[0]!.id, 0);
      await office.look(1);
      assert.deepEqual([(await office.at('electricity'))!.state, (await office.at('electricity'))!.code], ['given-up', 'erased']);
      assert.deepEqual(office.utilities.taken('electricity'), []);
    }));

  it('goes on after a restart where it stopped, with the same views again in a rebuild', () =>
    inOffice({ ...onSubmit('time-out-after'), timeoutMs: 200, systems: ['electricity', 'water'] }, async (office) => {
      await office.look(5);
      const { digestOfRows, rowsOf } = await import('../support/fold.ts');
      const live = digestOfRows(await rowsOf(office.views));
      assert.equal(await office.rebuilt(async (views) => digestOfRows(await rowsOf(views))), live);
    }));

  it('knows a utility that refuses its token from one that refuses the application', () =>
    inOffice({ token: 'good', sentToken: 'worn out' }, async (office) => {
      await office.look(3);
      assert.deepEqual(await changesAt(office), ['submitting']);
      assert.ok(office.told.every((line) => line.includes('HTTP-401')) && office.told.length === 3);
    }));

  it('shows a token that is good', () =>
    inOffice({ token: 'good' }, async (office) => {
      await office.look(3);
      assert.equal((await office.at('electricity'))!.state, 'completed');
    }));
});
