// Transfers go to the utilities, and limits are watched, with two dispatchers and two supervisors on real engines: one of each
// works at a time, and what one leaves undone when it is killed the other ends.
import assert from 'node:assert/strict';
import pg from 'pg';
import { readConfig } from '../../services/config/config.ts';
import { thresholds } from '../../services/domain/limits.ts';
import { openPostgresViewStore } from '../../services/drivers/postgres/view-store.ts';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { startSimulatedPlatform } from '../../services/hub/demo.ts';
import { openHub } from '../../services/hub/open-hub.ts';
import { pullAllOnce } from '../../services/hub/pull-sources.ts';
import { supervisionOf } from '../../services/hub/supervising.ts';
import { simulatedUtilities, startUtilities } from '../../services/simulator/utilities.ts';
import { run } from '../support/command.ts';
import { allEvents } from '../support/fold.ts';
import { orSkip, sharedKafka } from '../support/kafka.ts';
import { postgresWithRoles } from '../support/postgres-roles.ts';
import { startService, until } from '../support/processes.ts';
import { codec, contracts, pseudonymKey } from '../support/project.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { VariableName } from '../../services/config/environment.ts';
import type { RecordedEvent } from '../../services/domain/events.ts';
import type { Supervision, TransferStep, Utility } from '../../services/domain/own-facts.ts';
import type { TransferRequest } from '../../services/domain/transfers/request.ts';
import type { Platform } from '../../services/adapters/pull.ts';
import type { ServiceName } from '../../services/hub/services.ts';
import type { EventStore } from '../../services/ports/event-store.ts';
import type { ViewStore } from '../../services/ports/view-store.ts';
import type { Misbehaviour, SimulatedCall } from '../../services/simulator/utilities.ts';
import type { PostgresWithRoles } from '../support/postgres-roles.ts';
import type { Service } from '../support/processes.ts';

type Variables = Partial<Record<VariableName, string>>;

/** Those that requests are sent to; the others have no address. */
const addressed = ['electricity', 'water'] as const satisfies readonly Utility[];
const roles: Partial<Record<ServiceName, string>> = { adapters: 'hub_adapter', recorder: 'hub_adapter' };
/** What the first calls get instead of an answer; none of it means that the request came back. */
const odd: readonly (Misbehaviour | null)[] = ['drop-after', null, 'error-after', 'busy', 'nonsense', 'error', null];

