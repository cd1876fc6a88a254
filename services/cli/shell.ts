// What every command of the command line shares.
import { InvalidArgumentError } from 'commander';
import { HubError } from '../domain/errors.ts';
import { helpText } from './usage.ts';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import type { Hub } from '../hub/open-hub.ts';
import type { Terminal } from './output.ts';

/** What the command line is handed by `main.ts`. */
export interface Shell {
  /** Reads the configuration with `--data` in place of HUB_DATA. */
  config: (data: string | undefined) => Config;
  openHub: (config: Config) => Promise<Hub>;
  /** Refuses a directory without data. */
  openExistingHub: (config: Config) => Promise<Hub>;
  openHubForReading: (config: Config) => Promise<Hub>;
  terminal: Terminal;
  input: Readable;
  /** Aborted when the process is asked to stop. */
  stop: AbortSignal;
  /** Milliseconds since the epoch; the system's clock unless given. */
  now?: () => number;
  version: string;
  debug: boolean;
}

export interface CommonOptions {
  data?: string;
  json?: boolean;
}

/** Adds a subcommand with the options that all take. */
export const addCommand = (parent: Command, signature: string, description: string): Command =>
  parent
    .command(signature)
    .description(description)
    .helpOption('-h, --help', helpText)
    .option('--data <dir>', 'data directory 数据目录 (default: $HUB_DATA or ./data)')
    .option('--json', 'print JSON for programs 输出 JSON');

export const wholeNumber = (text: string): number => {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('not a whole number 须为整数.');
  return Number(text);
};

/** Opens the hub, hands it to `work`, and closes it whatever happens. */
export async function withHub<T>(open: (config: Config) => Promise<Hub>, config: Config, work: (hub: Hub) => Promise<T>): Promise<T> {
  const hub = await open(config);
  try {
    return await work(hub);
  } finally {
    await hub.close();
  }
}

/** Pairs `name=value` given on the command line. Errors: USAGE. */
export function parsePairs(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new HubError('USAGE', `"${pair}" is not field=value 应写作 字段=值`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
