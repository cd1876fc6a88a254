// `hub packages promise`, `hub packages withdraw-promise`: takes a package on a promise of what is missing (容缺受理).
import { withRecorder } from '../hub/pending.ts';
import { promisesOn } from '../hub/promises.ts';
import { settle } from '../hub/settle.ts';
import { addCommand as add, withHub } from './shell.ts';
import type { Command } from 'commander';
import type { Promises, TakenPromise } from '../ports/promises.ts';
import type { Output } from './output.ts';
import type { CommonOptions, Shell } from './shell.ts';

const operator = 'operator';

export function addPromiseCommands(packages: Command, shell: Shell, outputOf: (options: CommonOptions) => Output): void {
  const taking = (options: CommonOptions, take: (promises: Promises) => Promise<TakenPromise>): Promise<void> =>
    withHub(shell.openExistingHub, shell.config(options.data), async (hub) => {
      await settle(hub, shell.stop);
      const recording = {
        async record(events: Parameters<typeof hub.log.publish>[0]): Promise<void> {
          await withRecorder(hub, () => hub.log.publish(events), undefined, shell.stop);
        },
      };
      const taken = await take(promisesOn(hub, recording));
      await settle(hub, shell.stop);
      outputOf(options).value(taken, ({ event, items, deadline, recorded }) =>
        [`${recorded ? 'recorded 已入库' : 'recorded before 此前已入库'} ${event}`, `  ${items.join(' ')}  deadline 期限 ${deadline}`].join(
          '\n',
        ),
      );
    });

  add(packages, 'promise <id>', 'take a package on a promise of missing items 容缺受理')
    .requiredOption('--items <item...>', 'which items are promised, by id 承诺补交的材料')
    .requiredOption('--deadline <date>', 'last day to supply them 承诺期限')
    .requiredOption('--basis <text>', 'number of the form signed, or clause 依据')
    .action((id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { items: string[]; deadline: string; basis: string }>();
      const items = options.items.flatMap((text) => text.split(',')).filter((text) => text !== '');
      return taking(options, (promises) => promises.promise(id, { items, deadline: options.deadline, basis: options.basis }, operator));
    });
  add(packages, 'withdraw-promise <id> <event>', 'withdraw the promise that an event took 撤回承诺')
    .requiredOption('--basis <text>', 'why 依据')
    .action((id: string, event: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { basis: string }>();
      return taking(options, (promises) => promises.withdraw(id, { event: event.toLowerCase(), basis: options.basis }, operator));
    });
}