describe('dispatchers and supervisors on Kafka and Postgres', function () {
  this.timeout(240_000);
  const folder = useTempFolder();
  let postgres: PostgresWithRoles;
  let brokers: string;
  let platform: Platform & { close(): Promise<void> };
  const running: Service[] = [];

  before(async function () {
    brokers = (await orSkip(this, sharedKafka)).brokers.join(',');
    postgres = await postgresWithRoles(this);
    platform = await startSimulatedPlatform({ contracts, now: Date.now }, { seed: 'dispatching', subjects: 60, port: 0 });
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((service) => service.kill()));
  });
  after(async () => {
    await platform?.close();
    await postgres?.end();
  });

  const idOf = (utility: string, caseNo: string): string => `${utility} ${caseNo}`;

  /** What the same registries make of one process on files: the views, what may be sent, and whose limits have passed. */
  async function expected(): Promise<{ digest: string; requests: string[]; overdue: string[] }> {
    const hub = await openHub(readConfig({ HUB_PSEUDONYM_KEY: pseudonymKey.toString('hex') }, { data: folder('embedded') }));
    try {
      await pullAllOnce(hub, platform, new AbortController().signal);
      const rows = await hub.views.list('transfer-request', { limit: 1_000 });
      const requests = rows.flatMap(({ key, body }) =>
        (JSON.parse(body) as TransferRequest).life.utilities
          .filter(({ utility, next }) => next === 'submit' && addressed.some((one) => one === utility))
          .map(({ utility }) => idOf(utility, key)),
      );
      const { items } = await supervisionOf(hub).matters({ state: 'escalated-again' }, { after: '', limit: 1_000 });
      // Of what waits for people, every limit goes on to be passed.
      const overdue = items.filter(({ utility }) => utility === null || !addressed.some((one) => one === utility)).map(({ id }) => id);
      return { digest: await hub.views.digest(), requests, overdue };
    } finally {
      await hub.close();
    }
  }

  const times = ({ log }: Service, said: string): number => log.filter(({ message }) => message === said).length;
  const leads = (service: Service): boolean => times(service, 'leading') > 0;
  const told = async ({ url }: Service): Promise<string> => (await fetch(`${url}/metrics`)).text();
  const complaints = (): unknown => running.map(({ name, log }) => [name, log.slice(-4)]);
  const patient = <T>(what: string, look: () => Promise<T | null | false>): Promise<T> => until(what, look, 60_000, complaints);
  const theLeader = (among: readonly Service[]): Promise<Service> => patient('one leads', async () => among.find(leads) ?? null);

  /** Cuts the connections on which a role holds locks. */
  async function loseLocks(url: string, role: string): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const held = `SELECT DISTINCT pid FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND usename = $1`;
    const { rowCount } = await client
      .query(`SELECT pg_terminate_backend(pid) FROM (${held}) AS holders`, [role])
      .finally(() => client.end());
    assert.equal(rowCount, 1, 'one holds a lock');
  }

  /** Steps of a family in the store, as its schema says. */
  const stepsOf = async <T>(store: EventStore, family: string): Promise<T[]> =>
    (await allEvents(store)).filter(({ type }: RecordedEvent) => type.startsWith(`${family}.`)).map(({ data }) => codec.decode(data) as T);

  it('send each request once and record each threshold once, though the leader of either is killed', async () => {
    const wanted = await expected();
    assert.ok(wanted.requests.length > 20 && wanted.overdue.length > 2, 'there is enough to do');
    const urls = await postgres.installation(1);
    const name = `dispatching-${process.pid}`;
    const env: Variables = { KAFKA_BROKERS: brokers, KAFKA_PARTITIONS: '3', KAFKA_REPLICATION: '1', KAFKA_TOPIC_PREFIX: `${name}.` };
    const data = folder('data');
    const begin = async (service: ServiceName, own: Variables = {}): Promise<Service> => {
      const started = await startService(service, data, {
        ...{ ...env, KAFKA_GROUP: name },
        ...urls(roles[service] ?? `hub_${service}`),
        ...own,
      });
      running.push(started);
      return started;
    };

    /** Keys of applications, by request. */
    const keys = new Map<string, Set<string>>();
    let submissions = 0;
    let inTheMiddle = (): void => undefined;
    const systems = simulatedUtilities({
      behave: ({ key, nth }: SimulatedCall) => (nth === 1 ? odd[parseInt(key.slice(0, 4), 16) % odd.length]! : null),
      heard({ utility, operation, key }, body) {
        if (operation !== 'submit') return;
        const id = idOf(utility, (body as { caseNo: string }).caseNo);
        keys.set(id, (keys.get(id) ?? new Set()).add(key));
        if (++submissions >= wanted.requests.length / 3) inTheMiddle();
      },
    });
    const server = await startUtilities(systems);
    const views: ViewStore = openPostgresViewStore({ url: urls('superuser').DATABASE_URL });
    try {
      const access = { HUB_PLATFORM_URL: platform.url, HUB_PLATFORM_RID: platform.requesterId, HUB_PLATFORM_SECRET: platform.secret };
      const [portal] = await Promise.all([begin('portal'), begin('projector'), begin('recorder'), begin('adapters', access)]);
      await patient('views hold what the registries say', async () => (await views.digest().catch(() => null)) === wanted.digest);

      const addresses = { HUB_ELECTRICITY_URL: server.urlOf('electricity'), HUB_WATER_URL: server.urlOf('water') };
      const [supervisors, dispatchers] = await Promise.all([
        Promise.all([begin('supervisor'), begin('supervisor')]),
        Promise.all([begin('dispatcher', addresses), begin('dispatcher', addresses)]),
      ]);
      const [supervisor, dispatcher] = await Promise.all([theLeader(supervisors), theLeader(dispatchers)]);
      const standby = dispatchers.find((one) => one !== dispatcher)!;
      const other = supervisors.find((one) => one !== supervisor)!;
      const killed = new Promise<{ sent: number; alone: boolean; killing: Promise<void> }>((resolve) => {
        inTheMiddle = () => {
          inTheMiddle = () => undefined;
          resolve({ sent: submissions, alone: !leads(standby), killing: dispatcher.kill() });
        };
      });
      assert.match(await told(other), /^hub_service_leads\{service="supervisor"\} 0$/m);
      assert.ok((await other.ready()).ok, 'who stands by is well');
      await supervisor.kill();
      const { sent, alone, killing } = await killed;
      await killing;
      assert.ok(sent < wanted.requests.length && alone, 'the only one at work was killed in the middle');
      await patient('the other leads', async () => leads(standby));
      await loseLocks(urls('superuser').DATABASE_URL, 'hub_dispatcher');
      await patient('it leads again, its connection being lost', async () => times(standby, 'leading') === 2);
      assert.equal(times(standby, 'waiting'), 1);

      await patient('every request is completed at each utility', async () => {
        const left = await views.count('transfer-request', 'next:');
        return addressed.every((utility) => left[utility] === undefined);
      });
      await patient('all thresholds are recorded', async () => {
        const { '': n = 0 } = await views.count('supervision', 'last:escalated-again');
        return n >= wanted.overdue.length;
      });
      assert.match(await told(other), /^hub_service_leads\{service="supervisor"\} 1$/m);
      assert.match(await told(other), /^hub_supervisor_matters\{level="escalated-again"\} [1-9]/m);
      await patient('it tells that nothing waits any more', async () => {
        const waiting = [...(await told(standby)).matchAll(/^hub_dispatcher_requests\{.*\} (\d+)$/gm)].map(([, n]) => n);
        return waiting.length > 0 && waiting.every((n) => n === '0');
      });

      const { out } = await run(['token', '--scope', 'transfers:read', '--data', data], { env: { ...env, ...urls('superuser') } });
      const [, caseNo] = /^electricity (.*)$/.exec(wanted.requests.find((id) => id.startsWith('electricity'))!)!;
      const answer = await fetch(`${portal.url}/portal/v1/transfer-requests/${encodeURIComponent(caseNo!)}`, {
        headers: { authorization: `Bearer ${out[0]!}`, purpose: 'meter-transfer' },
      });
      assert.equal(answer.status, 200, JSON.stringify([await answer.text(), portal.log.slice(-3)]));

      const alive = running.filter((one) => one !== dispatcher && one !== supervisor);
      // Those that wait for a recorder before it.
      const taking = alive.filter(({ name: one }) => one === 'recorder' || one === 'projector');
      for (const together of [alive.filter((one) => !taking.includes(one)), taking])
        assert.deepEqual(
          await Promise.all(together.map((one) => one.stop())),
          together.map(() => 0),
          'all stop by themselves',
        );
    } finally {
      await views.close();
      await server.close();
    }

    assert.deepEqual([...keys.keys()].toSorted(), wanted.requests.toSorted(), 'all that may be sent was, and nothing else');
    for (const [id, sent] of keys) assert.equal(sent.size, 1, `${id} was sent under one key`);
    const taken = addressed.flatMap((utility) => systems.taken(utility));
    assert.deepEqual([taken.length, taken.filter(({ state }) => state !== 'completed')], [wanted.requests.length, []]);

    const store = openSqliteEventStore(`${data}/store.sqlite`, { now: Date.now, readOnly: true });
    try {
      const last = new Map<string, string>();
      for (const { utility, case: caseNo, change } of await stepsOf<TransferStep>(store, 'transfer-request'))
        if (utility !== null) last.set(idOf(utility, caseNo), change);
      assert.deepEqual([...last].toSorted(), wanted.requests.map((id) => [id, 'completed'] as const).toSorted());

      const matters = new Map<string, string[]>();
      for (const { record, since, change } of await stepsOf<Supervision>(store, 'supervision')) {
        const id = `${record} ${since}`;
        matters.set(id, [...(matters.get(id) ?? []), change]);
      }
      for (const [id, changes] of matters) assert.equal(new Set(changes).size, changes.length, `${id}: ${changes.join()}`);
      const whole = [...matters]
        .filter(([, changes]) => thresholds.every((one, i) => changes[i] === one))
        .map(([id]) => id.replace(/ \S+$/, ''));
      for (const id of wanted.overdue) assert.ok(whole.includes(id), id);
    } finally {
      await store.close();
    }
  });
});
