// An installation under test on Kafka and PostgreSQL: a process per service, each of which is killed, stopped and started alone.
// The event store is a file: of the servers that speak its protocol, none can be had here.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteEventStore } from '../../../services/drivers/sqlite/event-store.ts';
import { openPostgresViewStore } from '../../../services/drivers/postgres/view-store.ts';
import { openTestLog } from '../../support/kafka-log.ts';
import { orSkip, sharedKafka } from '../../support/kafka.ts';
import { postgresFor } from '../../support/postgres.ts';
import { until } from '../../support/processes.ts';
import { check, checkCrashed } from './checker.ts';
import { launch, replay, startMutant } from './hub-process.ts';
import { atRest, patienceMs, platformEnvironment } from './installation.ts';
import type { EventStore } from '../../../services/ports/event-store.ts';
import type { TestPostgres } from '../../support/postgres.ts';
import type { HubProcess } from './hub-process.ts';
import type { Installation } from './installation.ts';
import type { Mutation } from './mutant.ts';
import type { FaultPlatform } from './platform.ts';

/** The services that carry records, in the order in which they are started. */
export const carriers = ['recorder', 'projector', 'adapters'] as const;
export type Carrier = (typeof carriers)[number];

export interface Engines {
  brokers: string[];
  postgres: Databases;
}

type Databases = Pick<TestPostgres, 'database' | 'query'>;

/** For the `before` of a suite: the broker and the database server that all suites share, or the suite is skipped. */
export async function enginesFor(context: Mocha.Context): Promise<Engines> {
  const { brokers } = await orSkip(context, sharedKafka);
  return { brokers, postgres: await postgresFor(context) };
}

export interface OnEngines extends Installation {
  /** Before every topic of its own. */
  topicPrefix: string;
  /** The recorders' group. */
  group: string;
  /** Of its own database. */
  databaseUrl: string;
  /** Starts a service as a process of its own, in the place of the one of that name. */
  start(service: Carrier, failpoints?: string, name?: string): HubProcess;
  /** A process that was started. */
  process(name: string): HubProcess;
  /** Throws when one has ended that was not told to (I10: none needs a hand). */
  died(): void;
  /** Kills it, if it runs. */
  kill(name: string): Promise<void>;
  /** Starts one broken on purpose. */
  startMutant(mutation: Mutation, failpoints?: string): HubProcess;
  /** Starts the carriers that do not run, waits until everything is taken in, recorded and folded; then only adapters are stopped. */
  settle(): Promise<{ readyMs: number; metrics: string }>;
  /** Ends every process as `kill -9` does. */
  end(): Promise<void>;
}

export interface Place {
  data: string;
  platform: FaultPlatform;
  /** What its processes are told otherwise, such as addresses of a proxy; whoever examines goes the straight way. */
  env?: Record<string, string>;
}

/** A member of the recorders' group that has died is missed after this long. */
const sessionMs = 3000;

