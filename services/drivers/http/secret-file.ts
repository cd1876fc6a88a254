// Files that hold secret keys: made once whichever process comes first, replaced whole, and refused when others may read them.
import { randomUUID } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HubError } from '../../domain/errors.ts';

/** The text of a file, null when there is none. Errors: CONFIG_INVALID. */
export function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new HubError('CONFIG_INVALID', `${file} cannot be read`, { cause });
  }
}

/** Errors: CONFIG_INVALID when any of these permissions is given (0o077: to anybody else; 0o007: beyond its group). */
export function refuseReadable(file: string, permissions: number): void {
  if ((statSync(file).mode & permissions) !== 0)
    throw new HubError('CONFIG_INVALID', `${file} holds a secret key that others may read; run chmod 600 on it`);
}

/** The text of a secret of our own, made when there is none. Errors: as `refuseReadable`; DATA_DIRECTORY when it cannot be written. */
export async function ownSecret(file: string, make: () => Promise<string>): Promise<string> {
  removeDrafts(file);
  let text = readIfThere(file);
  if (text === null) {
    makeSecret(file, await make());
    text = readIfThere(file)!;
  }
  refuseReadable(file, 0o077);
  return text;
}

/** Two processes may start at once: the one whose link comes first has made the file, whole. */
const makeSecret = (file: string, text: string): void =>
  writeBeside(file, text, (draft) => {
    try {
      linkSync(draft, file);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    }
  });

/** Errors: DATA_DIRECTORY. */
export const replaceSecret = (file: string, text: string): void => writeBeside(file, text, (draft) => renameSync(draft, file));

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** No draft that is still being written is as old as this. */
const draftsEndMs = 60_000;

/** Whoever was killed while writing left its draft, with a secret in it. */
function removeDrafts(file: string): void {
  const [folder, prefix] = [dirname(file), `${basename(file)}.`];
  try {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(prefix) || !uuid.test(name.slice(prefix.length))) continue;
      const draft = join(folder, name);
      if (Date.now() - statSync(draft).mtimeMs > draftsEndMs) rmSync(draft, { force: true });
    }
  } catch {
    // Gone meanwhile, or not ours to remove: the secret itself is what counts.
  }
}

function writeBeside(file: string, text: string, place: (draft: string) => void): void {
  const draft = `${file}.${randomUUID()}`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
    place(draft);
  } catch (cause) {
    throw new HubError('DATA_DIRECTORY', `${file} cannot be written`, { cause });
  } finally {
    rmSync(draft, { force: true });
  }
}
