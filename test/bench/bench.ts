// `npm run bench`: events per second for append, import, projection and rebuild, portal reads, and memory, beside raw ceilings.
// `npm run bench -- --million` also imports a million simulated events, watches memory, and asks about their past.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importFile } from '../../services/adapters/import-file.ts';
import { readConfig } from '../../services/config/config.ts';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { contractOf, importIntoHub } from '../../services/hub/import.ts';
import { openHub } from '../../services/hub/open-hub.ts';
import { withRecorder } from '../../services/hub/pending.ts';
import { projectorPorts } from '../../services/hub/rebuild.ts';
import { project } from '../../services/projector/projector.ts';
import { simulatedEvents, writeRegistrations } from './data.ts';
import { benchHistory } from './history.ts';
import { watchMemory } from './memory.ts';
import { measurePair } from './measure.ts';
import { benchPortal } from './portal.ts';
import { printPairs } from './print.ts';
import { insertColumns, openRawTable, rawRowOf } from './raw-sqlite.ts';
import { writeViews } from './raw-views.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { Hub } from '../../services/hub/open-hub.ts';
import type { ViewChanges } from '../../services/ports/view-store.ts';
import type { Pair } from './measure.ts';

const turns = 5;
const folder = mkdtempSync(join(tmpdir(), 'hub-bench-'));
let files = 0;
const fresh = (): string => join(folder, String(files++));

try {
  const pairs = await benchImport(20_000);
  const mixed = simulatedEvents(6_000);
  for (const batch of [1000, 100]) pairs.push(...(await benchAppend(mixed, batch)));
  const licences = simulatedEvents(40_000).filter((event) => event.source === 'business-licence');
  pairs.push(...(await benchProjection('rebuild, licences', licences)), ...(await benchProjection('rebuild, all families', mixed)));
  const hub = await openHub(readConfig({ HUB_PORT: '0' }, { data: fresh() }));
  await appendAll(hub.store, mixed, 1000);
  await project(projectorPorts(hub));
  pairs.push(await benchPortal(hub, turns));
  await benchHistory(hub);
  await hub.close();
  printPairs(pairs);
  console.log(`resident memory ${Math.round(process.memoryUsage().rss / 1e6)} MB in the end, the benchmark's own data included`);
  if (process.argv.includes('--million')) {
    const data = fresh();
    console.log(await watchMemory(data, 260_000));
    const many = await openHub(readConfig({}, { data }));
    await benchHistory(many);
    await many.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function appendAll(store: { append(events: HubEvent[]): Promise<unknown> }, events: HubEvent[], batch: number): Promise<void> {
  for (let from = 0; from < events.length; from += batch) await store.append(events.slice(from, from + batch));
}

/** Beside the bytes of an event as one piece, made before, and beside its columns, which is what an auditor can ask for. */
async function benchAppend(events: HubEvent[], batch: number): Promise<Pair[]> {
  const rows = events.map(rawRowOf);
  const pairOf = (name: string, ceiling: string, wanted: number | null, raw: () => void): Promise<Pair> =>
    measurePair({
      name,
      unit: 'events',
      ceiling: `bare insert of ${ceiling}, FULL`,
      wanted,
      turns,
      async raw() {
        raw();
        return events.length;
      },
      async hub() {
        const store = openSqliteEventStore(fresh(), { now: Date.now });
        await appendAll(store, events, batch);
        await store.close();
        return events.length;
      },
    });
  const name = `append, ${batch} a batch`;
  const asOnePiece = await pairOf(name, 'the same bytes', 0.7, () => {
    const table = openRawTable(fresh());
    table.insert(rows, batch);
    table.close();
  });
  return [asOnePiece, await pairOf(`${name}, by columns`, 'the same columns', null, () => insertColumns(fresh(), events, batch))];
}

/** A file as far as into the store, and with the views folded as `hub import` does. */
async function benchImport(rows: number): Promise<Pair[]> {
  const file = `${fresh()}.csv`;
  writeRegistrations(file, rows);
  const toStore = async (hub: Hub): Promise<number> => {
    const contract = contractOf(hub, 'business-licence');
    return (await withRecorder(hub, () => importFile(contract, file, hub))).received;
  };
  const whole = async (hub: Hub): Promise<number> => (await importIntoHub(hub, 'business-licence', file)).received;
  const probe = await openHub(readConfig({}, { data: fresh() }));
  await toStore(probe);
  const { events } = await probe.store.query({ family: 'business-licence', limit: rows });
  await probe.close();
  const raw = events.map(rawRowOf);
  const pairOf = (name: string, wanted: number | null, tables: number, work: (hub: Hub) => Promise<number>): Promise<Pair> =>
    measurePair({
      name,
      unit: 'rows',
      ceiling: `bare insert of the same events${tables === 2 ? ', twice: log and store' : ''}, FULL`,
      wanted,
      turns,
      async raw() {
        for (let i = 0; i < tables; i++) {
          const table = openRawTable(fresh());
          table.insert(raw, 1000);
          table.close();
        }
        return raw.length;
      },
      async hub() {
        const hub = await openHub(readConfig({}, { data: fresh() }));
        const received = await work(hub);
        await hub.close();
        return received;
      },
    });
  return [await pairOf('import of a file, to the store', null, 2, toStore), await pairOf('whole import, with views', 0.2, 1, whole)];
}

/** Beside reading alone, and beside reading and writing the rows that come of it. */
async function benchProjection(name: string, events: HubEvent[]): Promise<Pair[]> {
  const hub = await openHub(readConfig({}, { data: fresh() }));
  await appendAll(hub.store, events, 1000);
  const rebuild = async (onCommit?: (changes: ViewChanges) => void): Promise<void> => {
    const views = openSqliteViewStore(fresh(), { bulk: true });
    const commit = (changes: ViewChanges): Promise<void> => {
      onCommit?.(changes);
      return views.commit(changes);
    };
    await project({ ...projectorPorts(hub), views: { ...views, commit } });
    await views.close();
  };
  const commits: ViewChanges[] = [];
  await rebuild((changes) => commits.push(changes));
  const pairOf = (row: string, ceiling: string, wanted: number | null, write: () => void): Promise<Pair> =>
    measurePair({
      name: row,
      unit: 'events',
      ceiling,
      wanted,
      turns,
      async raw() {
        for await (const batch of hub.store.readAll(0)) for (const event of batch) hub.codec.decode(event.data);
        write();
        return events.length;
      },
      async hub() {
        await rebuild();
        return events.length;
      },
    });
  const reading = await pairOf(name, 'scan of the store, each event decoded', 0.3, () => undefined);
  const must = `${name}, with what it writes`;
  const writing = await pairOf(must, 'the same, and bare inserts of the same rows', null, () => writeViews(fresh(), commits));
  await hub.close();
  return [reading, writing];
}
