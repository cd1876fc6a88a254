// The composition root: chooses drivers and hands each service the ports it needs.
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HubError } from '../domain/errors.ts';
import { dateAt } from '../domain/time.ts';
import { openAvroCodec } from '../drivers/avro/event-codec.ts';
import { openSqliteCursors } from '../drivers/sqlite/cursors.ts';
import { openSqliteEventLog } from '../drivers/sqlite/event-log.ts';
import { openSqliteEventStore } from '../drivers/sqlite/event-store.ts';
import { openSqlitePersonKeys } from '../drivers/sqlite/person-keys.ts';
import { openSqliteViewStore } from '../drivers/sqlite/view-store.ts';
import { takeWriterLock } from '../drivers/sqlite/writer-lock.ts';
import { loadContracts } from '../drivers/yaml/contracts.ts';
import type { Config } from '../config.ts';
import type { Contracts } from '../drivers/yaml/contracts.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { EventStore } from '../ports/event-store.ts';
import type { Cursors } from '../ports/cursors.ts';
import type { PersonKeys } from '../ports/person-keys.ts';
import type { ViewStore } from '../ports/view-store.ts';

/** Everything that services are made of. */
export interface Hub {
  config: Config;
  contracts: Contracts;
  codec: EventCodec;
  log: EventLog;
  store: EventStore;
  views: ViewStore;
  keys: PersonKeys;
  cursors: Cursors;
  /** Milliseconds since the epoch; the only clock. */
  now: () => number;
  today: () => string;
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
});

/** Opens a data directory for writing, making it if needed; one process at a time. Errors: DATA_DIRECTORY, DATA_LOCKED, STORE_TOO_OLD. */
export function openHub(config: Config, now: () => number = Date.now): Hub {
  const files = filesOf(config.dataDirectory);
  makeDirectory(config.dataDirectory);
  const lock = takeWriterLock(files.lock);
  try {
    return assemble(config, now, { readOnly: false, release: () => lock.release() });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Opens an existing data directory for writing. Errors: as `openHub`. */
export function openExistingHub(config: Config, now: () => number = Date.now): Hub {
  requireData(config, filesOf(config.dataDirectory).store);
  return openHub(config, now);
}

/** Opens an existing data directory for reading, beside a running hub if there is one. Errors: DATA_DIRECTORY. */
export function openHubForReading(config: Config, now: () => number = Date.now): Hub {
  const { store, views } = filesOf(config.dataDirectory);
  requireData(config, store);
  if (!existsSync(views))
    throw new HubError('DATA_DIRECTORY', `the views in ${config.dataDirectory} are gone; run hub replay to rebuild them`);
  return assemble(config, now, { readOnly: true, release: () => undefined });
}

function requireData({ dataDirectory }: Config, store: string): void {
  if (existsSync(store)) return;
  try {
    if (existsSync(dataDirectory)) accessSync(dataDirectory, constants.R_OK | constants.X_OK);
  } catch (cause) {
    throw new HubError('DATA_DIRECTORY', `${dataDirectory} cannot be read by this user`, { cause });
  }
  throw new HubError('DATA_DIRECTORY', `${dataDirectory} holds no hub data yet; import a file, or start the hub, first`);
}

function assemble(config: Config, now: () => number, { readOnly, release }: { readOnly: boolean; release: () => void }): Hub {
  const files = filesOf(config.dataDirectory);
  if (existsSync(files.store) && !existsSync(files.keys)) {
    throw new HubError(
      'DATA_DIRECTORY',
      `${files.keys} is missing, and without it no person's data can be read; restore it from its backup`,
    );
  }
  const contracts = loadProjectContracts();
  const codec = openAvroCodec(join(projectFolder, 'schemas'));
  const keys = openSqlitePersonKeys(files.keys, { readOnly, ...(config.pseudonymKey && { pseudonymKey: config.pseudonymKey }) });
  const log = openSqliteEventLog(files.log);
  const store = openSqliteEventStore(files.store, { now, readOnly });
  const views = openViews(files.views, readOnly);
  const cursors = openSqliteCursors(files.cursors);
  return {
    config,
    contracts,
    codec,
    log,
    store,
    views,
    keys,
    cursors,
    now,
    today: () => dateAt(now()),
    async close() {
      await Promise.all([log.close(), store.close(), views.close()]);
      keys.close();
      cursors.close();
      release();
    },
  };
}

function openViews(file: string, readOnly: boolean): ViewStore {
  try {
    return openSqliteViewStore(file, { readOnly });
  } catch (cause) {
    if (!(cause instanceof HubError) || !existsSync(file)) throw cause;
    throw new HubError(cause.code, `${cause.message}; views can be made again: delete ${file} and run hub replay`, { cause });
  }
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
