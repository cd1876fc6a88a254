// `hub rules`: which contracts judge where and when, whether changed ones are sound, and what they would change.
import { HubError } from '../domain/errors.ts';
import { versionsOn } from '../domain/packages/in-force.ts';
import { statusTitles } from '../domain/packages/judge.ts';
import { dateAt, parseDate } from '../domain/time.ts';
import { requestStatusTitles } from '../domain/transfers/request.ts';
import { rulesIn, whatWouldFlip } from '../hub/changed-rules.ts';
import { addCommand as add, withHub } from './shell.ts';
import type { Command } from 'commander';
import type { RuleSet } from '../hub/changed-rules.ts';
import type { Output } from './output.ts';
import type { CommonOptions, Shell } from './shell.ts';

interface ListOptions extends CommonOptions {
  date?: string;
  region?: string;
}
interface WhatIfOptions extends CommonOptions {
  package?: string;
  subject?: string;
  at?: string;
}

export function addRuleCommands(program: Command, shell: Shell, outputOf: (options: CommonOptions) => Output): void {
  const rules = add(program, 'rules', 'contracts that packages are judged by 审核规则');
  add(rules, 'list', 'what is in force on a date 现行规则')
    .option('--date <date>', 'on this date (default: today) 日期')
    .option('--region <code>', 'only what judges in this division, e.g. 370102 行政区划')
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<ListOptions>();
      listRules(options, (shell.now ?? Date.now)(), outputOf(options));
    });
  add(rules, 'check [dir]', 'check contracts and run their examples 校验规则与示例').action(
    (dir: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions>();
      outputOf(options).value(
        sumOf(rulesIn(dir)),
        (sum) =>
          `contracts 约定 ${sum.contracts}  regions 地区 ${sum.regions.join(' ') || '-'}  rules 规则 ${sum.rules}  examples 示例 ${sum.examples}: all good 全部通过`,
      );
    },
  );
  add(rules, 'what-if <dir>', 'which packages would flip under the contracts of a folder 规则变更试算')
    .option('--package <id>', 'only this package 申请包')
    .option('--subject <id>', 'only what is for this subject 主体')
    .option('--at <date>', 'judged on this date (default: today) 审核日期')
    .action((dir: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<WhatIfOptions>();
      return tellWhatIf(dir, options, shell, outputOf(options));
    });
}

function listRules(options: ListOptions, now: number, output: Output): void {
  const date = dateGiven(options.date) ?? dateAt(now);
  if (options.region !== undefined && !/^\d{2}(\d{2}){0,2}$/.test(options.region))
    throw new HubError('USAGE', `"${options.region}" is no division code; give 2, 4 or 6 digits 行政区划代码应为 2、4 或 6 位数字`);
  const rows = versionsOn(rulesIn(undefined).packages, date, options.region ?? null).map((type) => ({
    id: type.id,
    version: type.version,
    region: type.region,
    effectiveFrom: type.from === '' ? null : type.from,
    title: type.title,
    legalBasis: type.legalBasis,
    digest: type.digest,
    rules: [...new Set(type.items.flatMap(({ oneOf }) => oneOf.flatMap((one) => one.rules.map(({ id, version }) => `${id}@${version}`))))],
  }));
  output.rows(rows, {
    id: (row) => row.id,
    版本: (row) => String(row.version),
    地区: (row) => row.region ?? '全国',
    施行: (row) => row.effectiveFrom ?? '-',
    业务: (row) => row.title.zh,
    摘要: (row) => row.digest,
  });
}

function sumOf({ contracts, rules }: RuleSet) {
  return {
    contracts: contracts.length,
    regions: [...new Set(contracts.flatMap(({ region }) => region ?? []))].sort(),
    rules: rules.length,
    examples: contracts.reduce((sum, { examples = [] }) => sum + examples.length, 0),
  };
}

async function tellWhatIf(dir: string, options: WhatIfOptions, shell: Shell, output: Output): Promise<void> {
  const { package: id, subject, at } = options;
  if (id !== undefined && subject !== undefined) throw new HubError('USAGE', 'give --package or --subject, not both 二者只能选一');
  const only = id !== undefined ? { package: id } : subject !== undefined ? { subject } : undefined;
  const date = dateGiven(at);
  const bar = output.progress('what-if');
  await withHub(shell.openHubForReading, shell.config(options.data), async (hub) => {
    const found = whatWouldFlip(hub, dir, { ...(only ? { only } : {}), ...(date === undefined ? {} : { date }), onProgress: bar.update });
    try {
      for (;;) {
        const next = await found.next();
        shell.stop.throwIfAborted();
        if (next.done) {
          output.value(next.value, countLines);
          return;
        }
        output.value(next.value, ({ id: flipped, outcome, was, wouldBe, item, rule }) =>
          [
            flipped,
            `${outcomeTitles[outcome]} ${statusTitle(was)} → ${statusTitle(wouldBe)}`,
            ...(item === null ? [] : [`${item}${rule === null ? '' : ` (${rule.id}@${rule.version})`}`]),
          ].join('  '),
        );
      }
    } finally {
      bar.stop();
    }
  });
}

const outcomeTitles = { unchanged: '不变', better: '变好', worse: '变差', new: '新增', gone: '消失', fails: '无法审核' } as const;

function countLines(counts: Record<string, Record<keyof typeof outcomeTitles, number>>): string {
  const lines = Object.entries(counts).map(([type, of]) =>
    [type, ...Object.entries(of).map(([outcome, n]) => `${outcomeTitles[outcome as keyof typeof outcomeTitles]} ${outcome} ${n}`)].join(
      '  ',
    ),
  );
  return lines.length === 0 ? 'nothing to judge 无可审核' : lines.sort().join('\n');
}

function statusTitle(status: string | null): string {
  if (status === null) return '无';
  return { ...requestStatusTitles, ...statusTitles }[status as keyof typeof statusTitles]?.zh ?? status;
}

function dateGiven(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const date = parseDate(text);
  if (date === null) throw new HubError('USAGE', `"${text}" is no date; write 2026-01-31 日期应写作此格式`);
  return date;
}
