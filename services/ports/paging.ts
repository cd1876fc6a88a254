// Cursor paging over views: opaque cursors, and pages of rows that pass a filter.
import { HubError } from '../domain/errors.ts';
import type { Page, ViewRow } from './view-store.ts';

/** A page as answered. `next` goes into `after`; null at the end. A page may hold fewer items than asked for, even none. */
export interface AnswerPage<T> {
  items: T[];
  next: string | null;
}

/** How many rows one request may look at, so that a filter that fits nothing cannot hold the process. */
const scanLimit = 5_000;

/** The opaque cursor after a key: base64url of its UTF-8. */
export const cursorAfter = (key: string): string => Buffer.from(key).toString('base64url');

/** The key in a cursor; '' where none was given. Errors: USAGE when we never gave such a cursor. */
export function keyIn(cursor: string | undefined): string {
  if (cursor === undefined) return '';
  const key = Buffer.from(cursor, 'base64url').toString();
  if (cursorAfter(key) !== cursor) throw new HubError('USAGE', '`after` is not a cursor that this API gave 续查位置无效');
  return key;
}

/** The number in a cursor, or null where none was given. Errors: USAGE. */
export function numberIn(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  const key = keyIn(cursor);
  if (!/^\d{1,15}$/.test(key)) throw new HubError('USAGE', '`after` is not a cursor that this API gave 续查位置无效');
  return Number(key);
}

/** Reads rows by key until `limit` of them carry all the tags. */
export async function pageOfRows(
  read: (page: Required<Page>) => Promise<ViewRow[]>,
  tags: readonly string[],
  page: { after: string | undefined; limit: number },
): Promise<AnswerPage<ViewRow>> {
  const rows: ViewRow[] = [];
  const chunk = tags.length === 0 ? page.limit + 1 : Math.max(page.limit + 1, 200);
  let at = keyIn(page.after);
  for (let scanned = 0; scanned < scanLimit; scanned += chunk) {
    const found = await read({ after: at, limit: chunk });
    for (const row of found) {
      if (tags.every((tag) => row.tags.includes(tag))) {
        if (rows.length === page.limit) return { items: rows, next: cursorAfter(at) };
        rows.push(row);
      }
      at = row.key;
    }
    if (found.length < chunk) return { items: rows, next: null };
  }
  return { items: rows, next: cursorAfter(at) };
}
