// A house changes hands: the joint transfer from prepared to completed over the whole hub, undone midway, and through kill -9.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { settle } from '../../services/hub/settle.ts';
import { simulatedUtilities, startUtilities } from '../../services/simulator/utilities.ts';
import { codec } from '../support/project.ts';
import { ended, inHub, runOne, start } from '../support/command.ts';
import { castOf, eventsTold, storyRecords } from '../support/simulated-events.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { AddressInfo } from 'node:net';
import type { ChildProcess } from 'node:child_process';
import type { TransferStep } from '../../services/domain/own-facts.ts';
import type { TransferRequest } from '../../services/domain/transfers/request.ts';
import type { SimulatedRecord } from '../../services/simulator/registers.ts';
import type { SimulatedUtilities } from '../../services/simulator/utilities.ts';

const cast = castOf();
const caseNo = cast.caseNo(0);

/** Records of a story up to the certificate, and those after it. */
function halves(story: string): [SimulatedRecord[], SimulatedRecord[]] {
  const records = storyRecords(story, cast);
  const at = records.findIndex(({ source, record }) => source === 'house-transfer' && record['hj'] === '发证') + 1;
  return [records.slice(0, at), records.slice(at)];
}

describe('a joint transfer', function () {
  this.timeout(120_000);
  const folder = useTempFolder();
  let utilities: SimulatedUtilities;
  let server: Awaited<ReturnType<typeof startUtilities>>;
  let running: ChildProcess | null = null;
  /** Does its part of each call to a utility before it is answered. */
  let onCall: (operation: string, key: string) => void = () => undefined;
  let completeAfter = 1;

  beforeEach(async () => {
    onCall = () => undefined;
    completeAfter = 1;
  });
  afterEach(async () => {
    await stop();
    await server?.close();
  });

  const serve = async (): Promise<void> => {
    utilities = simulatedUtilities({ completeAfter, heard: ({ operation, key }) => onCall(operation, key) });
    server = await startUtilities(utilities);
  };
  const told = (records: readonly SimulatedRecord[]): Promise<void> =>
    inHub(folder('d'), async (hub) => {
      await hub.keys.ready();
      await hub.log.publish(await eventsTold(records, hub.keys));
      await settle(hub);
    });
  const request = (id = caseNo): Promise<TransferRequest> => runOne<TransferRequest>(['transfers', 'show', id, '--data', folder('d')]);

  /** The recorder, the projector and the dispatcher as a process of their own. */
  function dispatching(url = server.urlOf('electricity')): ChildProcess {
    running = start(
      ['start', 'recorder', 'projector', 'dispatcher', '--data', folder('d')],
      {},
      { HUB_PORT: '0', HUB_ELECTRICITY_URL: url },
    );
    running.stdout!.resume();
    running.stderr!.resume();
    return running;
  }
  async function stop(): Promise<void> {
    if (!running) return;
    const end = ended(running);
    if (running.exitCode === null && running.signalCode === null) {
      running.kill('SIGTERM');
      await end;
    }
    running = null;
  }
  async function until(state: string, id = caseNo): Promise<void> {
    for (const patience = Date.now() + 40_000; ; await wait(200)) {
      const { life } = await request(id);
      if (life.utilities.find(({ utility }) => utility === 'electricity')?.state === state) return;
      assert.ok(Date.now() < patience, `it stays ${JSON.stringify(life)}`);
    }
  }
  const steps = (): Promise<TransferStep[]> =>
    inHub(folder('d'), async ({ store }) => {
      const found: TransferStep[] = [];
      for await (const { data } of store.readStream(`transfer-request-${caseNo}`)) found.push(codec.decode(data) as TransferStep);
      return found;
    });
  const changes = async (): Promise<string[]> => (await steps()).map(({ change }) => change);

  it('given a sale that was entered with consent, when the hub runs, then the utility has moved the account', async () => {
    await told(storyRecords('sale-ready', cast));
    assert.deepEqual([(await request()).status, (await request()).life.stage], ['ready', 'checked']);
    await serve();
    dispatching();
    await until('completed');
    await stop();
    assert.deepEqual(await changes(), ['submitting', 'accepted', 'completed']);
    assert.equal((await request()).status, 'completed');
    const { same } = await runOne<{ same: boolean }>(['replay', '--data', folder('d')]);
    assert.ok(same, 'a replay gives the same views');
  });

  it('fault-57: given a transfer that is done, when everything is folded anew, then the utility hears of no case but a new one', async () => {
    await told(storyRecords('sale-ready', cast));
    await serve();
    dispatching();
    await until('completed');
    await stop();
    const heard: string[] = [];
    onCall = (operation, key) => void heard.push(`${operation} ${key}`);
    const url = { HUB_ELECTRICITY_URL: server.urlOf('electricity') };
    await runOne(['replay', '--data', folder('d')], { env: url });
    assert.equal(heard.length, 0);
    for (const ending of ['', '-wal', '-shm']) rmSync(folder('d', `views.sqlite${ending}`), { force: true });
    const other = castOf(5_001);
    await told(storyRecords('sale-ready', other));
    dispatching();
    await until('completed', other.caseNo(0));
    await stop();
    assert.ok(heard.length > 0);
    const known = utilities.taken('electricity')[0]!.key;
    assert.deepEqual(
      heard.filter((call) => call.endsWith(known)),
      [],
    );
    assert.equal(utilities.taken('electricity').length, 2);
  });

  it('given nobody was asked, when the buyer consents at the counter, then it is sent; when they revoke, it is taken back', async () => {
    await told(storyRecords('sale-consent-missing', cast));
    completeAfter = 1_000;
    await serve();
    dispatching();
    for (const patience = Date.now() + 40_000; (await request()).life.stage !== 'consent-asked'; await wait(200))
      assert.ok(Date.now() < patience);
    const { buyers } = await request();
    const grant = ['consents', 'grant', '--grantor', buyers[0]!.id, '--object', caseNo, '--basis', 'F-2027-1', '--data', folder('d')];
    // Beside the running hub, which holds the right to write.
    const { id, event } = await runOne<{ id: string; event: string }>(grant);
    await until('accepted');
    assert.equal((await request()).life.consent.event, event);
    await runOne(['consents', 'revoke', id, '--basis', 'F-2027-2', '--data', folder('d')]);
    await until('cancelled');
    await stop();
    const all = await steps();
    assert.deepEqual(
      all.map(({ change }) => change),
      ['consent-asked', 'submitting', 'accepted', 'cancelling', 'cancelled'],
    );
    assert.equal(all[1]!.basis, event);
    assert.equal(utilities.taken('electricity')[0]!.state, 'cancelled');
  });

  it('given a property that is seized before anything was sent, then nothing is sent', async () => {
    await told(storyRecords('sale-seized', cast));
    const { status, life } = await request();
    assert.deepEqual([status, life.stage, life.utilities], ['blocked', 'consented', []]);
  });

  it('given an application that was accepted, when the property is seized, then it goes on: the title stands', async () => {
    const [before, after] = halves('sale-seized');
    await told(before);
    completeAfter = 2;
    await serve();
    dispatching();
    await until('accepted');
    await stop();
    await told(after);
    assert.deepEqual(
      (await request()).blocks.map(({ code }) => code),
      ['seized'],
    );
    assert.equal((await request()).life.utilities[0]!.next, 'query');
  });

  it('given an application that was accepted, when the transfer of title is rescinded, then it is cancelled', async () => {
    const [before, after] = halves('sale-rescinded');
    await told(before);
    completeAfter = 1_000;
    await serve();
    dispatching();
    await until('accepted');
    await stop();
    await told(after);
    assert.equal((await request()).status, 'withdrawn');
    dispatching();
    await until('cancelled');
    assert.equal(utilities.taken('electricity')[0]!.state, 'cancelled');
  });

  it('given kill -9 after the step was recorded and before the utility heard of it, then there is one application', async () => {
    await told(storyRecords('sale-ready', cast));
    // Takes the connection, and ends the dispatcher before it has read a byte.
    const deaf = createServer((socket) => {
      running!.kill('SIGKILL');
      socket.destroy();
    });
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const child = dispatching(`http://127.0.0.1:${(deaf.address() as AddressInfo).port}/utilities/electricity`);
    assert.equal((await ended(child)).code, null, 'it was killed');
    await new Promise((resolve) => deaf.close(resolve));
    running = null;
    await inHub(folder('d'), (hub) => settle(hub));
    assert.deepEqual(await changes(), ['submitting']);
    await serve();
    dispatching();
    await until('completed');
    await stop();
    assert.equal(utilities.taken('electricity').length, 1);
    assert.deepEqual(await changes(), ['submitting', 'querying', 'submitting', 'accepted', 'completed']);
    assert.equal(new Set((await steps()).map(({ idempotencyKey }) => idempotencyKey)).size, 1);
  });

  it('given kill -9 after the utility took it and before its answer was recorded, then there is one application', async () => {
    await told(storyRecords('sale-ready', cast));
    await serve();
    onCall = (operation) => {
      if (operation === 'submit') running!.kill('SIGKILL');
    };
    assert.equal((await ended(dispatching())).code, null, 'it was killed');
    running = null;
    await inHub(folder('d'), (hub) => settle(hub));
    assert.deepEqual([await changes(), utilities.taken('electricity').length], [['submitting'], 1]);
    onCall = () => undefined;
    dispatching();
    await until('completed');
    await stop();
    assert.equal(utilities.taken('electricity').length, 1);
    assert.deepEqual(await changes(), ['submitting', 'querying', 'completed']);
  });

  it('given two accounts that fit alike, when a reviewer chooses, then that account is submitted', async () => {
    await told(storyRecords('sale-ambiguous-address', cast));
    assert.equal((await request()).life.stage, 'consented');
    const queue = await runOne<{ id: string; candidates: { consumerNo: string }[] }>(['transfers', 'queue', '--data', folder('d')]);
    assert.deepEqual([queue.id, queue.candidates.length], [caseNo, 2]);
    const [, second] = queue.candidates;
    const choose = ['transfers', 'choose', caseNo, '--account', second!.consumerNo, '--reason', '现场核实', '--by', 'reviewer'];
    await runOne([...choose, '--data', folder('d')]);
    const { status, meter } = await request();
    assert.deepEqual([status, meter!.how, meter!.consumerNo], ['ready', 'chosen', second!.consumerNo]);
    await serve();
    dispatching();
    await until('completed');
    assert.equal((utilities.taken('electricity')[0]!.body as { consumerNo: string }).consumerNo, second!.consumerNo);
  });
});
