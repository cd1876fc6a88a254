// Commands of operators: import, replay, status, quarantine, person.
import { text } from 'node:stream/consumers';
import { documents } from '../domain/copies/values.ts';
import { HubError } from '../domain/errors.ts';
import { checkCitizenId } from '../domain/identifiers/citizen-id.ts';
import { formatInstant } from '../domain/time.ts';
import { importIntoHub } from '../hub/import.ts';
import { erasePerson } from '../hub/person.ts';
import { listQuarantine, redriveQuarantined, showQuarantined } from '../hub/quarantine.ts';
import { rebuildViews } from '../hub/rebuild.ts';
import { hubStatus, storageStatus } from '../hub/summary.ts';
import { addCommand as add, parsePairs, wholeNumber, withHub } from './shell.ts';
import type { Command } from 'commander';
import type { Hub } from '../hub/open-hub.ts';
import type { Erasure } from '../hub/person.ts';
import type { Refused } from '../hub/quarantine.ts';
import type { HubStatus, StorageStatus } from '../hub/summary.ts';
import type { Output } from './output.ts';
import type { CommonOptions, Shell } from './shell.ts';

type OutputOf = (options: CommonOptions) => Output;
const stateTitles: Record<Refused['state'], string> = { quarantined: '待处理', redriven: '已更正', dropped: '已放弃', retired: '误读作废' };
const outcomeTitles: Record<Erasure['outcome'], string> = { erased: '已删除', 'already-erased': '此前已删除', unknown: '查无此人' };
const encodings = ['utf-8', 'gb18030', 'big5'] as const;

/** Words for how a rebuild's views compare with those before it: the same or not, and null where there were none. */
const comparedTexts: Record<string, string> = {
  true: 'views are the same as those before 与原视图比对一致',
  false: 'views differ from those before 与原视图比对不一致',
  null: 'there were no views to compare with 没有可比对的原视图',
};

