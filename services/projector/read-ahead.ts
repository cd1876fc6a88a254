// Reads ahead what a batch of events will touch, in two round trips whatever its size. What it misses is read when needed.
import { familyOf, streamOf } from '../domain/events.ts';
import { placeOf } from './fact-views.ts';
import { readingKey } from './readings.ts';
import { ledgerViewOf } from './ledger-views.ts';
import { isKinTag, kinTags } from './kin-links.ts';
import { targetOfView } from './targets.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { RowKey } from '../ports/view-store.ts';
import type { Row } from './row.ts';
import type { Session } from './session.ts';

/** An event with what it states; null where its bytes cannot be read. */
export interface Stated {
  event: RecordedEvent;
  fact: object | null;
}

export async function readAhead(session: Session, batch: readonly Stated[]): Promise<void> {
  const keys: RowKey[] = [];
  const tags = new Set<string>();
  const anyRetired = await session.any('retirement');
  const touched: { view: string; key: string; tags: readonly string[] }[] = [];
  for (const { event, fact } of batch) {
    keys.push({ view: 'source', key: event.source });
    const place = placeKnown(event.type, fact);
    keys.push({ view: place?.view ?? ledgerViewOf(event.type) ?? 'quarantine', key: event.subject });
    const reading = place || familyOf(event.type) === 'quarantine' ? readingKey(event) : null;
    if (reading !== null) keys.push({ view: 'reading', key: reading });
    if (reading !== null && anyRetired) keys.push({ view: 'retirement', key: streamOf(event) });
    if (!place) continue;
    // Those who name an enterprise are judged again with it; others lead to the licences of their parties.
    if (place.view === 'enterprise') for (const kind of ['party', ...kinTags]) tags.add(`${kind}:${event.subject}`);
    // Who else is a branch of the same parent is nobody's business here, and may be many.
    for (const link of place.links) if (!isKinTag(link)) tags.add(link);
    touched.push({ view: place.view, key: event.subject, tags: [...place.links, ...place.parties.map((party) => `party:${party}`)] });
  }
  const found = await session.ahead(keys, tags);
  await session.ahead(...judgedWith([...touched, ...found.map(({ view, row }) => ({ view, key: row.key, tags: row.tags }))]));
}

/** The same for rows of facts that are to be judged again as they are. */
export async function readAheadOf(session: Session, view: string, rows: readonly Pick<Row, 'key' | 'tags'>[]): Promise<void> {
  const found = await session.ahead(...judgedWith(rows.map(({ key, tags }) => ({ view, key, tags }))));
  await session.ahead(...judgedWith(found.map(({ view, row }) => ({ view, key: row.key, tags: row.tags }))));
}

/** A fact that has no place is met again by the fold, which parks its stream. */
function placeKnown(type: string, fact: object | null): ReturnType<typeof placeOf> {
  try {
    return fact && placeOf(type, fact);
  } catch {
    return null;
  }
}

/** What rows are judged with, and what was made of them before. */
function judgedWith(rows: readonly (Pick<Row, 'key' | 'tags'> & { view: string })[]): [RowKey[], Set<string>] {
  const keys: RowKey[] = [];
  const tags = new Set<string>();
  for (const row of rows) {
    const target = targetOfView[row.view];
    if (target !== undefined) tags.add(`target:${target}:${row.key}`);
    if (row.view === 'house-transfer') keys.push({ view: 'transfer-request', key: row.key });
    for (const tag of row.tags) {
      const [kind, value] = [tag.slice(0, tag.indexOf(':')), tag.slice(tag.indexOf(':') + 1)];
      if (kind === 'party' && !/^(?:p-|name:|org:)/.test(value)) keys.push({ view: 'enterprise', key: value });
      if (isKinTag(tag)) keys.push({ view: 'enterprise', key: value });
      if (kind === 'unit') keys.push({ view: 'property', key: value });
      if (kind === 'consumer') keys.push({ view: 'meter-account', key: value });
      if (kind === 'project') tags.add(`target:${tag}`);
      if (kind === 'unit' || kind === 'consumer' || kind === 'project' || kind === 'address') tags.add(tag);
    }
  }
  return [keys, tags];
}
