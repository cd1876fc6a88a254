// Packages and requests of the past, their versions, why they were so, and who relied on a fact: as the audit API tells them.
import { canonicalJson, digestOf } from '../domain/canonical.ts';
import { HubError } from '../domain/errors.ts';
import { explanationLines } from '../domain/explanation.ts';
import { dateAt, formatInstant, parseDate, parseInstant } from '../domain/time.ts';
import { cursorAfter, keyIn, numberIn } from '../ports/paging.ts';
import type { ExplainedFact, ExplainedItem, Explanation } from '../domain/explanation.ts';
import type { ApiAnswer, ApiRequest, Operations } from '../ports/http.ts';
import type { PastOptions, PastPackage, PastRequest, Version } from '../ports/package-history.ts';
import type { Recalled, RecallPlace } from '../ports/recall.ts';
import type { AuditPorts } from './ports.ts';

const ok = (body: unknown): ApiAnswer => ({ status: 200, body });

/** How many premises one request looks at, so that an enterprise that holds thousands cannot hold the process. */
const premisesAPage = 100;

export function historyOperations(ports: Pick<AuditPorts, 'store' | 'history' | 'explainer' | 'recall' | 'now'>): Operations {
  const { history, explainer, recall } = ports;
  return {
    async getPastPackage({ params, query }) {
      const moment = await momentOf(ports, query);
      const past = await history.asOf(params['id']!, moment.position, moment.options);
      return ok(presentPast(params['id']!, 'package', past, past.package, moment.options));
    },
    async getPastTransferRequest({ params, query }) {
      const moment = await momentOf(ports, query);
      const past = await history.requestAsOf(params['id']!, moment.position, moment.options);
      return ok(presentPast(params['id']!, 'request', past, past.request, moment.options));
    },
    listPackageVersions: async (request) => ok(await versionPage(request, (id) => history.versions('package', id))),
    listTransferRequestVersions: async (request) => ok(await versionPage(request, (id) => history.versions('transfer-request', id))),
    async explainPackage({ params, query }) {
      const { position, options } = await momentOf(ports, query);
      const explained = await explainer.explain(params['id']!, position, options);
      if (!explained) throw new HubError('NOT_FOUND', `there was no such package at position ${position} 当时没有此申请包`);
      return ok(presentExplanation(explained));
    },
    async recallEvent({ query }) {
      const { event: id, after, limit } = query as { event: string; after?: string; limit: number };
      const event = await recall.event(id.toLowerCase());
      if (!event) throw new HubError('NOT_FOUND', 'there is no event of this id 没有此编号的事件');
      const items: object[] = [];
      let [looked, next]: [number, string | null] = [0, null];
      for await (const { cursor, found } of recall.recall(event, after === undefined ? undefined : keyIn(after))) {
        if (next !== null && (items.length >= limit || looked === premisesAPage)) {
          return ok({ event: eventOf(event), items, next });
        }
        items.push(...found.map(presentRecalled));
        looked++;
        next = cursorAfter(cursor);
      }
      return ok({ event: eventOf(event), items, next: null });
    },
  };
}

interface MomentQuery {
  position?: number;
  recordedAsOf?: string;
  validAt?: string;
}

/** Both time axes. Known at a moment means recorded by then, with whatever had fallen due by that day. Errors: USAGE. */
async function momentOf(
  { store, now }: Pick<AuditPorts, 'store' | 'now'>,
  query: object,
): Promise<{ position: number; options: PastOptions }> {
  const { position, recordedAsOf, validAt } = query as MomentQuery;
  if (position !== undefined && recordedAsOf !== undefined)
    throw new HubError('USAGE', 'give `position` or `recordedAsOf`, not both 二者只能选一');
  const date = validAt === undefined ? null : parseDate(validAt);
  if (validAt !== undefined && date !== validAt) throw new HubError('USAGE', '`validAt` is not a date YYYY-MM-DD 日期应写作此格式');
  const valid = validAt === undefined ? {} : { validAt };
  if (recordedAsOf !== undefined) {
    const moment = parseInstant(recordedAsOf.toUpperCase());
    if (moment === null) throw new HubError('USAGE', '`recordedAsOf` is not a moment with date and time 应为含日期的时间');
    return { position: await store.positionAt(moment + 1), options: { ...valid, date: dateAt(Math.min(moment, now())) } };
  }
  const head = await store.head();
  if (position === undefined) return { position: head, options: { ...valid, date: dateAt(now()) } };
  if (position > head) throw new HubError('USAGE', '`position` lies beyond the newest event 超出最新事件序号');
  return { position, options: valid };
}

