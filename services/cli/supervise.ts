// `hub supervise`: what is due, overdue and escalated, by whom; and the figures of a day, week or month (日统计、周通报、月考核).
import { HubError } from '../domain/errors.ts';
import { matterStates, matterStateTitles } from '../domain/supervision.ts';
import { periods } from '../domain/supervision-report.ts';
import { utilityTitles } from '../domain/transfers/life.ts';
import { supervisionOf } from '../hub/supervising.ts';
import { addCommand as add, wholeNumber, withHub } from './shell.ts';
import type { Command } from 'commander';
import type { Hub } from '../hub/open-hub.ts';
import type { Figures, SupervisionReport } from '../domain/supervision-report.ts';
import type { Output } from './output.ts';
import type { CommonOptions, Shell } from './shell.ts';

interface ListOptions extends CommonOptions {
  state?: string;
  responsible?: string;
  region?: string;
  after?: string;
  limit: number;
}

export function addSuperviseCommands(program: Command, shell: Shell, outputOf: (options: CommonOptions) => Output): void {
  const reading = <T>(options: CommonOptions, work: (hub: Hub) => Promise<T>): Promise<T> =>
    withHub(shell.openHubForReading, shell.config(options.data), work);

  const supervise = add(program, 'supervise', 'what is due, overdue and escalated, and by whom 督办')
    .option(
      '--state <state>',
      `${matterStates.map((name) => `${name} ${matterStateTitles[name].zh}`).join(', ')} (default: all that are open 默认全部未结) 状态`,
    )
    .option('--responsible <role>', 'that this role is to act on 责任岗位')
    .option('--region <code>', 'in a division, by the beginning of its code 行政区划')
    .option('--after <place>', 'after this place 从此之后')
    .option('--limit <n>', 'how many at most 最多条数', wholeNumber, 100)
    .action((options: ListOptions) => {
      const { responsible, region } = options;
      const state = oneOf(matterStates, options.state, 'state', (name) => matterStateTitles[name].zh);
      const filter = {
        ...(state === undefined ? {} : { state }),
        ...(responsible === undefined ? {} : { responsible }),
        ...(region === undefined ? {} : { region }),
      };
      return reading(options, async (hub) => {
        const { items, next } = await supervisionOf(hub).matters(filter, { after: options.after ?? '', limit: options.limit });
        const output = outputOf(options);
        output.rows(items, {
          状态: ({ stateTitle }) => stateTitle.zh,
          环节: ({ title, step, utility }) =>
            [title.zh, step.split('.')[1], utility && utilityTitles[utility].zh].filter(Boolean).join(' '),
          对象: ({ object }) => object,
          开始: ({ since }) => since,
          期限: ({ due, yearsUnknown }) => (yearsUnknown.length === 0 ? due : `${due}（${yearsUnknown.join('、')} 年节假日未公布）`),
          剩余工作日: ({ daysLeft }) => String(daysLeft),
          责任岗位: (matter) => matter.responsible.title.zh,
          督办: ({ escalatedTo }) => escalatedTo?.title.zh ?? '',
        });
        if (next !== null) output.terminal.error(`hub: there is more 未完，续查: --after '${next}'`);
      });
    });

  add(supervise, 'report', 'figures of a day, week or month 日统计、周通报、月考核')
    .option('--period <period>', periods.map((name) => `${name} ${periodTitles[name]}`).join(', '), 'day')
    .option('--date <date>', 'that the period holds (default: today) 日期')
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { period: string; date?: string }>();
      const period = oneOf(periods, options.period, 'period', (name) => periodTitles[name])!;
      return reading(options, async (hub) =>
        outputOf(options).value(await supervisionOf(hub).report(period, options.date ?? null), reportText),
      );
    });
}

const periodTitles = { day: '日统计', week: '周通报', month: '月考核' } as const;

/** Errors: USAGE listing what there is. */
function oneOf<Name extends string>(
  names: readonly Name[],
  text: string | undefined,
  what: string,
  titleOf: (name: Name) => string,
): Name | undefined {
  if (text === undefined) return undefined;
  const found = names.find((name) => name === text || titleOf(name) === text);
  if (found === undefined)
    throw new HubError(
      'USAGE',
      `there is no ${what} "${text}" 没有此项; there are 可用 ${names.map((name) => `${name} ${titleOf(name)}`).join(', ')}`,
    );
  return found;
}

function reportText({ period, from, to, total, by }: SupervisionReport): string {
  const groups: [title: string, group: Record<string, Figures>][] = [
    ['by role 按责任岗位', by.responsible],
    ['by region 按地区', by.region],
    ['by type 按业务', by.type],
    ['by step 按环节', by.step],
  ];
  return [
    `${periodTitles[period]} ${period}  ${from} – ${to}`,
    figuresText(total),
    ...groups.flatMap(([title, group]) => [title, ...Object.entries(group).map(([key, figures]) => `  ${key}  ${figuresText(figures)}`)]),
  ].join('\n');
}

const figuresText = (figures: Figures): string =>
  [
    `carried 结转 ${figures.carried}`,
    `received 受理 ${figures.received}`,
    `finished 办结 ${figures.finished} (in time 按时 ${figures.finishedInTime}, late 超期 ${figures.finishedLate})`,
    `open 在办 ${figures.open} (overdue 逾期 ${figures.openOverdue})`,
    `turned overdue 新增逾期 ${figures.overdue}`,
    `escalated 一级督办 ${figures.escalated}, again 二级督办 ${figures.escalatedAgain}`,
    `average working days 平均工作日 ${figures.averageWorkingDays ?? '-'}`,
  ].join('  ');
