// How long one question about the past takes, and how many a second there are when all is asked: as-of, explain, recall.
import { historiesOf } from '../../services/hub/history.ts';
import { whatIf } from '../../services/projector/what-if.ts';
import type { RecordedEvent } from '../../services/domain/events.ts';
import type { Hub } from '../../services/hub/open-hub.ts';

const asked = 50;
/** How much of a full run is timed, so that a million events do not take a day. */
const fullRun = 2_000;

/** Asks of fifty subjects spread over the whole store, then of everything in a row; prints milliseconds and rates. */
export async function benchHistory(hub: Hub): Promise<void> {
  const { history, explainer, recall } = historiesOf(hub);
  const head = await hub.store.head();
  const events = await eventsSpread(hub, head, asked);
  const packages = new Set<string>();
  const figures: Record<string, object> = {};

  const recallOf = async (event: RecordedEvent): Promise<void> => {
    for await (const { found } of recall.recall(event)) for (const { kind, id } of found) if (kind === 'package') packages.add(id);
  };
  figures['recall, one event'] = await latencies(events, recallOf);
  const ids = [...packages].slice(0, asked);
  const half = Math.floor(head / 2);
  figures['package as of half way'] = await latencies(ids, (id) => history.asOf(id, half));
  figures['package valid at a date'] = await latencies(ids, (id) => history.asOf(id, head, { validAt: '2025-06-30' }));
  figures['explain, one package'] = await latencies(ids, (id) => explainer.explain(id, head));
  figures['every version of a package'] = await latencies(ids, async (id) => {
    for await (const _ of history.versions('package', id));
  });
  figures['what-if, one package'] = await latencies(ids, (id) => flipsUnderOwn(hub, { package: id }));
  console.log(`the past, over ${head} events`);
  console.table(figures);

  const all = (await hub.views.list('package', { limit: fullRun })).map(({ key }) => key);
  console.table({
    'explain, all packages': await rate(all, (id) => explainer.explain(id, head)),
    'versions, all packages': await rate(all, async (id) => {
      for await (const _ of history.versions('package', id));
    }),
    'recall, all events': await rate(await eventsSpread(hub, head, fullRun), recallOf),
  });
  const started = performance.now();
  await flipsUnderOwn(hub);
  console.log(`what-if over everything: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Judges under the hub's own rules and the same again: what is asked changes nothing, and costs the same. */
async function flipsUnderOwn(hub: Hub, only?: { package: string }): Promise<void> {
  const { views, contracts } = hub;
  for await (const _ of whatIf({ views, present: contracts, changed: contracts, date: hub.today(), ...(only ? { only } : {}) }));
}

async function eventsSpread({ store }: Hub, head: number, count: number): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let i = 0; i < count && i < head; i++) {
    const after = count >= head ? i : Math.floor((i * head) / count);
    events.push(...(await store.query({ after, limit: 1 })).events);
  }
  return events;
}

async function latencies<T>(subjects: readonly T[], ask: (subject: T) => Promise<unknown>): Promise<object> {
  const times: number[] = [];
  for (const subject of subjects) {
    const started = performance.now();
    await ask(subject);
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const at = (part: number): string => `${(times[Math.min(times.length - 1, Math.floor(part * times.length))] ?? 0).toFixed(1)} ms`;
  return { asked: times.length, p50: at(0.5), p99: at(0.99), most: at(1) };
}

async function rate<T>(subjects: readonly T[], ask: (subject: T) => Promise<unknown>): Promise<object> {
  const started = performance.now();
  for (const subject of subjects) await ask(subject);
  return { asked: subjects.length, 'a second': Math.round((subjects.length * 1000) / (performance.now() - started)) };
}
