// Which premises a subject was ever linked to, by the tags of today's views: what may have relied on an event of it.
import { familyOf, partsOfStream } from '../domain/events.ts';
import { packageIdParts } from '../domain/packages/judge.ts';
import { everTagged } from './bearing-streams.ts';
import { streamOfRow, viewOfFamily } from './fact-views.ts';
import { isKinTag, kinBelow } from './kin-links.ts';
import { targetOfView } from './targets.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { Authorisation, Commitment } from '../domain/own-facts.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { ViewReader, ViewRow } from '../ports/view-store.ts';
import type { LinkReader } from './bearing-streams.ts';

export interface Candidate {
  premises: string;
  cursor: string;
}

/** In a fixed order, so that a cursor can be gone on from. Each once. */
export async function* candidatesOf(
  views: LinkReader,
  codec: Pick<EventCodec, 'decode'>,
  event: RecordedEvent,
  after: string | undefined,
): AsyncGenerator<Candidate> {
  const [view, subject] = spokenOf(event);
  if (view === 'enterprise') {
    yield* ofEnterprise(views, subject, after);
    return;
  }
  const premises = view === undefined ? ofOwnEvent(event, codec) : await ofSubject(views, view, subject);
  for (const key of premises.sort()) if (after === undefined || key > after) yield { premises: key, cursor: key };
}

/** The view and key of the subject that an event is about; of a retirement, that of the events it speaks of. */
function spokenOf({ type, subject }: RecordedEvent): [view: string | undefined, subject: string] {
  const parts = familyOf(type) === 'retirement' ? partsOfStream(subject) : null;
  return parts ? [viewOfFamily(parts.family), parts.subject] : [viewOfFamily(familyOf(type)), subject];
}

/** A subject's row, or what is kept of one of which nothing counts any more, as that row. */
async function rowOf(views: LinkReader, view: string, key: string): Promise<ViewRow | undefined> {
  const row = await views.get(view, key);
  if (row) return row;
  const unstated = await views.get('unstated', streamOfRow(view, key));
  return unstated && { ...unstated, view, key };
}

/** Whom the hub's own events are about. */
function ofOwnEvent(event: RecordedEvent, codec: Pick<EventCodec, 'decode'>): string[] {
  switch (familyOf(event.type)) {
    case 'transfer-request':
      return [event.subject];
    case 'commitment':
      return [premisesOf((codec.decode(event.data) as Commitment).package)];
    case 'authorisation': {
      const { object } = codec.decode(event.data) as Authorisation;
      return object === null ? [] : [premisesOf(object)];
    }
    default:
      return [];
  }
}

/** Of a package id, or a case number as it is. */
const premisesOf = (object: string): string => packageIdParts(object)[2] ?? object;

async function ofSubject(views: LinkReader, view: string, key: string): Promise<string[]> {
  const row = await rowOf(views, view, key);
  if (!row) return [];
  const found = new Set(ownPremises(row));
  // A transfer bears on its own case alone.
  if (view === 'house-transfer') return [...found];
  const tags = row.tags.map((tag) => tag.replace(/^was:/, ''));
  const links = tags.filter((tag) => /^(unit|project|consumer):/.test(tag));
  for (const other of await views.findAll(links.flatMap(everTagged))) for (const premises of ownPremises(other)) found.add(premises);
  for (const tag of view === 'meter-account' ? tags.filter((tag) => tag.startsWith('address:')) : [])
    for (const each of everTagged(tag)) for (const other of await views.find(each, { view: 'house-transfer' })) found.add(other.key);
  return [...found];
}

const viewOfStream = (stream: string): string => viewOfFamily(partsOfStream(stream)!.family)!;

/** The key of the subject: a row of which nothing counts any more is kept by its stream. */
const statedKey = ({ view, key }: ViewRow): string => (view === 'unstated' ? partsOfStream(key)!.subject : key);

/** What a row is a premises of: itself, or, of a permit, every project it was ever for. */
function ownPremises(stored: ViewRow): string[] {
  const row = stored.view === 'unstated' ? { ...stored, view: viewOfStream(stored.key), key: statedKey(stored) } : stored;
  // A request carries the account that was chosen for it, which nothing else may link to its case.
  if (targetOfView[row.view] !== undefined || row.view === 'transfer-request' || row.view === 'transfer-life') return [row.key];
  if (row.view !== 'permit') return [];
  return row.tags
    .map((tag) => tag.replace(/^was:/, ''))
    .flatMap((tag) => (tag.startsWith('project:') ? [tag.slice('project:'.length)] : []));
}

const pageSize = 200;
const heldViews = [...Object.keys(targetOfView).sort(), 'unstated'];

/** What may have relied on an enterprise; where it has or had kin, also what was theirs, and what lies beside it. */
async function* ofEnterprise(views: LinkReader, code: string, after: string | undefined): AsyncGenerator<Candidate> {
  const row = await rowOf(views, 'enterprise', code);
  if (!row) return;
  const tagsOf = (key: string, tags: readonly string[]): string[] => [
    `party:${key}`,
    ...tags.map((tag) => tag.replace(/^was:/, '')).filter((tag) => tag.startsWith('party:')),
  ];
  const below = await kinBelow(code, (tag) => views.findAll(everTagged(tag)));
  const ever = row.tags.map((tag) => tag.replace(/^was:/, ''));
  const tags = [...new Set([[code, row.tags] as const, ...below].flatMap(([key, own]) => tagsOf(key, own)))].sort();
  if (below.size === 0 && !ever.some(isKinTag)) {
    yield* ofParties(views, tags.flatMap(everTagged), after);
    return;
  }
  const found = new Set<string>();
  for await (const { premises } of ofParties(views, tags.flatMap(everTagged), undefined)) found.add(premises);
  for (const tag of tags)
    for (const held of await views.findAll(everTagged(tag)))
      for (const link of held.tags.map((each) => each.replace(/^was:/, '')).filter((each) => each.startsWith('unit:')))
        for (const beside of await views.findAll(everTagged(link))) for (const premises of ownPremises(beside)) found.add(premises);
  for (const key of [...found].sort()) if (after === undefined || key > after) yield { premises: key, cursor: key };
}

/** A developer may hold any number of units, so they are read a page at a time, tag by tag and view by view. */
async function* ofParties(views: Pick<ViewReader, 'find'>, tags: readonly string[], after: string | undefined): AsyncGenerator<Candidate> {
  const [atTag, atView, ...rest] = (after ?? '').split('.');
  let [from, key] = after === undefined ? [0, ''] : [Number(atTag) * heldViews.length + Number(atView), rest.join('.')];
  for (; from < tags.length * heldViews.length; from++, key = '') {
    const [t, v] = [Math.floor(from / heldViews.length), from % heldViews.length];
    for (;;) {
      const found: ViewRow[] = await views.find(tags[t]!, { view: heldViews[v]!, after: key, limit: pageSize });
      for (const held of found) {
        key = held.key;
        // Found already by an earlier tag.
        if (!tags.slice(0, t).some((tag) => held.tags.includes(tag))) yield { premises: statedKey(held), cursor: `${t}.${v}.${key}` };
      }
      if (found.length < pageSize) break;
    }
  }
}
