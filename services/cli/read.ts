// `hub packages`, `hub transfers`, `hub events`: reading what the hub knows.
import { HubError } from '../domain/errors.ts';
import { families, streamOf } from '../domain/events.ts';
import { builtInRules, statusTitles } from '../domain/packages/judge.ts';
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

type Judged<Body> = Body & { digest: string };

export async function listPackages(hub: Hub, options: ListOptions, output: Output): Promise<void> {
  const titles = new Map(hub.contracts.packages.map((type) => [type.id, type.title]));
  const itemTitle = (pack: Package, id: string): string =>
    hub.contracts.packages.find((type) => type.id === pack.type)?.items.find((item) => item.id === id)?.title.zh ?? id;
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

export async function showPackage(hub: Hub, id: string, output: Output): Promise<void> {
  const row = await hub.views.get('package', id);
  if (!row) throw new HubError('NOT_FOUND', 'there is no package of that id');
  const { learnt } = JSON.parse(row.local) as JudgedLocal;
  const pack = judgedOf<Package>(row);
  const type = hub.contracts.packages.find((candidate) => candidate.id === pack.type);
  const texts = new Map(hub.contracts.rules.map((rule) => [rule.id, rule.text]));
  const items = pack.items.map(({ validFrom, ...item }) => ({
    ...item,
    title: type?.items.find((other) => other.id === item.id)?.title ?? null,
    trueFrom: validFrom === null ? null : formatInstant(validFrom),
    learntAt: item.event === null ? null : formatInstant(learnt[item.event]!.recordedtime),
    ruleText: texts.get(item.rule.id) ?? builtInRules[item.rule.id] ?? null,
  }));
  output.value({ ...pack, title: type?.title ?? null, items }, ({ title }) =>
    [
      `${title?.zh ?? pack.type} ${title?.en ?? ''}`,
      `${pack.id}  ${statusTitles[pack.status].zh} ${pack.status}  ${pack.digest}`,
      ...items.flatMap((item) => [
        `  ${statusTitles[item.status].zh}  ${item.title?.zh ?? item.id}  ${item.value ?? ''}${item.validUntil === null ? '' : `  有效期至 ${item.validUntil}`}`,
        `      依据 ${item.ruleText?.zh ?? ''} (${item.rule.id}@${item.rule.version})`,
        ...(item.event === null ? [] : [`      事件 ${item.event}  发生 ${item.trueFrom}  获知 ${item.learntAt}`]),
      ]),
    ].join('\n'),
  );
}

export async function showTransfer(hub: Hub, id: string, output: Output): Promise<void> {
  const row = await hub.views.get('transfer-request', id);
  if (!row) throw new HubError('NOT_FOUND', 'there is no transfer request of that case number');
  output.value(judgedOf<TransferRequest>(row), (request) =>
    [
      `联合过户申请 ${request.id}  ${requestStatusTitles[request.status].zh} ${request.status}  ${request.digest}`,
      `  不动产单元 ${request.property.unitCode ?? '未知'}  登簿 ${request.property.registeredOn ?? '未知'}`,
      `  原权利人 ${request.sellers.map(({ id: party, name }) => name ?? party).join('、')}  新权利人 ${request.buyers.map(({ id: party, name }) => name ?? party).join('、')}`,
      request.meter === null
        ? '  未确定用电户'
        : `  户号 ${request.meter.consumerNo}  匹配 ${request.meter.how} ${request.meter.score}  欠费 ${request.meter.arrears ?? '未知'}`,
      ...request.candidates.map((candidate) => `  候选 ${candidate.consumerNo}  得分 ${candidate.score}`),
      ...request.blocks.map((block) => `  受阻 ${remarkTexts[block.code].zh}  ${block.event ?? ''}`),
      ...request.notices.map((notice) => `  提示 ${remarkTexts[notice.code].zh}  ${notice.event ?? ''}`),
      ...request.history.map((entry) => `  ${formatInstant(entry.time)}  ${entry.change}  ${entry.event}`),
    ].join('\n'),
  );
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
    throw new HubError('USAGE', `there is no ${name} "${text}"; there are ${known.join(', ')}`);
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

function judgedOf<Body>(row: ViewRow): Judged<Body> {
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
    throw new HubError('USAGE', `there is no family "${family}"; there are ${families.join(', ')}`);
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
      position: (event) => String(event.position),
      time: (event) => event.time,
      type: (event) => event.type,
      subject: (event) => event.subject,
      id: (event) => event.id,
    },
  );
}

function instant(text: string): number {
  const value = parseInstant(text);
  if (value === null) throw new HubError('USAGE', `"${text}" is no date or time; write 2026-01-31 or 2026-01-31T08:00:00+08:00`);
  return value;
}

function readable(hub: Hub, event: RecordedEvent) {
  const { data, time, recordedtime, ...rest } = event;
  return {
    ...rest,
    stream: streamOf(event),
    time: formatInstant(time),
    recordedtime: formatInstant(recordedtime),
    dataschema: hub.codec.schemaOf(data),
    data: JSON.parse(JSON.stringify(hub.codec.decode(data), hideBoxes)) as object,
  };
}

/** Sealed data is shown as sealed: its bytes say nothing to a reader. */
function hideBoxes(key: string, value: unknown): unknown {
  return (key === 'sealed' || key === 'content') && value !== null ? 'sealed' : value;
}
