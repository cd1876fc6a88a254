// What works on the disk until its power is cut: run by run.ts under shim.c. Tells what it was promised, line by line.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize } from 'node:v8';
import Database from 'better-sqlite3';
import { createAdapter } from '../../../services/adapters/adapter.ts';
import { openSqliteEventStore } from '../../../services/drivers/sqlite/event-store.ts';
import { openSqliteViewStore } from '../../../services/drivers/sqlite/view-store.ts';
import { project } from '../../../services/projector/projector.ts';
import { createSimulation } from '../../../services/simulator/simulation.ts';
import { smallEvents } from '../../support/events.ts';
import { openPipeline } from '../../support/pipeline.ts';
import { codec, contractOf, rules } from '../../support/project.ts';
import type { HubEvent } from '../../../services/domain/events.ts';

/** What the child is told to do. */
export interface Work {
  task: 'append' | 'publish' | 'fold' | 'adapt' | 'struggle' | 'write';
  /** The folder on the disk. */
  folder: string;
  /** Where it says what it was promised: outside that folder. */
  acks: string;
  /** The first number of an event, or of a page or batch. */
  from: number;
  batches: number;
  /** Events or records a batch. */
  size: number;
  /** The file that is opened with NORMAL where the code asks for FULL. */
  weakened?: string;
  checkpointPages: number;
  /** Serialised events, for `fold`. */
  history?: string;
}

const { task, folder, acks, from, batches, size, weakened, checkpointPages, history } = JSON.parse(process.argv[2]!) as Work;
const now = (): number => Date.parse('2027-03-01');

// Checkpoints far more often than in production, so that a short run has many; and, to prove that the test would see it,
// FULL turned into NORMAL behind the back of the code, which is told that it has FULL.
const pragma: (text: string, options?: Database.PragmaOptions) => unknown = Database.prototype.pragma;
Database.prototype.pragma = function (text: string, options?: Database.PragmaOptions) {
  if (text.startsWith('wal_autocheckpoint')) return pragma.call(this, `wal_autocheckpoint = ${checkpointPages}`);
  const weak = weakened !== undefined && this.name.endsWith(weakened);
  if (weak && text === 'synchronous = FULL') return pragma.call(this, 'synchronous = NORMAL');
  if (weak && text === 'synchronous') return 2;
  return pragma.call(this, text, options);
};

const told = openSync(acks, 'a');
const tell = (what: object): void => {
  writeSync(told, `${JSON.stringify(what)}\n`);
  fsyncSync(told);
};

async function append(): Promise<void> {
  const store = openSqliteEventStore(join(folder, 'store.sqlite'), { now });
  for (let i = 0; i < batches; i++) {
    const first = from + i * size;
    await store.append(smallEvents(size, first));
    tell({ first });
  }
  await store.close();
}

/** Publishes, and records what there is after every third batch. */
async function publish(): Promise<void> {
  const pipeline = openPipeline(folder, now);
  for (let i = 0; i < batches; i++) {
    const first = from + i * size;
    await pipeline.log.publish(smallEvents(size, first));
    tell({ first });
    if (i % 3 === 2) await pipeline.recording(async () => undefined);
  }
  await pipeline.close();
}

async function fold(): Promise<void> {
  const store = openSqliteEventStore(join(folder, 'store.sqlite'), { now });
  const views = openSqliteViewStore(join(folder, 'views.sqlite'));
  const events = deserialize(readFileSync(history!)) as HubEvent[];
  for (let i = 0; i < batches; i++) {
    await store.append(events.slice((from + i) * size, (from + i + 1) * size));
    await project({ store, views, codec, rules, today: () => '2027-03-01' }, { batch: size });
    tell({ events: Math.min(events.length, (from + i + 1) * size), checkpoint: (await views.checkpoint()).position });
  }
  await views.close();
  await store.close();
}

async function adapt(): Promise<void> {
  const pipeline = openPipeline(folder, now);
  const records = [...createSimulation({ seed: 'keys', subjects: 400 }).records('property-right')];
  const adapter = createAdapter(contractOf('property-right'), 'platform', 'polled', pipeline);
  for (let i = 0; i < batches; i++) {
    const page = records.slice((from + i) * size, (from + i + 1) * size);
    const place = await adapter.take(
      page.map((fields, n) => ({ position: `${i}+${n}`, fields: fields as unknown as Record<string, unknown> })),
      String(i),
    );
    tell({ place });
  }
  await pipeline.close();
}

/** Appends to a disk that fails: goes on after every refusal, then opens the store again and appends once more. */
async function struggle(): Promise<void> {
  // The kernel lives on: what is told needs no fsync, and those of the store can be counted.
  const say = (what: object): void => void writeSync(told, `${JSON.stringify(what)}\n`);
  let store = openSqliteEventStore(join(folder, 'store.sqlite'), { now });
  say({ opened: true });
  const attempt = async (first: number): Promise<void> => {
    try {
      await store.append(smallEvents(size, first));
      say({ first });
    } catch (error) {
      say({ refused: (error as { code?: string }).code, head: await store.head() });
    }
  };
  for (let i = 0; i < batches; i++) await attempt(from + i * size);
  await store.close();
  store = openSqliteEventStore(join(folder, 'store.sqlite'), { now });
  say({ reopened: true });
  await attempt(from + batches * size);
  await store.close();
}

/** Files synced and not, in a folder synced and not. */
function write(): void {
  const path = (name: string): string => join(folder, name);
  const put = (name: string, text: string, sync: boolean): void => {
    const file = openSync(path(name), 'w');
    writeSync(file, text);
    if (sync) fsyncSync(file);
    closeSync(file);
  };
  put('synced', 'a'.repeat(2000), true);
  put('not-synced', 'b'.repeat(2000), false);
  put('renamed.tmp', 'c', true);
  const directory = openSync(folder, 'r');
  fsyncSync(directory);
  closeSync(directory);
  renameSync(path('renamed.tmp'), path('renamed'));
  put('entry-not-synced', 'd', true);
  const again = openSync(path('synced'), 'r+');
  writeSync(again, 'overwritten');
  closeSync(again);
  tell({ done: true });
}

const tasks: Record<Work['task'], () => void | Promise<void>> = { append, publish, fold, adapt, struggle, write };
await tasks[task]();
