// The `hub` command: every subcommand, its options, and what it does with a hub.
import { Command, CommanderError } from 'commander';
import { addBackupCommands } from './backup.ts';
import { addConsentCommands } from './consents.ts';
import { addCopyCommands } from './copies.ts';
import { addEnterpriseCommand } from './enterprise.ts';
import { addEventCommands } from './events.ts';
import { identifyTexts } from './identify.ts';
import { addHistoryCommands } from './history.ts';
import { withMoment } from './moment.ts';
import { createOutput, reportFailure } from './output.ts';
import { addOperatorCommands } from './operate.ts';
import { addParkedCommands } from './parked.ts';
import { addPromiseCommands } from './promise.ts';
import { listPackages, listTransfers } from './read.ts';
import { addRuleCommands } from './rules.ts';
import { addRunCommands } from './run.ts';
import { showPackage, showTransfer } from './show.ts';
import { addTransferCommands } from './transfers.ts';
import { addCommand, wholeNumber, withHub } from './shell.ts';
import { addSuperviseCommands } from './supervise.ts';
import { helpDescription, helpHeading, helpText, usageLine } from './usage.ts';
import { addVerifyCommand } from './verify.ts';
import type { Hub } from '../hub/open-hub.ts';
import type { MomentOptions } from './moment.ts';
import type { Output } from './output.ts';
import type { ListOptions } from './read.ts';
import type { CommonOptions, Shell } from './shell.ts';

/** What a shell gives for a command that was stopped by Ctrl-C. */
const interrupted = 130;

/** Runs one command line. Gives the exit code: 0 done, 1 failed, 2 the user's mistake, 130 stopped. */
export async function runCommand(args: readonly string[], shell: Shell): Promise<number> {
  let exitCode = 0;
  const program = new Command('hub')
    .description('government–enterprise data-sharing hub 政企数据共享枢纽')
    .version(shell.version, '-V, --version', 'output the version number 显示版本')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => shell.terminal.out(text.trimEnd()),
      writeErr: (text) => shell.terminal.error(usageLine(text)),
    })
    .configureHelp({
      styleTitle: helpHeading,
      styleOptionDescription: helpDescription,
      styleSubcommandDescription: helpDescription,
      styleCommandDescription: helpDescription,
    })
    .helpOption('-h, --help', helpText)
    .helpCommand('help [command]', helpText);
  const outputOf = (options: CommonOptions): Output => createOutput(shell.terminal, options.json ?? false);
  const reading = <T>(options: CommonOptions, work: (hub: Hub) => Promise<T>): Promise<T> =>
    withHub(shell.openHubForReading, shell.config(options.data), work);

  addRunCommands(program, shell, outputOf);

  addCommand(program, 'identify <text...>', 'say what an identifier is and whether it is good; - reads standard input 识别编码').action(
    async (texts: string[], options: CommonOptions) => {
      await identifyTexts(texts, shell.input, outputOf(options));
    },
  );

  const packages = withListOptions(addCommand(program, 'packages', 'list application packages 免提资申请包'))
    .option('--type <id>', 'application type, e.g. high-voltage 申请类型')
    .action((options: ListOptions & CommonOptions) => reading(options, (hub) => listPackages(hub, options, outputOf(options))));
  withMoment(addCommand(packages, 'show <id>', 'one package with every item explained 申请包详情')).action(
    (id: string, _: CommonOptions, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & MomentOptions>();
      return reading(options, (hub) => showPackage(hub, id, options, outputOf(options)));
    },
  );

  addPromiseCommands(packages, shell, outputOf);
  addCopyCommands(program, packages, shell, outputOf);
  addVerifyCommand(program, shell, outputOf, (good) => (exitCode = good ? 0 : 1));

  const transfers = withListOptions(addCommand(program, 'transfers', 'list joint transfer requests 联合过户申请')).action(
    (options: ListOptions & CommonOptions) => reading(options, (hub) => listTransfers(hub, options, outputOf(options))),
  );

  withMoment(addCommand(transfers, 'show <case>', 'one transfer request with what stands in its way 联合过户申请详情')).action(
    (id: string, _: CommonOptions, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & MomentOptions>();
      return reading(options, (hub) => showTransfer(hub, id, options, outputOf(options)));
    },
  );

  addHistoryCommands(program, packages, transfers, shell, outputOf);
  addTransferCommands(transfers, shell, outputOf);
  addConsentCommands(program, shell, outputOf);

  addEventCommands(program, shell, outputOf);
  addEnterpriseCommand(program, shell, outputOf);
  addRuleCommands(program, shell, outputOf);
  addOperatorCommands(program, shell, outputOf, () => (exitCode = 1));
  addParkedCommands(program, shell, outputOf);
  addSuperviseCommands(program, shell, outputOf);
  addBackupCommands(program, shell, outputOf);

  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (shell.stop.aborted) {
      shell.terminal.error('hub: stopped; the same command again finishes it 已中断，重新执行即可续完');
      return interrupted;
    }
    exitCode = reportFailure(error, shell.terminal, shell.debug);
  }
  return exitCode;
}

function withListOptions(command: Command): Command {
  return command
    .option('--subject <id>', 'of a unified social credit code or pseudonym 申请主体')
    .option('--premises <key>', 'of a property unit, project, case or account 用电地点')
    .option('--status <status>', 'with this status 状态')
    .option('--after <id>', 'after this id 从此之后')
    .option('--limit <n>', 'how many at most 最多条数', wholeNumber, 100);
}
