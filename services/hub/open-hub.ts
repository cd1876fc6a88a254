// The composition root: a data directory, the engines configured, and what else services are made of.
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HubError } from '../domain/errors.ts';
import { dateAt } from '../domain/time.ts';
import { openAvroCodec } from '../drivers/avro/event-codec.ts';
import { takeWriterLock } from '../drivers/sqlite/writer-lock.ts';
import { loadContracts } from '../drivers/yaml/contracts.ts';
import { openEngines } from './engines.ts';
import type { Config } from '../config/config.ts';
import type { Contracts } from '../drivers/yaml/contracts.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { Engines } from './engines.ts';

/** Everything that services are made of. */
export interface Hub extends Engines {
  config: Config;
  contracts: Contracts;
  codec: EventCodec;
  /** Milliseconds since the epoch; the only clock. */
  now: () => number;
  today: () => string;
  /** Hears what an operator should know of the engines; a running hub logs it. */
  notice: (text: string, fields: object) => void;
  close(): Promise<void>;
}

/** The project's own folder: one above `services/` in development, one above `dist/` when built. */
export const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

export const loadProjectContracts = (): Contracts => loadContracts(join(projectFolder, 'contracts'));

export const filesOf = (directory: string) => ({
  lock: join(directory, 'lock.sqlite'),
  log: join(directory, 'log.sqlite'),
  store: join(directory, 'store.sqlite'),
  views: join(directory, 'views.sqlite'),
  keys: join(directory, 'keys.sqlite'),
  cursors: join(directory, 'cursors.sqlite'),
  tokenKey: join(directory, 'token-key.json'),
  signingKeys: join(directory, 'signing-keys.json'),
});

/** Recorders and projector are processes of their own, here or elsewhere, once the log is one that many can read. */
export const isDistributed = (config: Config): boolean => config.kafka !== null;

/**
 * Opens the hub for writing, making its data directory if needed; without Kafka, one process at a time.
 * Errors: DATA_DIRECTORY, DATA_LOCKED, STORE_TOO_OLD, CONFIG_INVALID.
 */
export async function openHub(config: Config, now: () => number = Date.now): Promise<Hub> {
  const files = filesOf(config.dataDirectory);
  makeDirectory(config.dataDirectory);
  const lock = isDistributed(config) ? null : takeWriterLock(files.lock);
  const release = (): void => lock?.release();
  try {
    return await assemble(config, now, { readOnly: false, release });
  } catch (error) {
    release();
    throw error;
  }
}

/** Opens existing data for writing. Errors: as `openHub`. */
export async function openExistingHub(config: Config, now: () => number = Date.now): Promise<Hub> {
  requireData(config, filesOf(config.dataDirectory).store);
  return openHub(config, now);
}

/** Opens existing data for reading, beside a running hub if there is one. Errors: DATA_DIRECTORY. */
export async function openHubForReading(config: Config, now: () => number = Date.now): Promise<Hub> {
  // Files that do not exist yet are made by whoever comes first, where services start in any order.
  if (isDistributed(config)) return openHub(config, now);
  const { store, views } = filesOf(config.dataDirectory);
  requireData(config, store);
  if (config.databaseUrl === null && !existsSync(views))
    throw new HubError('DATA_DIRECTORY', `the views in ${config.dataDirectory} are gone; run hub replay to rebuild them`);
  return assemble(config, now, { readOnly: true, release: () => undefined });
}

function requireData({ dataDirectory, eventStoreUrl }: Config, store: string): void {
  if (eventStoreUrl !== null || existsSync(store)) return;
  try {
    if (existsSync(dataDirectory)) accessSync(dataDirectory, constants.R_OK | constants.X_OK);
  } catch (cause) {
    throw new HubError('DATA_DIRECTORY', `${dataDirectory} cannot be read by this user`, { cause });
  }
  throw new HubError('DATA_DIRECTORY', `${dataDirectory} holds no hub data yet; import a file, or start the hub, first`);
}

async function assemble(
  config: Config,
  now: () => number,
  { readOnly, release }: { readOnly: boolean; release: () => void },
): Promise<Hub> {
  const files = filesOf(config.dataDirectory);
  if (config.keysUrl === null && existsSync(files.store) && !existsSync(files.keys) && !isDistributed(config)) {
    throw new HubError(
      'DATA_DIRECTORY',
      `${files.keys} is missing, and without it no person's data can be read; restore it from its backup`,
    );
  }
  const contracts = loadProjectContracts();
  const codec = openAvroCodec(join(projectFolder, 'schemas'));
  const notice = (text: string, fields: object): void => hub.notice(text, fields);
  const engines = await openEngines(config, { files, codec, now, readOnly, notice });
  const hub: Hub = {
    ...engines,
    config,
    contracts,
    codec,
    now,
    today: () => dateAt(now()),
    notice: () => undefined,
    async close() {
      const { log, results, store, views, keys, cursors, resultCursors, leadership } = engines;
      const opened = new Set([log, results, store, views, keys, cursors, resultCursors, leadership]);
      await Promise.all([...opened].map(async (engine) => engine?.close()));
      release();
    },
  };
  return hub;
}

/** Makes a data directory if there is none. Errors: DATA_DIRECTORY, DISK_FULL. */
export function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (!statSync(directory).isDirectory()) throw new HubError('DATA_DIRECTORY', `${directory} is a file, not a directory`);
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (cause) {
    if (cause instanceof HubError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC') throw new HubError('DISK_FULL', `no space left to make the data directory ${directory}`, { cause });
    const why =
      code === 'EEXIST' || code === 'ENOTDIR'
        ? 'it is a file, or lies below one'
        : code === 'EROFS'
          ? 'the file system is read-only'
          : 'this user may not write there';
    throw new HubError('DATA_DIRECTORY', `the data directory ${directory} cannot be used: ${why}`, { cause });
  }
}
