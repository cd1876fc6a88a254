// `npm run bench:engines`: Kafka to recorded, rebuild on Postgres, and from visible at the source to readable at the portal.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { readConfig } from '../../services/config/config.ts';
import { openPostgresViewStore } from '../../services/drivers/postgres/view-store.ts';
import { openHub } from '../../services/hub/open-hub.ts';
import { projectorPorts } from '../../services/hub/rebuild.ts';
import { project } from '../../services/projector/projector.ts';
import { startKafka } from '../support/kafka.ts';
import { startPostgres } from '../support/start-postgres.ts';
import { simulatedEvents } from './data.ts';
import { benchKafka } from './kafka.ts';
import { benchLatency } from './latency.ts';
import { measurePair } from './measure.ts';
import { printPairs } from './print.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { Pair } from './measure.ts';

const turns = 5;
const kafka = await startKafka({ brokers: 1 });
if (!kafka) throw new Error('there is no Kafka to measure');
// As durable as in production: it waits for its disk.
const postgres = await startPostgres({ fsync: true });
try {
  const pairs = [await benchKafka(kafka.brokers, simulatedEvents(40_000), turns), await benchRebuild(postgres.url, simulatedEvents(5_000))];
  printPairs(pairs);
  const engines = { brokers: kafka.brokers, databaseUrl: await freshDatabase(postgres.url) };
  console.log('from visible at the source to readable at the portal, milliseconds; five processes, broker and database on this machine:');
  console.table(await benchLatency(engines, [100, 500, 1000], 10));
} finally {
  await kafka.stop();
  await postgres.end();
}
process.exit(0);

async function freshDatabase(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('CREATE DATABASE latency').finally(() => client.end());
  return Object.assign(new URL(url), { pathname: '/latency' }).href;
}

async function benchRebuild(url: string, events: HubEvent[]): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'hub-bench-'));
  const hub = await openHub(readConfig({}, { data: folder }));
  for (let from = 0; from < events.length; from += 1000) await hub.store.append(events.slice(from, from + 1000));
  const views = openPostgresViewStore({ url });
  await views.lead(AbortSignal.timeout(10_000));
  const pair = await measurePair({
    name: 'rebuild on Postgres, all families',
    unit: 'events',
    ceiling: 'scan of the store, each event decoded',
    wanted: null,
    turns,
    async raw() {
      let n = 0;
      for await (const batch of hub.store.readAll(0)) for (const event of batch) n += hub.codec.decode(event.data) ? 1 : 0;
      return n;
    },
    async hub() {
      const aside = await views.aside();
      await project({ ...projectorPorts(hub), views: aside });
      await aside.replace();
      return events.length;
    },
  });
  await views.close();
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
  return pair;
}
