// `hub events`: events in the order of the store, and what of them was misread.
import { historiesOf } from '../hub/history.ts';
import { retirementsOn } from '../hub/retirements.ts';
import { misreadingTexts } from '../ports/misreadings.ts';
import { deciding } from './deciding.ts';
import { listEvents } from './read.ts';
import { addCommand as add, wholeNumber, withHub } from './shell.ts';
import type { Command } from 'commander';
import type { Hub } from '../hub/open-hub.ts';
import type { Misreading } from '../ports/misreadings.ts';
import type { Retirements, TakenRetirement } from '../ports/retirements.ts';
import type { Page } from '../ports/view-store.ts';
import type { Output } from './output.ts';
import type { EventOptions } from './read.ts';
import type { CommonOptions, Shell } from './shell.ts';

interface DecisionOptions extends CommonOptions {
  reason: string;
  by: string;
}

export function addEventCommands(program: Command, shell: Shell, outputOf: (options: CommonOptions) => Output): void {
  const reading = <T>(options: CommonOptions, work: (hub: Hub) => Promise<T>): Promise<T> =>
    withHub(shell.openHubForReading, shell.config(options.data), work);

  const events = add(program, 'events', 'list events in the order of the store 事件')
    .option('--subject <key>', 'of one subject 主体')
    .option('--family <name>', 'of one family 事件族')
    .option('--type <type>', 'of one type, e.g. business-licence.revoked 事件类型')
    .option('--from <time>', 'that became true at or after 发生时间起')
    .option('--to <time>', 'that became true at or before 发生时间止')
    .option('--after <position>', 'after a position 从此序号之后', wholeNumber)
    .option('--limit <n>', 'how many at most 最多条数', wholeNumber, 100)
    .action((options: EventOptions & CommonOptions) => reading(options, (hub) => listEvents(hub, options, outputOf(options))));

  const decision = (
    name: string,
    text: string,
    take: (on: Retirements, id: string, options: DecisionOptions) => Promise<TakenRetirement>,
  ) =>
    add(events, `${name} <id>`, text)
      .requiredOption('--reason <text>', 'why 理由')
      .option('--by <name>', 'who decides 决定人', 'operator')
      .action((id: string, _: unknown, command: Command) => {
        const options = command.optsWithGlobals<DecisionOptions>();
        return deciding(shell, options, async (hub, recording) =>
          outputOf(options).value(
            await take(retirementsOn(hub, recording), id, options),
            ({ stream, event, recorded }) => `${recorded ? 'recorded 已入库' : 'recorded before 此前已入库'} ${stream}  ${event}`,
          ),
        );
      });
  decision('retire', 'say that an event, or a refusal, was misread: it counts no more 误读作废', (on, id, { reason, by }) =>
    on.retire(id, reason, by),
  );
  decision('reinstate', 'take that back: it counts again 撤销作废', (on, id, { reason, by }) => on.reinstate(id, reason, by));

  add(events, 'misread', 'what was read more than one way, and what to retire 待作废的误读').action((_: unknown, command: Command) => {
    const options = command.optsWithGlobals<CommonOptions & { limit: number }>();
    return reading(options, async (hub) => {
      outputOf(options).rows(await misreadIn(hub, options.limit), {
        事件: ({ event }) => event,
        原因: ({ why }) => misreadingTexts[why].zh,
        以何为准: ({ instead }) => instead ?? '待核定',
        事件流: ({ stream }) => stream,
      });
    });
  });
}

async function misreadIn(hub: Hub, limit: number): Promise<Misreading[]> {
  const { misreadings } = historiesOf(hub);
  const found: Misreading[] = [];
  for (let page: Page | null = { limit: 500 }; page !== null && found.length < limit;) {
    const { items, next } = await misreadings.list(page);
    found.push(...items);
    page = next === null ? null : { after: next, limit: 500 };
  }
  return found.slice(0, limit);
}
