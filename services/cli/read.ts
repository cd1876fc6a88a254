// `hub packages`, `hub transfers`, `hub events`: lists of what the hub knows.
import { HubError } from '../domain/errors.ts';
import { families, streamOf } from '../domain/events.ts';
import { typeThatJudged } from '../domain/packages/in-force.ts';
import { statusTitles } from '../domain/packages/judge.ts';
import { formatInstant, parseInstant } from '../domain/time.ts';
import { remarkTexts, requestStatusTitles } from '../domain/transfers/request.ts';
import type { Family, RecordedEvent } from '../domain/events.ts';
import type { Package } from '../domain/packages/judge.ts';
import type { Bilingual } from '../domain/source-contract.ts';
import type { TransferRequest } from '../domain/transfers/request.ts';
import type { Hub } from '../hub/open-hub.ts';
import type { JudgedLocal } from '../ports/views.ts';
import type { ViewRow } from '../ports/view-store.ts';
import type { Output } from './output.ts';

export interface ListOptions {
  subject?: string;
  premises?: string;
  type?: string;
  status?: string;
  after?: string;
  limit: number;
}

export type Judged<Body> = Body & { digest: string };

export async function listPackages(hub: Hub, options: ListOptions, output: Output): Promise<void> {
  const titles = new Map(hub.contracts.packages.map((type) => [type.id, type.title]));
  const itemTitle = (pack: Package, id: string): string =>
    typeThatJudged(hub.contracts.packages, pack)?.items.find((item) => item.id === id)?.title.zh ?? id;
  const wanted = {
    ...options,
    ...named('status', options.status, statusTitles),
    ...named('type', options.type, Object.fromEntries(titles)),
  };
  const found = await listJudged<Package>(hub, 'package', wanted);
  output.page(found, options.limit, (pack) => pack.id, {
    id: (pack) => pack.id,
    类型: (pack) => titles.get(pack.type)?.zh ?? pack.type,
    状态: (pack) => statusTitles[pack.status].zh,
    材料: (pack) => pack.items.map((item) => `${itemTitle(pack, item.id)}:${statusTitles[item.status].zh}`).join(' '),
  });
}

export async function listTransfers(hub: Hub, options: ListOptions, output: Output): Promise<void> {
  const wanted = { ...options, ...named('status', options.status, requestStatusTitles) };
  const found = await listJudged<TransferRequest>(hub, 'transfer-request', wanted);
  output.page(found, options.limit, (request) => request.id, {
    受理编号: (request) => request.id,
    状态: (request) => requestStatusTitles[request.status].zh,
    户号: (request) => request.meter?.consumerNo ?? '',
    受阻: (request) => request.blocks.map((block) => remarkTexts[block.code].zh).join('、'),
    提示: (request) => request.notices.map((notice) => remarkTexts[notice.code].zh).join('、'),
  });
}

/** An option by its name or its Chinese title. Errors: USAGE listing what there is. */
function named<Name extends 'status' | 'type'>(
  name: Name,
  text: string | undefined,
  titles: Record<string, Bilingual>,
): Partial<Record<Name, string>> {
  if (text === undefined) return {};
  const found = Object.keys(titles).find((key) => key === text || titles[key]!.zh === text);
  if (found === undefined) {
    const known = Object.entries(titles).map(([key, { zh }]) => `${key} ${zh}`);
    throw new HubError('USAGE', `there is no ${name} "${text}" 没有此项; there are 可用 ${known.join(', ')}`);
  }
  return { [name]: found } as Partial<Record<Name, string>>;
}

/** Rows that fit every option, a page at a time until the limit is reached. */
async function listJudged<Body extends { status: string }>(
  hub: Hub,
  view: 'package' | 'transfer-request',
  options: ListOptions,
): Promise<Judged<Body>[]> {
  const wanted = (['subject', 'premises', 'type', 'status'] as const).flatMap((name) =>
    options[name] === undefined ? [] : [`${name}:${options[name]}`],
  );
  const found: Judged<Body>[] = [];
  let after = options.after ?? '';
  while (found.length <= options.limit) {
    const rows =
      wanted.length > 0 ? await hub.views.find(wanted[0]!, { view, after, limit: 500 }) : await hub.views.list(view, { after, limit: 500 });
    if (rows.length === 0) break;
    found.push(...rows.filter((row) => wanted.every((tag) => row.tags.includes(tag))).map((row) => judgedOf<Body>(row)));
    after = rows.at(-1)!.key;
  }
  return found.slice(0, options.limit + 1);
}

/** A row's body with its digest. */
export function judgedOf<Body>(row: Pick<ViewRow, 'body' | 'local'>): Judged<Body> {
  return { ...(JSON.parse(row.body) as Body), digest: (JSON.parse(row.local) as JudgedLocal).digest };
}

export interface EventOptions {
  subject?: string;
  family?: string;
  type?: string;
  from?: string;
  to?: string;
  after?: number;
  limit: number;
}

/** Events in the order of the store. Sealed data stays sealed. */
export async function listEvents(hub: Hub, options: EventOptions, output: Output): Promise<void> {
  const { subject, type, family, limit } = options;
  if (family !== undefined && !families.includes(family as Family))
    throw new HubError('USAGE', `there is no family "${family}" 没有此事件族; there are 可用 ${families.join(', ')}`);
  const timeFrom = options.from === undefined ? undefined : instant(options.from);
  const timeTo = options.to === undefined ? undefined : instant(options.to);
  const page = await hub.store.query({
    limit: limit + 1,
    after: options.after ?? 0,
    ...(subject === undefined ? {} : { subject }),
    ...(type === undefined ? {} : { type }),
    ...(family === undefined ? {} : { family: family as Family }),
    ...(timeFrom === undefined ? {} : { timeFrom }),
    ...(timeTo === undefined ? {} : { timeTo }),
  });
  output.page(
    page.events.map((event) => readable(hub, event)),
    limit,
    (event) => String(event.position),
    {
      序号: (event) => String(event.position),
      发生时间: (event) => event.time,
      类型: (event) => event.type,
      主体: (event) => event.subject,
      id: (event) => event.id,
    },
  );
}

function instant(text: string): number {
  const value = parseInstant(text);
  if (value === null)
    throw new HubError('USAGE', `"${text}" is no date or time; write 2026-01-31 or 2026-01-31T08:00:00+08:00 日期或时间格式有误`);
  return value;
}

function readable(hub: Hub, event: RecordedEvent) {
  const { data, time, recordedtime, ...rest } = event;
  return {
    ...rest,
    stream: streamOf(event),
    time: formatInstant(time),
    recordedtime: formatInstant(recordedtime),
    ...decoded(hub, data),
  };
}

/** What cannot be decoded is listed all the same: its stream is parked, and `hub parked show` says why. */
function decoded({ codec }: Hub, data: Uint8Array): { dataschema: string | null; data: object | null } {
  try {
    return { dataschema: codec.schemaOf(data), data: JSON.parse(JSON.stringify(codec.decode(data), hideBoxes)) as object };
  } catch {
    return { dataschema: null, data: null };
  }
}

/** Sealed data is shown as sealed: its bytes say nothing to a reader. */
function hideBoxes(key: string, value: unknown): unknown {
  return (key === 'sealed' || key === 'content') && value !== null ? 'sealed' : value;
}
