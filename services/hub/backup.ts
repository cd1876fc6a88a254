// Backs up the embedded files while a hub may be writing them: parts in an order that makes the set consistent, each with its digest.
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HubError } from '../domain/errors.ts';
import { formatInstant } from '../domain/time.ts';
import { copyDatabase, copyEventStore, digestOf } from '../drivers/sqlite/backup.ts';
import { manifestName, publicKeysName, writeManifest } from './backup-manifest.ts';
import { publicKeysToKeep } from './copies.ts';
import { filesOf, makeDirectory } from './open-hub.ts';
import type { Config } from '../config/config.ts';
import type { Manifest } from './backup-manifest.ts';

export type Part = 'cursors' | 'log' | 'store' | 'keys';

/**
 * A cursor never ahead of its events: cursors first. An event leaves the log for the store: log before store. Every
 * event's keys are made before it is published: keys last.
 */
const order: readonly Part[] = ['cursors', 'log', 'store', 'keys'];

export interface BackupOptions {
  /** Where the keys of persons go; by default a folder `keys` in the backup. */
  keys?: string;
  /** The hub's version, for the manifest. */
  version: string;
  now?: () => number;
  /** Hears of each part before it is copied. */
  onPart?: (part: Part) => Promise<void> | void;
  /** Ends the backup between two parts, with the signal's reason thrown. */
  stop?: AbortSignal;
}

export interface Backup {
  manifest: Manifest;
  /** Where the keys lie; null where an engine holds them. */
  keys: string | null;
}

/** The parts that an engine holds, and must be backed up with its own means. */
function partsElsewhere({ kafka, eventStoreUrl, databaseUrl, keysUrl }: Config): Manifest['elsewhere'] {
  return [
    ...(databaseUrl === null ? [] : [{ part: 'cursors', engine: 'Postgres (DATABASE_URL)' }]),
    ...(kafka === null ? [] : [{ part: 'log', engine: 'Kafka (KAFKA_BROKERS)' }]),
    ...(eventStoreUrl === null ? [] : [{ part: 'store', engine: 'EventStoreDB (EVENTSTORE_URL)' }]),
    ...(keysUrl === null ? [] : [{ part: 'keys', engine: 'Postgres (KEYS_URL)' }]),
  ] as const;
}

/**
 * Backs up what is in the data directory into `directory`, which must be empty or not there. Views are left out: they
 * rebuild; of the keys that sign copies the public halves are in it. Its manifest is written last, so that what was
 * interrupted is never taken for a backup. Errors: USAGE, DATA_DIRECTORY, DISK_FULL, STORE_CORRUPT, CONFIG_INVALID.
 */
export async function backupHub(config: Config, directory: string, options: BackupOptions): Promise<Backup> {
  const { now = Date.now, onPart, stop } = options;
  const files = filesOf(config.dataDirectory);
  const elsewhere = partsElsewhere(config);
  const parts = order.filter((name) => !elsewhere.some(({ part }) => part === name));
  if (parts.length === 0)
    throw new HubError('USAGE', 'every part is in an engine; back them up with the means of each 各部分均在外部引擎中，请用其自身工具备份');
  for (const part of parts)
    if (!existsSync(files[part])) throw new HubError('DATA_DIRECTORY', `${files[part]} is not there; there is nothing whole to back up`);
  const keysFolder = parts.includes('keys') ? (options.keys ?? join(directory, 'keys')) : null;
  requireEmpty(directory);
  if (keysFolder !== null) requireEmpty(keysFolder);
  makeDirectory(directory);
  const made = keysFolder !== null && !existsSync(keysFolder);
  if (made) mkdirSync(keysFolder, { recursive: true, mode: 0o700 });

  const base = { format: 1, hub: options.version, begun: formatInstant(now()) } as const;
  const data: Manifest = { ...base, kind: 'data', ended: '', head: null, events: null, files: [], elsewhere };
  const written: string[] = [];
  try {
    for (const part of parts.filter((name) => name !== 'keys')) {
      stop?.throwIfAborted();
      await onPart?.(part);
      const copied = join(directory, `${part}.sqlite`);
      written.push(copied);
      if (part === 'store') Object.assign(data, await copyEventStore(files.store, copied));
      else await copyDatabase(files[part], copied);
      data.files.push({ name: `${part}.sqlite`, ...(await digestOf(copied, { sync: true })) });
    }
    // After the store: whatever copy it says was given, the key that signed it is there.
    const publicKeys = await publicKeysToKeep(config);
    if (publicKeys !== null) {
      const kept = join(directory, publicKeysName);
      written.push(kept);
      await writeFile(kept, `${JSON.stringify(publicKeys, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
      data.files.push({ name: publicKeysName, ...(await digestOf(kept, { sync: true })) });
    }
    data.ended = formatInstant(now());
    if (keysFolder !== null) {
      stop?.throwIfAborted();
      await onPart?.('keys');
      const begun = formatInstant(Math.max(now(), Date.parse(data.ended)));
      const copied = join(keysFolder, 'keys.sqlite');
      written.push(copied, join(keysFolder, manifestName));
      await copyDatabase(files.keys, copied);
      const kept = [{ name: 'keys.sqlite', ...(await digestOf(copied, { sync: true })) }];
      await writeManifest(keysFolder, { ...data, kind: 'keys', begun, ended: formatInstant(now()), head: null, events: null, files: kept });
    }
    await writeManifest(directory, data);
  } catch (error) {
    for (const file of written) for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
    if (made) rmdirSync(keysFolder);
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new HubError('DISK_FULL', `no space left to write the backup ${directory}`, { cause: error });
  }
  return { manifest: data, keys: keysFolder };
}

/** Whether a file of this name is left over from a backup that did not end. */
const unfinished = (name: string): boolean =>
  /^((cursors|log|store|keys)\.sqlite|signing-keys\.json|manifest\.json\.partial|keys$)/.test(name);

function requireEmpty(directory: string): void {
  if (!existsSync(directory)) return;
  const found = readdirSync(directory);
  if (found.length === 0) return;
  const why = found.includes(manifestName)
    ? 'it holds one already; name another directory 其中已有备份，请另指定目录'
    : found.some(unfinished)
      ? 'it holds one that never ended; delete that, or name another directory 其中的备份未完成，请删除或另指定目录'
      : 'it is not empty; name another directory 目录非空，请另指定目录';
  throw new HubError('USAGE', `${directory} cannot take a backup 不能存放备份: ${why}`);
}
