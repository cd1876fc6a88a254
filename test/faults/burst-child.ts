// A hub whose projector stands still while fifty times the usual arrives: run by burst.test.ts with little memory.
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { record } from '../../services/recorder/recorder.ts';
import { project } from '../../services/projector/projector.ts';
import { smallEvent } from '../support/events.ts';
import { openPipeline } from '../support/pipeline.ts';
import { codec, rules } from '../support/project.ts';
import type { HubEvent } from '../../services/domain/events.ts';

/** Megabytes resident, and how far each stage was behind. */
export interface BurstReport {
  before: number;
  most: number;
  /** Bytes of events that came in the burst, in megabytes. */
  burst: number;
  mostLag: number;
  head: number;
  checkpoint: number;
}

const usual = 400;
const page = 100;
const text = 'x'.repeat(12_000);

const folder = process.argv[2]!;
const pipeline = openPipeline(folder, () => Date.parse('2027-03-01'));
const views = openSqliteViewStore(join(folder, 'views.sqlite'));
const stop = new AbortController();
let bytes = 0;
let standing = false;
const resident = (): number => process.memoryUsage.rss() / 2 ** 20;

const slow: typeof views = {
  ...views,
  async commit(changes) {
    while (standing) await wait(20);
    await views.commit(changes);
  },
};
const recording = record(pipeline, stop.signal);
const projecting = project(
  { store: pipeline.store, views: slow, codec, rules, today: () => '2027-03-01' },
  { batch: 200, live: stop.signal },
);

/** One page as a source would hand it over. */
function pageOf(from: number): HubEvent[] {
  return Array.from({ length: page }, (_, i) => {
    const subject = `p-${(from + i) % 5}`;
    const data = codec.encode('erasure', { change: 'erased', record: subject, person: subject, basis: `${from + i} ${text}` });
    bytes += data.byteLength;
    return smallEvent(from + i, { subject, data });
  });
}
async function publish(from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += page) await pipeline.log.publish(pageOf(at));
  await pipeline.log.recorded(await pipeline.log.publish([]), AbortSignal.timeout(60_000));
}
async function caughtUp(): Promise<void> {
  while ((await views.checkpoint()).position < (await pipeline.store.head())) await wait(20);
}

await publish(0, usual);
await caughtUp();
const before = resident();
let most = before;
const sampling = setInterval(() => (most = Math.max(most, resident())), 20);
bytes = 0;
standing = true;
await publish(usual, 51 * usual);
const mostLag = (await pipeline.store.head()) - (await views.checkpoint()).position;
standing = false;
await caughtUp();
clearInterval(sampling);
stop.abort();
await Promise.all([recording, projecting]);
const report: BurstReport = {
  before,
  most,
  burst: bytes / 2 ** 20,
  mostLag,
  head: await pipeline.store.head(),
  checkpoint: (await views.checkpoint()).position,
};
await views.close();
await pipeline.close();
console.log(JSON.stringify(report));
