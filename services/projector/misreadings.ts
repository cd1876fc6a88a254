// Reads from the views which readings of a record are to be retired: what two readings of one record say differently.
import { partsOfStream } from '../domain/events.ts';
import { retiredEvents } from '../domain/retirement.ts';
import { readLater } from '../domain/states.ts';
import { readingKey } from './readings.ts';
import { factViewNames, streamOfRow } from './fact-views.ts';
import type { Subject } from '../domain/subject.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Retirement } from '../domain/own-facts.ts';
import type { Misreading, Misreadings } from '../ports/misreadings.ts';
import type { Page, ViewReader, ViewRow } from '../ports/view-store.ts';
import type { QuarantineBody, QuarantineLocal, Reading, ReadingLocal } from '../ports/views.ts';

type Views = Pick<ViewReader, 'getAll' | 'find'>;

/** The views that are gone through, one after the other; a page goes on behind `<number of the view>.<key of its last row>`. */
const sections: readonly { view: string; tag: string }[] = [
  { view: 'reading', tag: 'several' },
  ...factViewNames.map((view) => ({ view, tag: 'misread' })),
];

export function openMisreadings(views: Views): Misreadings {
  return {
    async list({ after, limit }) {
      const [at, ...rest] = (after ?? '0.').split('.');
      const section = sections[Number(at)];
      if (!section) return { items: [], next: null };
      const page: Page = { after: rest.join('.'), limit };
      const rows = await views.find(section.tag, { view: section.view, ...page });
      const items = section.view === 'reading' ? await ofReadings(views, rows) : ofSubjects(section.view, rows);
      const last = rows.length < limit;
      const next = last ? `${Number(at) + 1}.` : `${at}.${rows.at(-1)!.key}`;
      return { items, next: last && Number(at) + 1 === sections.length ? null : next };
    },
    async recordedAs(rows) {
      const open = rows.flatMap((row) => {
        const { source, state } = JSON.parse(row.body) as QuarantineBody;
        const key = readingKey({ source, evidence: (JSON.parse(row.local) as QuarantineLocal).evidence });
        return state === 'quarantined' && key !== null ? [{ id: row.key, key }] : [];
      });
      const readings = await views.getAll(open.map(({ key }) => ({ view: 'reading', key })));
      const found = new Map<string, string>();
      for (const { stream, why, instead } of await ofReadings(views, readings))
        if (why === 'recorded-after-all' && instead !== null) found.set(partsOfStream(stream)!.subject, instead);
      return found;
    },
  };
}

/** Readings of a subject that named nobody, where another names the person. */
function ofSubjects(view: string, rows: readonly ViewRow[]): Misreading[] {
  return rows.flatMap((row) => {
    const { misread, subject } = JSON.parse(row.body) as Subject;
    const stream = streamOfRow(view, subject);
    return misread.map(({ event, instead }) => ({ event, stream, why: 'names-no-person' as const, instead }));
  });
}

async function ofReadings(views: Views, rows: readonly ViewRow[]): Promise<Misreading[]> {
  const readings = rows.map((row) => JSON.parse(row.local) as ReadingLocal);
  const counting = await countingOf(views, readings.flat());
  return readings.flatMap((each) => compare(each.filter(([event]) => counting.has(event))));
}

/** Ids of those readings that were not retired, and of refusals that wait still. */
async function countingOf(views: Views, readings: readonly Reading[]): Promise<Set<string>> {
  const streams = [...new Set(readings.map(([, stream]) => stream))];
  const decided = await views.getAll(streams.map((key) => ({ view: 'retirement', key })));
  const retired = new Set(decided.flatMap(({ body }) => [...retiredEvents(JSON.parse(body) as Ledger<Retirement>)]));
  const refused = streams.flatMap((stream) => (isRefusal(stream) ? [{ view: 'quarantine', key: partsOfStream(stream)!.subject }] : []));
  const waiting = new Set(
    (await views.getAll(refused)).filter(({ body }) => (JSON.parse(body) as QuarantineBody).state === 'quarantined').map(({ key }) => key),
  );
  const counts = ([event, stream]: Reading): boolean =>
    isRefusal(stream) ? waiting.has(partsOfStream(stream)!.subject) : !retired.has(event);
  return new Set(readings.filter(counts).map(([event]) => event));
}

const isRefusal = (stream: string): boolean => partsOfStream(stream)?.family === 'quarantine';

function compare(readings: readonly Reading[]): Misreading[] {
  const facts = readings.filter(([, stream]) => !isRefusal(stream));
  const newest = facts.reduce<Reading | null>((a, b) => (a === null || countsBefore(b, a) ? b : a), null);
  if (!newest) return [];
  const [best, bestStream, bestRecord] = newest;
  const refusals = readings
    .filter(([, stream]) => isRefusal(stream))
    .map(([event, stream]): Misreading => ({ event, stream, why: 'recorded-after-all', instead: best }));
  const elsewhere = facts.filter(([, stream, record]) => stream !== bestStream || record !== bestRecord);
  const tied = elsewhere.some((reading) => !countsBefore(newest, reading));
  const told = (tied ? facts : elsewhere).map(([event, stream]): Misreading => ({
    ...{ event, stream, why: elsewhere.some((other) => other[1] !== bestStream) ? 'another-subject' : 'another-record' },
    instead: tied ? null : best,
  }));
  return [...refusals, ...told];
}

const readUnder = ([, , , contract, reader]: Reading) => ({ contract, reader });
const countsBefore = (a: Reading, b: Reading): boolean => readLater(readUnder(a), readUnder(b));
