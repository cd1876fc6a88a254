// The manifest of a backup: what is in it, and the digest of each file. Written last, so that what was interrupted is no backup.
import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { HubError } from '../domain/errors.ts';
import { syncFolder } from '../drivers/sqlite/backup.ts';

export const manifestName = 'manifest.json';
/** Public keys (JWK Set) by which copies of packages that were given are verified. */
export const publicKeysName = 'signing-keys.json';

export interface Manifest {
  format: 1;
  /** Keys lie apart from the data, and have a manifest of their own. */
  kind: 'data' | 'keys';
  /** Version of the hub that wrote it. */
  hub: string;
  /** Everything acknowledged before `begun` is in it; nothing that came after `ended` is. RFC 3339. */
  begun: string;
  ended: string;
  /** Position of the newest event of the store in it, and how many there are; null without a store. */
  head: number | null;
  events: number | null;
  files: { name: string; bytes: number; sha256: string }[];
  /** Parts that engines hold: not in this backup. */
  elsewhere: readonly { part: string; engine: string }[];
}

/** The manifest of a backup. Errors: NOT_FOUND, STORE_CORRUPT. */
export function readManifest(directory: string, kind: Manifest['kind']): Manifest {
  let text: string;
  try {
    text = readFileSync(join(directory, manifestName), 'utf8');
  } catch (cause) {
    throw new HubError('NOT_FOUND', `${directory} holds no finished backup: there is no ${manifestName} to read 其中没有已完成的备份`, {
      cause,
    });
  }
  const manifest = parsed(text);
  if (!isManifest(manifest)) throw new HubError('STORE_CORRUPT', `${join(directory, manifestName)} is damaged, or of a newer hub`);
  if (manifest.kind !== kind)
    throw new HubError(
      'NOT_FOUND',
      `${directory} holds a backup of the ${manifest.kind}, not of the ${kind} ${kind === 'data' ? '这是密钥的备份，不是数据的备份' : '这是数据的备份，不是密钥的备份'}`,
    );
  return manifest;
}

/** A JSON text; null where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isManifest(value: unknown): value is Manifest {
  const { format, kind, begun, ended, files, elsewhere } = (value ?? {}) as Partial<Manifest>;
  return (
    format === 1 &&
    (kind === 'data' || kind === 'keys') &&
    [begun, ended].every((time) => typeof time === 'string' && !Number.isNaN(Date.parse(time))) &&
    Array.isArray(elsewhere) &&
    Array.isArray(files) &&
    // No path: a manifest from elsewhere must not reach out of its folder.
    files.every(
      (file) =>
        (/^[a-z]+\.sqlite$/.test(file.name) || file.name === publicKeysName) &&
        typeof file.sha256 === 'string' &&
        typeof file.bytes === 'number',
    )
  );
}

/** Durable: the files that it names are there before it is. */
export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const file = join(directory, manifestName);
  const aside = await open(`${file}.partial`, 'w', 0o600);
  try {
    await aside.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await aside.sync();
  } finally {
    await aside.close();
  }
  await syncFolder(directory);
  await rename(`${file}.partial`, file);
  await syncFolder(directory);
}