/** `failed` hears that a command did its work and found what should not be. */
export function addOperatorCommands(program: Command, shell: Shell, outputOf: OutputOf, failed: () => void): void {
  const writing = <T>(options: CommonOptions, work: (hub: Hub) => Promise<T>): Promise<T> =>
    withHub(shell.openHub, shell.config(options.data), work);
  const existing = <T>(options: CommonOptions, work: (hub: Hub) => Promise<T>): Promise<T> =>
    withHub(shell.openExistingHub, shell.config(options.data), work);
  const reading = <T>(options: CommonOptions, work: (hub: Hub) => Promise<T>): Promise<T> =>
    withHub(shell.openHubForReading, shell.config(options.data), work);

  add(program, 'import <source> <file>', 'import a CSV or JSON Lines file 导入文件')
    .option('--mapping <name>', "which of the contract's mappings (default: the first that fits) 映射名称")
    .option('--encoding <name>', `${encodings.join(', ')} (default: as the mapping says) 文件编码`)
    .action((source: string, file: string, options: CommonOptions & { mapping?: string; encoding?: string }) => {
      const encoding = encodings.find((name) => name === options.encoding);
      if (options.encoding !== undefined && !encoding)
        throw new HubError('USAGE', `"${options.encoding}" is none of ${encodings.join(', ')} 没有此编码`);
      const output = outputOf(options);
      const bar = output.progress('import');
      return writing(options, async (hub) => {
        const result = await importIntoHub(hub, source, file, {
          onProgress: bar.update,
          stop: shell.stop,
          ...(options.mapping === undefined ? {} : { mapping: options.mapping }),
          ...(encoding ? { encoding } : {}),
        }).finally(bar.stop);
        output.value(result, (counts) =>
          counts.recorded === null
            ? `received 收到 ${counts.received}  quarantined 隔离 ${counts.quarantined}  the rest recorded 其余已入库`
            : `received 收到 ${counts.received}  recorded 入库 ${counts.recorded}  duplicates 重复 ${counts.duplicates}  quarantined 隔离 ${counts.quarantined}`,
        );
      });
    });

  add(program, 'replay', 'rebuild every view from the events 重建视图').action((options: CommonOptions) => {
    const output = outputOf(options);
    const bar = output.progress('replay');
    return existing(options, async (hub) => {
      const { events, before, after } = await rebuildViews(hub, bar.update, shell.stop).finally(bar.stop);
      output.value(
        { events, viewsDigest: after, viewsDigestBefore: before, same: before === null ? null : before === after },
        (result) => `${result.events} events folded 已重放; ${comparedTexts[String(result.same)]!}: ${result.viewsDigest}`,
      );
      if (before !== null && before !== after) failed();
    });
  });

  add(program, 'status', 'how the hub is doing 运行状况')
    .option('--storage', 'also how much is kept, since when, and how fast it grows 存储与增长')
    .action((options: CommonOptions & { storage?: boolean }) =>
      reading(options, async (hub) => {
        const storage = options.storage ? { storage: await storageStatus(hub) } : {};
        outputOf(options).value({ ...(await hubStatus(hub)), ...storage }, (status: HubStatus & { storage?: StorageStatus }) =>
          [
            `events 事件 ${status.events}  position 位置 ${status.head}  folded 已处理 ${status.position}  unrecorded 待入库 ${status.unrecorded}`,
            `packages 申请包 ${JSON.stringify(status.packages)}`,
            `transfers 联合过户 ${JSON.stringify(status.transfers)}`,
            `quarantined 隔离 ${status.quarantined}  parked 搁置 ${status.parked}`,
            ...status.sources.map(
              (source) =>
                `${source.source}  events 事件 ${source.events}  last contact 最近联系 ${source.lastContact === null ? 'never 从未' : formatInstant(source.lastContact)}  ${source.fresh === false ? 'STALE 超过约定时限' : 'fresh 未超时限'}`,
            ),
            `views 视图 ${status.viewsDigest}`,
            ...(status.storage ? storageLines(status.storage) : []),
            ...status.warnings.map((warning) => `WARNING 警告 ${warning}`),
          ].join('\n'),
        );
      }),
    );

  addQuarantineCommands(add(program, 'quarantine', 'records that were refused 隔离区'), outputOf, { reading, writing: existing });
  addPersonCommands(add(program, 'person', 'natural persons 自然人'), shell, outputOf);
}

const documentTitles = Object.entries(documents)
  .map(([name, { zh }]) => `${name} ${zh}`)
  .join(', ');

function storageLines({ oldest, newest, bytes, free, eventsPerDay, bytesPerDay, logRetentionMs, unrecorded }: StorageStatus): string[] {
  const retention = logRetentionMs === null || logRetentionMs < 0 ? 'for ever 永久' : `for ${logRetentionMs / 86_400_000} days 天`;
  return [
    `oldest event 最早事件 ${oldest ?? 'none 无'}  newest 最新 ${newest ?? 'none 无'}`,
    `bytes 字节 ${JSON.stringify(bytes)}  free 可用 ${free}`,
    ...(eventsPerDay === null ? [] : [`growth a day 日增长 ${eventsPerDay} events 事件, ${bytesPerDay} bytes 字节`]),
    ...(logRetentionMs === null ? [] : [`Kafka keeps events ${retention}; unrecorded 待入库 ${unrecorded}`]),
  ];
}

interface Access {
  reading: <T>(options: CommonOptions, work: (hub: Hub) => Promise<T>) => Promise<T>;
  writing: <T>(options: CommonOptions, work: (hub: Hub) => Promise<T>) => Promise<T>;
}

