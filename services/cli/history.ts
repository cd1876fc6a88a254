// `hub packages history`, `hub packages explain`, `hub transfers history`, `hub recall`: how it came to be, why, and who relied on it.
import { HubError } from '../domain/errors.ts';
import { explanationLines } from '../domain/explanation.ts';
import { statusTitles } from '../domain/packages/judge.ts';
import { clerkTime, formatInstant } from '../domain/time.ts';
import { requestStatusTitles } from '../domain/transfers/request.ts';
import { changeText } from '../domain/change-texts.ts';
import { changeOf, familyOf } from '../domain/events.ts';
import { historiesOf } from '../hub/history.ts';
import { momentOf, withMoment } from './moment.ts';
import { addCommand as add, withHub } from './shell.ts';
import type { Command } from 'commander';
import type { RecordedEvent } from '../domain/events.ts';
import type { Hub } from '../hub/open-hub.ts';
import type { Version } from '../ports/package-history.ts';
import type { Recalled } from '../ports/recall.ts';
import type { FeedCause, FeedLine } from '../ports/views.ts';
import type { MomentOptions } from './moment.ts';
import type { Output } from './output.ts';
import type { CommonOptions, Shell } from './shell.ts';

type OutputOf = (options: CommonOptions) => Output;
type ExplainOptions = CommonOptions & MomentOptions & { english?: boolean };

export function addHistoryCommands(program: Command, packages: Command, transfers: Command, shell: Shell, outputOf: OutputOf): void {
  const reading = <T>(options: CommonOptions, work: (hub: Hub) => Promise<T>): Promise<T> =>
    withHub(shell.openHubForReading, shell.config(options.data), work);

  for (const [parent, kind, name] of [
    [packages, 'package', '<id>'],
    [transfers, 'transfer-request', '<case>'],
  ] as const) {
    add(parent, `history ${name}`, 'every version it ever had 全部历史版本').action((id: string, _: CommonOptions, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      return reading(options, (hub) => listVersions(hub, kind, id, outputOf(options)));
    });
  }
  withMoment(add(packages, 'explain <id>', 'why it is so: items, rules, facts and source records 逐项说明依据'))
    .option('--english', 'in English 用英文')
    .action((id: string, _: ExplainOptions, command: Command) => {
      const options = command.optsWithGlobals<ExplainOptions>();
      return reading(options, (hub) => explain(hub, id, options, outputOf(options)));
    });
  add(program, 'recall', 'every package, read and transfer that ever relied on a fact 按事实召回')
    .requiredOption('--event <id>', 'the event that states the fact 事件编号')
    .action((options: CommonOptions & { event: string }) =>
      reading(options, (hub) => recall(hub, options.event, outputOf(options), shell)),
    );
}

async function listVersions(hub: Hub, kind: FeedLine['kind'], id: string, output: Output): Promise<void> {
  const { history } = historiesOf(hub);
  const versions: Version[] = [];
  for await (const version of kind === 'package' ? history.versions(kind, id) : history.versions(kind, id)) versions.push(version);
  if (versions.length === 0) throw new HubError('NOT_FOUND', `there never was a ${kind} of that id 从未有过此编号`);
  const titles: Readonly<Record<string, { zh: string }>> = kind === 'package' ? statusTitles : requestStatusTitles;
  output.rows(
    versions.map(({ recordedtime, ...version }) => ({ ...version, recordedtime: formatInstant(recordedtime) })),
    {
      序号: (version) => String(version.position),
      获知: (version) => clerkTime(Date.parse(version.recordedtime), 'zh'),
      状态: ({ status }) => (status === null ? '撤回' : (titles[status]?.zh ?? status)),
      原因: ({ cause }) => causeText(cause),
      摘要: ({ digest }) => digest ?? '',
    },
  );
}

async function explain(hub: Hub, id: string, options: ExplainOptions, output: Output): Promise<void> {
  const { position, options: past } = await momentOf(hub, options);
  const explained = await historiesOf(hub).explainer.explain(id, position, past);
  if (!explained) throw new HubError('NOT_FOUND', 'there is, or was then, no package of that id 没有（或当时没有）此申请包');
  output.value(explained, () => explanationLines(explained, options.english ? 'en' : 'zh').join('\n'));
}

/** Prints what is found premises by premises, so that memory does not grow with what an enterprise holds. */
async function recall(hub: Hub, id: string, output: Output, { stop }: Shell): Promise<void> {
  const { recall: recalls } = historiesOf(hub);
  const event = await recalls.event(id.toLowerCase());
  if (!event) throw new HubError('NOT_FOUND', 'there is no event of that id 没有此编号的事件');
  if (!output.json) output.value(event, eventText);
  let [looked, relied] = [0, 0];
  for await (const { found } of recalls.recall(event)) {
    stop.throwIfAborted();
    looked++;
    relied += found.length;
    for (const each of found) output.value(datesIn(each), () => recalledLines(each).join('\n'));
    if (looked % 100 === 0 && output.terminal.interactive) output.terminal.error(`hub: ${looked} premises looked at 已查 ${looked} 处`);
  }
  if (!output.json)
    output.terminal.out(relied === 0 ? 'nothing ever relied on it 没有任何申请依据过它' : `共 ${relied} 项依据过它 ${relied} relied on it`);
}

const eventText = ({ id, type, subject, time, recordedtime, position }: RecordedEvent): string =>
  `事件 ${id}  ${changeText(familyOf(type), changeOf(type)).zh} ${type}  ${subject}\n` +
  `  发生 ${clerkTime(time, 'zh')}  获知 ${clerkTime(recordedtime, 'zh')}（第 ${position} 号）`;

function recalledLines({ kind, id, periods, accesses, steps }: Recalled): string[] {
  const lines = [`${kind === 'package' ? '申请包' : '联合过户申请'} ${id}`];
  for (const { from, until, parts } of periods) {
    const end = until ? `至 ${clerkTime(until.recordedtime, 'zh')}（第 ${until.position} 号），原因 ${causeText(until.cause)}` : '至今';
    lines.push(`  自 ${clerkTime(from.recordedtime, 'zh')}（第 ${from.position} 号）${end}  用于 ${parts.join('、')}`);
    for (const { part, event } of until?.replacedBy ?? []) lines.push(`    ${part} 改依据 ${event ?? '无'}`);
  }
  for (const { change, consumer, purpose, time, event } of accesses)
    lines.push(`  ${accessTexts[change]} ${consumer}（${purpose}） ${clerkTime(time, 'zh')}  事件 ${event}`);
  for (const { change, utility, time, event } of steps)
    lines.push(`  步骤 ${change} ${utility ?? ''} ${clerkTime(time, 'zh')}  事件 ${event}`);
  return lines;
}

const accessTexts = { read: '查阅', exported: '导出', dispatched: '推送' } as const;

function causeText(cause: FeedCause): string {
  if ('event' in cause) return `${changeText(familyOf(cause.type), changeOf(cause.type)).zh} ${cause.type} ${cause.event}`;
  return `到期或规则生效 ${cause.date}`;
}

/** The same with every time as programs read it. */
function datesIn(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, part: unknown) =>
      /^(time|recordedtime)$/.test(key) && typeof part === 'number' ? formatInstant(part) : part,
    ),
  );
}
