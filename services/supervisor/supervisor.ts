// The supervisor (督办): records each threshold that a matter crosses, once; at the start, at every new day, and as things change.
import { setTimeout as sleep } from 'node:timers/promises';
import { openOccurrence, decideOpen, settling } from '../domain/supervision.ts';
import { hubItself, ownEvent } from '../ports/own-event.ts';
import { readLedger } from '../ports/read-ledger.ts';
import { ledgersIn, supervised, supervisedIn } from './matters.ts';
import type { HubEvent } from '../domain/events.ts';
import type { Supervision } from '../domain/own-facts.ts';
import type { Measures, SupervisionStep } from '../domain/supervision.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { EventReader } from '../ports/event-store.ts';
import type { Recording } from '../ports/recording.ts';
import type { ViewReader } from '../ports/view-store.ts';
import type { FeedLine } from '../ports/views.ts';
import type { Supervised } from './matters.ts';

export interface SupervisorPorts {
  store: Pick<EventReader, 'readStream' | 'head'>;
  views: Pick<ViewReader, 'get' | 'find' | 'list' | 'feed' | 'checkpoint'>;
  codec: Pick<EventCodec, 'encode' | 'decode'>;
  recording: Recording;
  measures: Measures;
  /** Today in Beijing, `YYYY-MM-DD`. */
  today: () => string;
}

/** The last step of a matter that is open. */
export const unsettled = ['opened', 'warned', 'overdue', 'escalated', 'escalated-again'] as const;
/** How many events are recorded in one go. */
const batch = 200;
const feedPage = 500;

/** Runs until aborted. Errors: ENGINE_UNAVAILABLE; begun anew it goes on where it was. */
export async function superviseForever(ports: SupervisorPorts, signal: AbortSignal, pollMs = 1_000): Promise<void> {
  let [day, cursor] = ['', ''];
  let goal: number | null = null;
  while (!signal.aborted) {
    const today = ports.today();
    // Judged on views that have come to this day and hold what was in the store: none is called late for what was done.
    goal ??= await ports.store.head();
    const { position, date } = await ports.views.checkpoint();
    if (position >= goal && date >= today) {
      goal = null;
      if (day === today) cursor = await superviseChanged(ports, cursor, today, signal);
      else {
        await superviseAll(ports, today, signal);
        [day, cursor] = [today, cursorBehind(position)];
      }
    }
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Behind everything that the feed has of a position. */
const cursorBehind = (position: number): string => `${String(position).padStart(12, '0')}.99999999`;

/** Looks at everything that is open, and at every ledger that is not settled. */
export async function superviseAll(ports: SupervisorPorts, today: string, signal?: AbortSignal): Promise<void> {
  const recorder = recorderOf(ports);
  for await (const one of supervisedIn(ports.views, ports.measures)) {
    if (signal?.aborted) return;
    await recorder.add(one, today);
  }
  // Those of objects that nothing is open of any more, or that are gone.
  const objects = new Map<string, [Supervision['kind'], string]>();
  for await (const { steps } of ledgersIn(ports.views, unsettled)) {
    const { kind, object } = steps[0]!.fact;
    objects.set(`${kind} ${object}`, [kind, object]);
    if (objects.size >= feedPage) await look(objects);
  }
  await look(objects);
  await recorder.flush();

  async function look(found: typeof objects): Promise<void> {
    for (const [kind, object] of found.values()) await recorder.add(await supervised(ports.views, kind, object, ports.measures), today);
    found.clear();
  }
}

/** Looks at what the feed tells after a cursor; gives the cursor to go on from. */
async function superviseChanged(ports: SupervisorPorts, after: string, today: string, signal: AbortSignal): Promise<string> {
  const recorder = recorderOf(ports);
  let at = after;
  while (!signal.aborted) {
    const entries = await ports.views.feed({ after: at, limit: feedPage });
    const changed = new Map<string, FeedLine>();
    for (const { body } of entries) {
      const line = JSON.parse(body) as FeedLine;
      changed.set(`${line.kind} ${line.id}`, line);
    }
    for (const { kind, id } of changed.values())
      await recorder.add(await supervised(ports.views, kind === 'package' ? 'commitment' : kind, id, ports.measures), today);
    at = entries.at(-1)?.cursor ?? at;
    if (entries.length < feedPage) break;
  }
  await recorder.flush();
  return at;
}

function recorderOf({ codec, store, recording, measures }: SupervisorPorts) {
  let waiting: HubEvent[] = [];

  async function flush(): Promise<void> {
    if (waiting.length === 0) return;
    await recording.record(waiting);
    waiting = [];
  }

  async function steps(one: Supervised, today: string): Promise<SupervisionStep[]> {
    const wanted: SupervisionStep[] = [];
    for (const matter of one.open) {
      if (decideOpen(matter, one.ledgers.get(matter.id), today, measures).length === 0) continue;
      // What was recorded just now is in the store and may not be in the views yet.
      wanted.push(...decideOpen(matter, await readLedger<Supervision>({ codec, store }, 'supervision', matter.id), today, measures));
    }
    for (const [id, ledger] of one.ledgers) {
      if (one.open.some((matter) => matter.id === id) || !openOccurrence(ledger)) continue;
      const open = openOccurrence(await readLedger<Supervision>({ codec, store }, 'supervision', id));
      if (open) wanted.push(settling(open, one.takenOn(open, today)));
    }
    return wanted;
  }

  return {
    flush,
    async add(one: Supervised, today: string): Promise<void> {
      for (const { fact, time, sequence } of await steps(one, today)) {
        waiting.push(ownEvent(codec, { family: 'supervision', contract: hubItself, subject: fact.record, time, sequence, fact }));
      }
      if (waiting.length >= batch) await flush();
    },
  };
}
