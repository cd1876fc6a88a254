// Puts a backup into a new data directory, once every file of it is known to be what was backed up.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { copyFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HubError } from '../domain/errors.ts';
import { digestOf, keepDurably, syncFolder } from '../drivers/sqlite/backup.ts';
import { restoringIn } from '../drivers/sqlite/database.ts';
import { takeWriterLock } from '../drivers/sqlite/writer-lock.ts';
import { parsed, publicKeysName, readManifest } from './backup-manifest.ts';
import { restorePublicKeys } from './copies.ts';
import { filesOf, makeDirectory } from './open-hub.ts';
import type { Manifest } from './backup-manifest.ts';

export interface RestoreOptions {
  /** Where the keys of persons are; by default a folder `keys` in the backup. Those of a later backup fit too. */
  keys?: string;
  stop?: AbortSignal;
}

export interface Restored {
  manifest: Manifest;
  files: string[];
}

interface Source {
  path: string;
  file: Manifest['files'][number];
}

/**
 * Restores the backup in `directory` into `dataDirectory`, which must hold no data. No hub opens it until all is in its
 * place; where a restore was interrupted, the next one begins anew. Views are rebuilt by the next start or replay, which
 * also destroys again the keys of everybody whose erasure is in the store. Copies given before verify with the keys that are
 * published after; new ones are signed with a new key, since no private one is in a backup.
 * Errors: NOT_FOUND, STORE_CORRUPT, USAGE, DATA_DIRECTORY, DATA_LOCKED, DISK_FULL, CONFIG_INVALID.
 */
export async function restoreHub(directory: string, dataDirectory: string, options: RestoreOptions = {}): Promise<Restored> {
  const manifest = readManifest(directory, 'data');
  const all = [...keySources(directory, manifest, options.keys), ...sourcesIn(directory, manifest)];
  for (const source of all) await requireWhole(source.path, source);
  // Taken over key by key, not as a file.
  const sources = all.filter(({ file }) => file.name !== publicKeysName);
  const publicKeys = all.find(({ file }) => file.name === publicKeysName);
  if (!existsSync(restoringIn(dataDirectory))) requireNoData(dataDirectory);
  makeDirectory(dataDirectory);
  const lock = takeWriterLock(filesOf(dataDirectory).lock);
  const restoring = restoringIn(dataDirectory);
  const aside = ({ file }: Source): string => join(restoring, file.name);
  try {
    await takeBack(dataDirectory);
    requireNoData(dataDirectory);
    makeDirectory(restoring);
    await syncFolder(dataDirectory);
    for (const source of sources) {
      options.stop?.throwIfAborted();
      await copied(source.path, aside(source));
      await requireWhole(aside(source), source, { sync: true });
      keepDurably(aside(source));
    }
    const toPlace = await Promise.all(sources.map(async (source) => ({ ...source.file, ...(await digestOf(aside(source))) })));
    await writeFile(join(restoring, placedName), JSON.stringify(toPlace), { flush: true, mode: 0o600 });
    await syncFolder(restoring);
    if (publicKeys)
      await restorePublicKeys(dataDirectory, JSON.parse(readFileSync(publicKeys.path, 'utf8')) as Parameters<typeof restorePublicKeys>[1]);
    // Cursors last, as in `order`: whatever is missing, none is ahead of its events.
    const rank = ['keys.sqlite', 'store.sqlite', 'log.sqlite', 'cursors.sqlite'];
    for (const source of sources.toSorted((a, b) => rank.indexOf(a.file.name) - rank.indexOf(b.file.name)))
      await rename(aside(source), join(dataDirectory, source.file.name));
    await syncFolder(dataDirectory);
    // At one stroke: from here on hubs may open it.
    await rename(restoring, `${restoring}.ended`);
    await syncFolder(dataDirectory);
    await rm(`${restoring}.ended`, { recursive: true });
  } catch (error) {
    // What this cannot take back, the next restore does.
    await takeBack(dataDirectory).catch(() => undefined);
    throw error;
  } finally {
    lock.release();
  }
  return { manifest, files: all.map(({ file }) => file.name) };
}

const sourcesIn = (directory: string, { files }: Manifest): Source[] => files.map((file) => ({ path: join(directory, file.name), file }));

/** The keys that go with the data: of the same backup, or a later one. */
function keySources(directory: string, data: Manifest, keys = join(directory, 'keys')): Source[] {
  if (data.elsewhere.some(({ part }) => part === 'keys')) return [];
  const manifest = readManifest(keys, 'keys');
  if (Date.parse(manifest.begun) < Date.parse(data.ended))
    throw new HubError(
      'USAGE',
      `the keys in ${keys} are older than the backup in ${directory}, which may hold persons they do not know 密钥早于备份，请用同一或更晚备份的密钥`,
    );
  return sourcesIn(keys, manifest);
}

async function requireWhole(path: string, { file }: Source, options: { sync?: boolean } = {}): Promise<void> {
  const found = await digestOf(path, options).catch((cause: unknown) => {
    throw new HubError('STORE_CORRUPT', `${path} of the backup cannot be read`, { cause });
  });
  if (found.sha256 !== file.sha256)
    throw new HubError('STORE_CORRUPT', `${path} is not what was backed up: it has ${found.bytes} bytes of ${file.bytes}, or others`);
}

/** What a restore put in its place, until it ends: names and digests. */
const placedName = 'placed.json';

const dataIn = (directory: string): string[] =>
  existsSync(directory) ? readdirSync(directory).filter((name) => name.includes('.sqlite') && !name.startsWith('lock.sqlite')) : [];

function requireNoData(dataDirectory: string): void {
  const [found] = dataIn(dataDirectory);
  if (found !== undefined) throw inTheWay(dataDirectory, found);
}

const inTheWay = (dataDirectory: string, found: string): HubError =>
  new HubError(
    'DATA_DIRECTORY',
    `${dataDirectory} already holds ${found}; restore into a new directory with --data 其中已有数据，请用 --data 指定新目录`,
  );

/** Removes what an interrupted restore left, and that alone: what anybody wrote since then is data. Errors: DATA_DIRECTORY. */
async function takeBack(dataDirectory: string): Promise<void> {
  const restoring = restoringIn(dataDirectory);
  if (!existsSync(restoring)) return;
  const list = join(restoring, placedName);
  // Cut short, it was written before anything was put in its place.
  const placed = (existsSync(list) ? (parsed(readFileSync(list, 'utf8')) as Manifest['files'] | null) : null) ?? [];
  const left = dataIn(dataDirectory);
  for (const name of left) {
    const digest = placed.find((file) => file.name === name)?.sha256;
    if (digest === undefined || (await digestOf(join(dataDirectory, name))).sha256 !== digest) throw inTheWay(dataDirectory, name);
  }
  for (const name of left) rmSync(join(dataDirectory, name));
  await rm(restoring, { recursive: true });
}

async function copied(from: string, to: string): Promise<void> {
  await copyFile(from, to).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOSPC') throw new HubError('DISK_FULL', `no space left to write ${to}`, { cause });
    throw cause;
  });
}
