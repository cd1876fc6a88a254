// Keeps what judging gave: rows of packages and requests, and a line in the feed for each change.
import { canonicalJson, digestOf } from '../domain/canonical.ts';
import { Row } from './row.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { Package } from '../domain/packages/judge.ts';
import type { TransferRequest } from '../domain/transfers/request.ts';
import type { FeedLine, JudgedLocal } from '../ports/views.ts';
import type { RowParts } from './row.ts';
import type { Session } from './session.ts';

/** Why something changed: an event, or a date that came, with the rules that took effect on it. */
export type Cause = Pick<RecordedEvent, 'id' | 'type' | 'subject' | 'position'> | { date: string; position: number; rules?: string };

export type Judged = Package | TransferRequest;
/** A row as judged; its digest is worked out only if it differs from the one before. */
export type JudgedRow = RowParts<Judged, Omit<JudgedLocal, 'digest'>>;
export type KeptRow = Row<Judged, JudgedLocal>;

/** Keeps what was judged, or that it is no more; a line in the feed for whatever its digest covers. */
export function keepRow(
  session: Session,
  view: FeedLine['kind'],
  before: KeptRow | undefined,
  judged: JudgedRow | null,
  cause: Cause,
  cursor: () => string,
): void {
  if (judged === null) {
    if (!before) return;
    session.remove(view, before.key);
    return tell(session, view, before, null, cause, cursor);
  }
  const text = canonicalJson(judged.body);
  const same = before !== undefined && before.text === text;
  const digest = same ? before.local.digest : digestOf(text);
  const after: KeptRow = Row.of({ ...judged, text, local: { ...judged.local, digest } });
  if (same && before.due === after.due && before.localText === after.localText) return;
  if (before) session.put(view, after);
  else session.add(view, after);
  if (!same) tell(session, view, before, after, cause, cursor);
}

function tell(
  session: Session,
  view: FeedLine['kind'],
  before: KeptRow | undefined,
  after: KeptRow | null,
  cause: Cause,
  cursor: () => string,
): void {
  const { key } = (after ?? before)!;
  const line: FeedLine = {
    kind: view,
    id: key,
    change: !before ? 'prepared' : after ? 'changed' : 'withdrawn',
    status: after ? statusOf(after) : null,
    was: before ? statusOf(before) : null,
    digest: after?.local.digest ?? null,
    cause: 'date' in cause ? dateCause(cause) : { event: cause.id, type: cause.type, subject: cause.subject },
  };
  session.feed({ cursor: cursor(), view, key, body: JSON.stringify(line) });
}

const dateCause = ({ date, rules }: { date: string; rules?: string }): FeedLine['cause'] =>
  rules === undefined ? { date } : { date, rules };

/** From the tag, so that a body as stored need not be parsed. */
const statusOf = (row: KeptRow): string => row.tags.find((tag) => tag.startsWith('status:'))!.slice('status:'.length);