function addQuarantineCommands(quarantine: Command, outputOf: OutputOf, { reading, writing }: Access): void {
  add(quarantine, 'list', 'list refused records 列出')
    .option('--after <id>', 'after this id 从此之后')
    .option('--limit <n>', 'how many at most 最多条数', wholeNumber, 100)
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { limit: number; after?: string }>();
      return reading(options, async (hub) => {
        outputOf(options).rows(await listQuarantine(hub, options.limit, options.after), {
          id: (row) => row.id,
          数据源: (row) => row.source,
          原因: (row) => row.reason,
          字段: (row) => row.field ?? '',
          位置: (row) => row.place,
          状态: (row) => stateTitles[row.state],
          另已入库: (row) => row.recordedAs ?? '',
        });
      });
    });
  add(quarantine, 'show <id>', 'one refused record; its content, which may name persons, only for a purpose 查看')
    .option('--purpose <text>', 'why the content is to be seen 查看内容的事由')
    .action((id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { purpose?: string }>();
      return reading(options, async (hub) => {
        const { content, ...refused } = await showQuarantined(hub, id);
        const shown = (options.purpose ?? '').trim() === '' ? 'sealed' : content;
        outputOf(options).value({ ...refused, content: shown }, (row) => JSON.stringify(row, null, 2));
      });
    });
  add(quarantine, 'redrive <id>', 'send a refused record again, corrected 更正后重新提交')
    .option('--set <field=value...>', "correct a field, by the source's own name 更正字段", [])
    .action((id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { set: string[] }>();
      return writing(options, async (hub) => {
        const result = await redriveQuarantined(hub, id, parsePairs(options.set));
        if (!('event' in result))
          throw new HubError(
            'USAGE',
            `refused again: ${result.reason}${result.field === null ? '' : ` in ${result.field}`}; correct it with --set 仍被拒，请用 --set 更正`,
          );
        outputOf(options).value(result, ({ event }) => `recorded as 已入库 ${event}`);
      });
    });
}

function addPersonCommands(person: Command, shell: Shell, outputOf: OutputOf): void {
  // Not the writer lock: erasing must be possible while the hub runs.
  const reading = <T>(options: CommonOptions, work: (hub: Hub) => Promise<T>): Promise<T> =>
    withHub(shell.openHubForReading, shell.config(options.data), work);
  add(person, 'erase <pseudonym>', "destroy a person's key for good 删除个人信息密钥")
    .option('--basis <text>', 'why: legal basis or request number 依据')
    .action((pseudonym: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { basis?: string }>();
      return reading(options, async (hub) => {
        const erasure = await erasePerson(hub, pseudonym, options.basis ?? null);
        outputOf(options).value(
          erasure,
          ({ outcome, quarantined }) =>
            `${outcome} ${outcomeTitles[outcome]}; refused records erased with it 一并删除的隔离记录 ${quarantined}`,
        );
      });
    });
  add(person, 'pseudonym', 'the pseudonym of an identity number read from standard input 查询假名')
    .option('--id-type <type>', `kind of document 证件类型: ${Object.keys(documents).join(', ')}`, 'citizen-id')
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { idType: string }>();
      return reading(options, async (hub) => {
        // With another kind the same number is another person, whom nobody knows.
        if (!Object.hasOwn(documents, options.idType))
          throw new HubError('USAGE', `there is no document "${options.idType}" 没有此证件类型; there are 可用 ${documentTitles}`);
        // Not an argument: the number would stay in the shell's history.
        const number = (await text(shell.input)).trim().toUpperCase();
        if (number === '') throw new HubError('USAGE', 'give the identity number on standard input 请从标准输入给出证件号码');
        // Registers hold irregular numbers too, so a slip of the finger is warned of and not refused.
        if (options.idType === 'citizen-id' && !checkCitizenId(number).valid)
          shell.terminal.error(
            'hub: this is no valid citizen number; the pseudonym may be nobody’s 身份证号未通过校验，请核对，所得假名可能查无此人',
          );
        await hub.keys.ready();
        outputOf(options).value({ pseudonym: hub.keys.pseudonym(options.idType, number) }, ({ pseudonym }) => pseudonym);
      });
    });
}
