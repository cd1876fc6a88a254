// Audit: what `contracts/http/audit.yaml` promises, answered from the event store, the views, and packages folded anew.
import { HubError } from '../domain/errors.ts';
import { parseInstant } from '../domain/time.ts';
import { misreadingTexts } from '../ports/misreadings.ts';
import { cursorAfter, keyIn, numberIn, pageOfRows } from '../ports/paging.ts';
import { cloudEvent } from './cloud-event.ts';
import { historyOperations } from './history.ts';
import { elsewhere, presentParked, presentQuarantined, refusal, refusedAgain } from './refused.ts';
import { presentSources } from './sources.ts';
import { statusReader } from './status.ts';
import { supervisionOperations } from './supervision.ts';
import type { Family, RecordedEvent } from '../domain/events.ts';
import type { EventQuery } from '../ports/event-store.ts';
import type { ApiAnswer, Operations } from '../ports/http.ts';
import type { AuditPorts } from './ports.ts';

const ok = (body: unknown): ApiAnswer => ({ status: 200, body });

/** The handlers of the audit API by operationId. No answer holds personal plaintext: nothing here can open a box. */
export function auditOperations(ports: AuditPorts): Operations {
  const { store, views, codec, sources, now } = ports;
  const present = (event: RecordedEvent): object => cloudEvent(event, codec);
  const readStatus = statusReader(ports);

  return {
    async readStream({ params, query }) {
      const { after, limit } = query as Query;
      const stream = `${params['family']}-${params['subject']}`;
      const from = (numberIn(after) ?? -1) + 1;
      const events = await upTo(limit + 1, store.readStream(stream, { from }));
      if (events.length === 0 && from === 0) throw new HubError('NOT_FOUND', 'there is no such stream 没有此事件流');
      return ok(eventPage(events, limit, (event) => event.revision, present));
    },
    async listEvents({ query }) {
      const asked = eventQuery(query as Query);
      const { events, next } = await store.query(asked);
      return ok({ items: events.map(present), next: next === undefined ? null : cursorAfter(String(next)) });
    },
    async getEvent({ params }) {
      const event = await store.get(params['id']!.toLowerCase());
      if (!event) throw new HubError('NOT_FOUND', 'there is no event of this id 没有此编号的事件');
      return ok(present(event));
    },
    async getEnterprise({ params }) {
      const enterprise = await ports.enterprises.read(params['uscc']!);
      if (!enterprise) throw new HubError('NOT_FOUND', 'no licence of this code is known 没有此统一社会信用代码的营业执照');
      return ok(enterprise);
    },
    ...historyOperations(ports),
    ...supervisionOperations(ports.supervision),
    async listQuarantine({ query }) {
      const { source, state, after, limit } = query as Query;
      const tags = [...(source === undefined ? [] : [`source:${source}`]), ...(state === undefined ? [] : [`state:${state}`])];
      const [tag, ...rest] = tags;
      const view = 'quarantine';
      const found = await pageOfRows((page) => (tag === undefined ? views.list(view, page) : views.find(tag, { view, ...page })), rest, {
        after,
        limit,
      });
      const recorded = await ports.misreadings.recordedAs(found.items);
      return ok({ items: found.items.map((row) => presentQuarantined(row, recorded)), next: found.next });
    },
    async getQuarantined({ params }) {
      const row = await views.get('quarantine', params['id']!);
      if (!row) throw new HubError('NOT_FOUND', 'there is no refused record of this id 隔离区没有此编号的记录');
      return ok(presentQuarantined(row, await ports.misreadings.recordedAs([row])));
    },
    async redriveQuarantined({ params, body }) {
      const { corrections } = body as { corrections: Record<string, string> };
      if (!ports.redrive) return refusal(503, elsewhere);
      const result = await ports.redrive(params['id']!, corrections);
      return 'event' in result ? ok(result) : refusal(422, { ...refusedAgain, reason: result.reason, field: result.field });
    },
    async listMisreadings({ query }) {
      const { after, limit } = query as Query;
      const { items, next } = await ports.misreadings.list({ limit, ...(after !== undefined && { after: keyIn(after) }) });
      return ok({
        items: items.map((item) => ({ ...item, text: misreadingTexts[item.why] })),
        next: next === null ? null : cursorAfter(next),
      });
    },
    async listParked({ query }) {
      const { after, limit } = query as Query;
      const found = await pageOfRows((page) => views.list('parked', page), [], { after, limit });
      return ok({ items: found.items.map(presentParked), next: found.next });
    },
    listSources: async () => ok({ items: presentSources(sources, await views.list('source', { limit: 10_000 }), now()), next: null }),
    getStatus: async () => ok(await readStatus()),
  };
}

interface Query {
  subject?: string;
  family?: Family;
  type?: string;
  timeFrom?: string;
  timeTo?: string;
  source?: string;
  state?: string;
  after?: string;
  limit: number;
}

function eventQuery({ subject, family, type, timeFrom, timeTo, after, limit }: Query): EventQuery {
  return {
    after: numberIn(after) ?? 0,
    limit,
    ...(subject !== undefined && { subject }),
    ...(family !== undefined && { family }),
    // As answered (`hub.<family>.<change>.v1`) or as stored.
    ...(type !== undefined && { type: type.replace(/^hub\./, '').replace(/\.v\d+$/, '') }),
    ...(timeFrom !== undefined && { timeFrom: instantIn(timeFrom, 'timeFrom') }),
    ...(timeTo !== undefined && { timeTo: instantIn(timeTo, 'timeTo') }),
  };
}

function instantIn(text: string, name: string): number {
  const instant = parseInstant(text.toUpperCase());
  if (instant === null) throw new HubError('USAGE', `\`${name}\` is not a moment with date and time 应为含日期的时间`);
  return instant;
}

async function upTo(limit: number, events: AsyncIterable<RecordedEvent>): Promise<RecordedEvent[]> {
  const list: RecordedEvent[] = [];
  for await (const event of events) if (list.push(event) === limit) break;
  return list;
}

/** A page out of one event more than its limit, if there are so many. */
function eventPage(
  events: readonly RecordedEvent[],
  limit: number,
  place: (event: RecordedEvent) => number,
  present: (event: RecordedEvent) => object,
): object {
  const items = events.slice(0, limit);
  return { items: items.map(present), next: events.length > limit ? cursorAfter(String(place(items.at(-1)!))) : null };
}
