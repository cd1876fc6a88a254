// Where the tests find the shared vectors and records, when they are there.
import { existsSync, readFileSync } from 'node:fs';

const shared = new URL('../../../../shared/', import.meta.url);

/** The text of a file in the shared folder beside the repository, or null when it is absent. */
export function sharedText(path: string): string | null {
  const file = new URL(path, shared);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}
