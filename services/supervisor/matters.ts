// Finds matters in the views: what is waited for in transfer requests and packages, with what was recorded of each.
import { utilities } from '../domain/own-facts.ts';
import { commitmentMatters, continued, transferMatters, transferStepTaken } from '../domain/supervision.ts';
import { dateAt } from '../domain/time.ts';
import type { Ledger, Step } from '../domain/ledger.ts';
import type { Supervision, TransferStep } from '../domain/own-facts.ts';
import type { Target } from '../domain/packages/contract.ts';
import type { Package } from '../domain/packages/judge.ts';
import type { Matter, Measures, Occurrence } from '../domain/supervision.ts';
import type { TransferRequest } from '../domain/transfers/request.ts';
import type { ViewReader, ViewRow } from '../ports/view-store.ts';
import type { JudgedLocal } from '../ports/views.ts';

export type MatterViews = Pick<ViewReader, 'get' | 'find' | 'list'>;

/** One transfer request or package: what is open of it, and every ledger of it. */
export interface Supervised {
  kind: Matter['kind'];
  object: string;
  open: Matter[];
  ledgers: Map<string, Ledger<Supervision>>;
  /** The day on which the step of an occurrence that is open no more was taken, not after `today`; `today` where nothing says. */
  takenOn: (occurrence: Occurrence, today: string) => string;
}

/** Tags of all that may have an open matter; what carries several is told with the first. */
const queues: { view: string; kind: Matter['kind']; tag: string }[] = [
  ...['status:review', 'status:blocked', 'status:ready', ...utilities.map((utility) => `next:${utility}`)].map(
    (tag) => ({ view: 'transfer-request', kind: 'transfer-request', tag }) as const,
  ),
  ...['on-promise', 'overdue', 'incomplete'].map((state) => ({ view: 'package', kind: 'commitment', tag: `acceptance:${state}` }) as const),
];
const pageSize = 500;

/** Everything that has an open matter, a page of rows at a time, behind a place that this gave. */
export async function* supervisedIn(views: MatterViews, measures: Measures, after = ''): AsyncIterable<Supervised & { place: string }> {
  const [, first = '0', key = ''] = /^(\d+) (.*)$/su.exec(after) ?? [];
  for (let i = Number(first); i < queues.length; i++) {
    const { view, kind, tag } = queues[i]!;
    const earlier = queues.slice(0, i).filter((queue) => queue.view === view);
    for await (const row of rowsOf(views, view, tag, i === Number(first) ? key : '')) {
      if (earlier.some((queue) => row.tags.includes(queue.tag))) continue;
      // A package nobody promised anything of has no matter.
      if (view === 'package' && !row.body.includes('"promises":[{')) continue;
      const one = await openOf(views, kind, row.key, row, await ledgersOf(views, kind, row.key), measures);
      yield { ...one, place: `${i} ${row.key}` };
    }
  }
}

/** One object as the views have it now, also where it is gone and only ledgers are left. */
export async function supervised(views: MatterViews, kind: Matter['kind'], object: string, measures: Measures): Promise<Supervised> {
  // Ledgers first: an older ledger beside a newer row repeats an event at worst, the other way round makes one up.
  const ledgers = await ledgersOf(views, kind, object);
  const row = await views.get(kind === 'commitment' ? 'package' : 'transfer-request', object);
  return openOf(views, kind, object, row, ledgers, measures);
}

async function openOf(
  views: MatterViews,
  kind: Matter['kind'],
  object: string,
  row: ViewRow | undefined,
  ledgers: Supervised['ledgers'],
  measures: Measures,
): Promise<Supervised> {
  const { matters, taken } =
    row === undefined ? gone : kind === 'commitment' ? promised(row, measures) : await requested(views, row, measures);
  return {
    ...{ kind, object, ledgers },
    open: matters.map((matter) => continued(matter, ledgers.get(matter.id), measures)),
    takenOn(occurrence, today) {
      const date = taken(occurrence) ?? today;
      return date > today ? today : date;
    },
  };
}

interface Found {
  matters: Matter[];
  taken: (occurrence: Occurrence) => string | null;
}
const gone: Found = { matters: [], taken: () => null };

function promised(row: ViewRow, measures: Measures): Found {
  const { target, learnt } = JSON.parse(row.local) as JudgedLocal;
  const pack = JSON.parse(row.body) as Package;
  return {
    matters: commitmentMatters(pack, target.slice(0, target.indexOf(':')) as Target, measures),
    // The evidence counts from when it was learnt: it may have been true at its source for years.
    taken({ step }) {
      const event = pack.items.find(({ id }) => `evidence.${id}` === step)?.event;
      const known = event ? learnt[event] : undefined;
      return known ? dateAt(known.recordedtime) : null;
    },
  };
}

async function requested(views: MatterViews, row: ViewRow, measures: Measures): Promise<Found> {
  const life = await views.get('transfer-life', row.key);
  const steps: Step<TransferStep>[] = life ? (JSON.parse(life.body) as Ledger<TransferStep>).steps : [];
  const request = JSON.parse(row.body) as TransferRequest;
  return { matters: transferMatters(request, steps, measures), taken: (occurrence) => transferStepTaken(occurrence, request, steps) };
}

async function ledgersOf(views: MatterViews, kind: Matter['kind'], object: string): Promise<Supervised['ledgers']> {
  const rows = await views.find(`object:${kind}:${object}`, { view: 'supervision' });
  return new Map(rows.map(({ key, body }) => [key, JSON.parse(body) as Ledger<Supervision>]));
}

/** Ledgers whose last step is one of these; all of them when none is named. */
export async function* ledgersIn(views: MatterViews, last: readonly Supervision['change'][] = []): AsyncIterable<Ledger<Supervision>> {
  const tags = last.length === 0 ? [null] : last.map((change) => `last:${change}`);
  for (const tag of tags) for await (const { body } of rowsOf(views, 'supervision', tag)) yield JSON.parse(body) as Ledger<Supervision>;
}

async function* rowsOf(views: MatterViews, view: string, tag: string | null, from = ''): AsyncIterable<ViewRow> {
  for (let after = from; ;) {
    const page = { after, limit: pageSize };
    const rows = tag === null ? await views.list(view, page) : await views.find(tag, { view, ...page });
    yield* rows;
    if (rows.length < pageSize) return;
    after = rows.at(-1)!.key;
  }
}