export async function installOnEngines({ brokers, postgres }: Engines, { data, platform, env: own = {} }: Place): Promise<OnEngines> {
  const id = randomBytes(5).toString('hex');
  const [topicPrefix, group] = [`faults-${id}.`, `faults-${id}`];
  const databaseUrl = await postgres.database(`faults-${id}`);
  const said: string[] = [];
  const heard = (line: string): void => void said.push(line);
  const env = {
    ...platformEnvironment(platform),
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_TOPIC_PREFIX: topicPrefix,
    KAFKA_GROUP: group,
    KAFKA_PARTITIONS: '2',
    KAFKA_REPLICATION: '1',
    DATABASE_URL: databaseUrl,
    KEYS_URL: databaseUrl,
    FAULTS_SESSION_MS: String(sessionMs),
    ...own,
  };
  const processes = new Map<string, { process: HubProcess; over: boolean; stopping: boolean }>();
  const openStore = (): EventStore => openSqliteEventStore(join(data, 'store.sqlite'), { now: Date.now, readOnly: true });
  const tail = (): unknown => said.slice(-6);
  const runs = (name: string): boolean => processes.get(name)?.over === false;

  let gone = false;
  function running(name: string, process: HubProcess): HubProcess {
    // A test that ran out of time must not go on behind the back of the next.
    if (gone) void process.kill();
    const entry = { process, over: false, stopping: false };
    void process.ended.then(() => (entry.over = true));
    processes.set(name, entry);
    return process;
  }
  async function stop(name: string): Promise<number | null> {
    const entry = processes.get(name)!;
    entry.stopping = true;
    return entry.process.stop();
  }
  function died(): void {
    for (const [name, { over, stopping }] of processes)
      if (over && !stopping) throw new Error(`${name} ended by itself: ${said.slice(-3).join('\n')}`);
  }
  const metricsOf = async (...names: Carrier[]): Promise<string> =>
    (await Promise.all(names.map((name) => processes.get(name)!.process.metrics()))).join('\n');

  const installation: OnEngines = {
    data,
    env,
    said,
    heard,
    topicPrefix,
    group,
    databaseUrl,
    openStore,
    start(service, failpoints, name = service) {
      const own = { services: [service], data, env, failpoints, heard };
      // Only recorders are members of a group; the others are started as anybody does.
      return running(name, service === 'recorder' ? startMutant('none', own) : launch(own));
    },
    startMutant: (mutation, failpoints) => running('mutant', startMutant(mutation, { data, env, failpoints, heard })),
    died,
    process: (name) => processes.get(name)!.process,
    async kill(name) {
      const entry = processes.get(name);
      if (!entry) return;
      entry.stopping = true;
      await entry.process.kill();
    },
    replay: (failpoints) => replay({ data, env, failpoints, heard }),
    async settle() {
      const since = performance.now();
      if (gone) throw new Error('this installation has ended');
      for (const [name, { over }] of processes) if (over) processes.delete(name);
      for (const service of carriers) if (!runs(service)) installation.start(service);
      const ready = async (): Promise<boolean> => {
        died();
        return (await Promise.all([...processes.values()].map(({ process }) => process.ready()))).every(Boolean);
      };
      await until('all are ready', ready, patienceMs, tail);
      const readyMs = performance.now() - since;
      const taken = async (): Promise<boolean> => (died(), platform.taken(new Map()));
      await until('everything is taken in', taken, patienceMs, tail);
      const code = await stop('adapters');
      if (code !== 0) throw new Error(`adapters ended with ${code}: ${said.slice(-3).join('\n')}`);
      let metrics = '';
      const folded = async (): Promise<boolean> => {
        died();
        return atRest((metrics = await metricsOf('recorder', 'projector')));
      };
      await until('everything is recorded and folded', folded, patienceMs, tail);
      return { readyMs, metrics };
    },
    async heal() {
      const { readyMs, metrics } = await installation.settle();
      const names = [...processes.keys()].filter(runs);
      const codes = await Promise.all(names.map(stop));
      return { readyMs, metrics, code: codes.find((code) => code !== 0) ?? 0 };
    },
    async crashed() {
      if (!existsSync(join(data, 'store.sqlite'))) return [];
      const [store, views] = [openStore(), openPostgresViewStore({ url: databaseUrl })];
      try {
        for (;;) {
          // What was sent before the death may still be committed by the server while we look.
          const before = await views.checkpoint();
          const findings = await checkCrashed(store, views);
          if ((await views.checkpoint()).position === before.position) return findings;
        }
      } finally {
        await Promise.all([store.close(), views.close()]);
      }
    },
    async examine(followed = []) {
      const log = openTestLog(brokers, { topicPrefix, groupId: group, partitions: 2 });
      const inFlight = await log.lag();
      await log.close();
      const views = openPostgresViewStore({ url: databaseUrl });
      const told = [said.join('\n'), ...filesIn(data), ...(await textsIn(postgres, databaseUrl))];
      try {
        return await check({ ledger: platform.ledger, openStore, views, inFlight, followed, told });
      } finally {
        await views.close();
      }
    },
    async end() {
      gone = true;
      await Promise.all([...processes.keys()].map((name) => installation.kill(name)));
    },
  };
  return installation;
}

const filesIn = (data: string): string[] => readdirSync(data).map((name) => readFileSync(join(data, name), 'latin1'));

/** Every row of every table of a database, as text. */
async function textsIn(postgres: Databases, url: string): Promise<string[]> {
  const tables = await postgres.query<{ name: string }>(
    url,
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname LIKE 'hub%'`,
  );
  const texts: string[] = [];
  for (const { name } of tables)
    for (const { row } of await postgres.query<{ row: string }>(url, `SELECT t::text AS row FROM ${name} t`)) texts.push(row);
  return texts;
}
