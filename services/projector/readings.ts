// The view of readings: the events and refusals that each record as received was read as, by its source and digest.
import { streamOf, versionOfContract } from '../domain/events.ts';
import { Row } from './row.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { ReadingLocal } from '../ports/views.ts';
import type { Session } from './session.ts';

/** One record is hardly read more often; of more, those with the lowest ids are kept. */
const most = 32;

/** As much of a digest as tells records apart: 92 bits of SHA-256 in hexadecimal, and a whole keyed one. */
const digestLength = 30;

/** The key of a record as received; null where an event rests on none. */
export const readingKey = ({ source, evidence }: Pick<RecordedEvent, 'source' | 'evidence'>): string | null =>
  evidence === 'none' ? null : `${source} ${evidence.slice(0, digestLength)}`;

/**
 * Notes which event a record was read as, or refused as. `known`: this event is noted already; `again`: the record of this
 * stream was read before; `first`: it was not. `record` is null for a refusal.
 */
export async function noteReading(session: Session, event: RecordedEvent, record: string | null): Promise<'known' | 'again' | 'first'> {
  const key = readingKey(event);
  if (key === null) return 'first';
  const before = await session.get<object, ReadingLocal>('reading', key);
  const known = before?.local ?? [];
  if (known.some(([id]) => id === event.id)) return 'known';
  const stream = streamOf(event);
  const local = [...known, [event.id, stream, record, versionOfContract(event.contract), event.reader] as const]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, most);
  // A record that was read as more than one is told to an operator.
  const tags = local.some((other) => other[1] !== local[0]![1] || other[2] !== local[0]![2]) ? ['several'] : [];
  session.put('reading', Row.of<object, ReadingLocal>({ key, body: {}, local, tags, due: null }));
  return known.some((other) => other[1] === stream && other[2] === record) ? 'again' : 'first';
}
