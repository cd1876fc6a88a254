// Files that hold secret keys: made once whichever process comes first, replaced whole, and refused when others may read them.
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

/** Two processes may start at once: the one whose link comes first has made the file, whole. Errors: DATA_DIRECTORY. */
export const makeSecret = (file: string, text: string): void =>
  writeBeside(file, text, (draft) => {
    try {
      linkSync(draft, file);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    }
  });

/** Errors: DATA_DIRECTORY. */
export const replaceSecret = (file: string, text: string): void => writeBeside(file, text, (draft) => renameSync(draft, file));

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
