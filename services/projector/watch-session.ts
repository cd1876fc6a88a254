// A session that notes what the change feed is told, with the state it is told of: bodies and not only digests.
import type { FeedCause, FeedLine, JudgedLocal } from '../ports/views.ts';
import type { Row } from './row.ts';
import type { Session } from './session.ts';

/** A line of the feed, and the row it tells of; null when that was withdrawn. */
export interface Noted {
  line: Omit<FeedLine, 'cause'> & { cause: FeedCause };
  row: Row<unknown, JudgedLocal> | null;
}

/** Notes only lines that are wanted. `drain` hands over what was noted since it was last called. */
export function watchSession(
  inner: Session,
  wanted: (kind: FeedLine['kind'], id: string) => boolean,
): { session: Session; drain: () => Noted[] } {
  const noted: Noted[] = [];
  const rows = new Map<string, Row | null>();
  const isWanted = (view: string, key: string): boolean => (view === 'package' || view === 'transfer-request') && wanted(view, key);
  const keep = (view: string, key: string, row: Row | null): void => {
    if (isWanted(view, key)) rows.set(`${view}/${key}`, row);
  };
  let marked = 0;
  const session: Session = {
    ...inner,
    put(view, row) {
      inner.put(view, row);
      keep(view, row.key, row);
    },
    add(view, row) {
      inner.add(view, row);
      keep(view, row.key, row);
    },
    remove(view, key) {
      inner.remove(view, key);
      keep(view, key, null);
    },
    feed(entry) {
      inner.feed(entry);
      if (!isWanted(entry.view, entry.key)) return;
      const row = rows.get(`${entry.view}/${entry.key}`) ?? null;
      noted.push({ line: JSON.parse(entry.body) as Noted['line'], row: row as Noted['row'] });
    },
    mark() {
      inner.mark();
      marked = noted.length;
    },
    // What is taken back was never told.
    rollback() {
      inner.rollback();
      noted.length = Math.min(noted.length, marked);
    },
  };
  return { session, drain: () => noted.splice(0) };
}