function presentPast(
  id: string,
  member: 'package' | 'request',
  { position, date, local }: PastPackage | PastRequest,
  body: object | null,
  { validAt }: PastOptions,
): object {
  if (!body) throw new HubError('NOT_FOUND', `there was no such ${member} at position ${position} 当时没有此项`);
  const learnt = Object.entries(local?.learnt ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = canonicalJson(body);
  return {
    id,
    position,
    date,
    validAt: validAt ?? null,
    digest: digestOf(canonical),
    [member]: JSON.parse(canonical) as object,
    learnt: learnt.map(([event, { source, recordedtime, position: at }]) => ({
      event,
      source,
      recordedtime: formatInstant(recordedtime),
      position: at,
    })),
  };
}

/** Versions never change once they are there, so their ordinal is a cursor. */
async function versionPage({ params, query }: ApiRequest, versions: (id: string) => AsyncIterable<Version>): Promise<object> {
  const { after, limit } = query as { after?: string; limit: number };
  const from = numberIn(after) ?? 0;
  const items: object[] = [];
  let n = 0;
  for await (const version of versions(params['id']!)) {
    if (n++ < from) continue;
    if (items.length === limit) return { items, next: cursorAfter(String(n - 1)) };
    items.push(presentVersion(version));
  }
  if (n === 0) throw new HubError('NOT_FOUND', 'there never was one of this id 从未有过此编号');
  return { items, next: null };
}

function presentVersion({ position, recordedtime, date, change, status, was, digest, cause, body, events }: Version): object {
  return { position, recordedtime: formatInstant(recordedtime), date, change, status, was, digest, cause, body, events };
}

function presentExplanation(explained: Explanation): object {
  const text = { zh: explanationLines(explained, 'zh').join('\n'), en: explanationLines(explained, 'en').join('\n') };
  return { ...explained, text, items: explained.items.map(presentItem) };
}

function presentItem(item: ExplainedItem): object {
  const asked = item.asked.map((source) => ({
    ...source,
    lastContact: source.lastContact === null ? null : formatInstant(source.lastContact),
  }));
  return { ...item, fact: item.fact && presentFact(item.fact), earlier: item.earlier.map(presentFact), asked };
}

const presentFact = (fact: ExplainedFact): object => ({
  ...fact,
  time: formatInstant(fact.time),
  recordedtime: formatInstant(fact.recordedtime),
});

type Dated = { time: number; recordedtime: number };
const dated = (value: Dated): object => ({
  ...value,
  time: formatInstant(value.time),
  recordedtime: formatInstant(value.recordedtime),
});

const eventOf = ({
  id,
  type,
  subject,
  time,
  recordedtime,
  position,
}: Dated & Record<'id' | 'type' | 'subject', string> & { position: number }): object => ({
  id,
  type,
  subject,
  position,
  ...dated({ time, recordedtime }),
});

const presentPlace = (place: RecallPlace): object => ({ ...place, recordedtime: formatInstant(place.recordedtime) });

function presentRecalled({ kind, id, periods, accesses, steps }: Recalled): object {
  return {
    kind,
    id,
    periods: periods.map(({ from, until, ...period }) => ({ from: presentPlace(from), ...period, until: until && presentPlace(until) })),
    accesses: accesses.map(dated),
    steps: steps.map(dated),
  };
}
