// The oracle: holds what an installation kept and shows against what its sources said, invariant by invariant.
import { familyOf, ownFamilies, streamOf } from '../../../services/domain/events.ts';
import { checkCitizenId } from '../../../services/domain/identifiers/citizen-id.ts';
import { openSqliteViewStore } from '../../../services/drivers/sqlite/view-store.ts';
import { project } from '../../../services/projector/projector.ts';
import { digestOfRows, foldInMemory } from '../../support/fold.ts';
import { codec, rules } from '../../support/project.ts';
import { expectedOf } from './ledger.ts';
import type { RecordedEvent } from '../../../services/domain/events.ts';
import type { EventStore } from '../../../services/ports/event-store.ts';
import type { ViewStore } from '../../../services/ports/view-store.ts';
import type { Expected, Ledger } from './ledger.ts';

/** I9 waits for proofs that history was not rewritten. */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I10' | 'I11';

export interface Finding {
  invariant: Invariant;
  what: string;
}

/** An installation to look at, at rest. */
export interface Examined {
  ledger: Ledger;
  /** Opens the store for one more reader. */
  openStore(): EventStore;
  views: ViewStore;
  /** Events published that no recorder has committed. */
  inFlight: number;
  /** Positions and ids that a subscriber saw while things happened, if there was one. */
  followed?: readonly (readonly [number, string])[];
  /** Everything that processes wrote, metrics, and files, where nothing personal may stand. */
  told: Iterable<string>;
}

export interface Verdict {
  findings: Finding[];
  /** Digest of the views. */
  digest: string;
  /** Ids of facts and refusals, sorted. */
  ids: string[];
  /** Records: sent, received with batches that were published, kept as facts or in quarantine, and suppressed. */
  counts: { sent: number; received: number; kept: number; quarantined: number; suppressed: number };
}

export async function check(examined: Examined): Promise<Verdict> {
  const findings: Finding[] = [];
  const found = (invariant: Invariant, what: string): void => void findings.push({ invariant, what });
  const expected = await expectedOf(examined.ledger.said());
  const events = await scan(examined, found);
  const own = events.filter(({ type }) => !ofTheHub.has(familyOf(type)));
  checkKept(own, expected, examined.ledger, found);
  checkStreams(events, expected, found);
  const counts = checkCounts(events, own, examined, found);
  const digest = await checkViews(examined, events, found);
  checkHygiene(examined, expected, found);
  return { findings, digest, ids: own.map(({ id }) => id).sort(), counts };
}

/**
 * What must hold of views the moment after a death: rows and checkpoint are of the same commit (I7), so the rows are the
 * fold of the events up to the checkpoint.
 */
export async function checkCrashed(store: EventStore, views: ViewStore): Promise<Finding[]> {
  const { position, date } = await views.checkpoint();
  const events = (await read(store, 500)).filter((event) => event.position <= position);
  if (events.length > 0 && events.at(-1)!.position !== position)
    return [{ invariant: 'I7', what: `the checkpoint ${position} is no event` }];
  const digest = digestOfRows(await foldInMemory(events, date));
  return digest === (await views.digest()) ? [] : [{ invariant: 'I7', what: `rows are not the fold up to their checkpoint ${position}` }];
}

type Found = (invariant: Invariant, what: string) => void;

/** What the hub writes about its own work is in no ledger of a source. */
const ofTheHub = new Set<string>(ownFamilies.filter((family) => family !== 'quarantine'));

async function read(store: EventStore, batch: number): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const some of store.readAll(0, { batch })) events.push(...some);
  return events;
}

/** I5: two readers, opened anew, and whoever followed live agree. */
async function scan({ openStore, followed = [] }: Examined, found: Found): Promise<RecordedEvent[]> {
  const [one, other] = [openStore(), openStore()];
  const [events, again] = [await read(one, 7), await read(other, 500)];
  await Promise.all([one.close(), other.close()]);
  const line = (event: RecordedEvent): string => `${event.position} ${event.id} ${event.revision} ${event.recordedtime}`;
  if (events.map(line).join() !== again.map(line).join()) found('I5', 'two scans differ');
  events.forEach(({ position }, i) => {
    if (position <= (events[i - 1]?.position ?? 0)) found('I5', `position ${position} does not rise`);
  });
  followed.forEach(([position, id], i) => {
    if (events[i]?.position !== position || events[i].id !== id) found('I5', `the subscriber's ${i}th event is not the scan's`);
  });
  return events;
}

/** I1, I2 and I3: each acknowledged record once, and nothing that nobody said. */
function checkKept(own: readonly RecordedEvent[], expected: readonly Expected[], ledger: Ledger, found: Found): void {
  const ids = new Set<string>();
  for (const { id } of own) {
    if (ids.has(id)) found('I2', `event ${id} is kept twice`);
    ids.add(id);
  }
  for (const { source, seq, event } of expected)
    if (seq < ledger.ackedOf(source) && !ids.has(event.id)) found('I1', `record ${seq} of ${source} was acknowledged and is not kept`);
  const known = new Map(expected.map(({ event }) => [event.id, event]));
  const evidence = new Set(expected.map(({ event }) => event.evidence));
  for (const event of own) {
    const said = known.get(event.id);
    if (said?.evidence === event.evidence) continue;
    if (evidence.has(event.evidence)) found('I2', `event ${event.id} keeps a record again under another id`);
    else found('I3', `nobody said event ${event.id}`);
  }
}

/** I2 and I4: each stream's revisions without gap or repeat, its facts in the order of their source. */
function checkStreams(events: readonly RecordedEvent[], expected: readonly Expected[], found: Found): void {
  const first = new Map<string, number>();
  for (const { seq, event } of expected) if (!first.has(event.id)) first.set(event.id, seq);
  const streams = new Map<string, { revision: number; seq: number }>();
  for (const event of events) {
    const stream = streamOf(event);
    const before = streams.get(stream) ?? { revision: -1, seq: -1 };
    const seq = first.get(event.id) ?? before.seq;
    if (event.revision <= before.revision) found('I2', `revision ${event.revision} of a stream comes twice`);
    else if (event.revision !== before.revision + 1) found('I4', `a stream goes from revision ${before.revision} to ${event.revision}`);
    if (seq < before.seq) found('I4', `record ${seq} of ${event.source} was kept after record ${before.seq}`);
    streams.set(stream, { revision: event.revision, seq });
  }
}

/** I8: what contacts counted is what is kept, suppressed or refused; nothing is in flight. */
function checkCounts(
  events: readonly RecordedEvent[],
  own: readonly RecordedEvent[],
  { ledger, inFlight }: Examined,
  found: Found,
): Verdict['counts'] {
  const total = { received: 0, published: 0, quarantined: 0 };
  for (const event of events) {
    if (!event.type.startsWith('contact.')) continue;
    const told = codec.decode(event.data) as unknown as Record<keyof typeof total, number>;
    if (told.received !== told.published + told.quarantined) found('I8', 'a batch received other than it passed on');
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += told[key];
  }
  const quarantined = own.filter(({ type }) => type.startsWith('quarantine.')).length;
  const suppressed = total.received - own.length;
  if (suppressed < 0) found('I8', `${own.length} records are kept of ${total.received} received`);
  if (quarantined > total.quarantined) found('I8', `${quarantined} refusals are kept of ${total.quarantined}`);
  if (total.received > ledger.sent()) found('I8', `${total.received} records were received of ${ledger.sent()} sent`);
  if (inFlight !== 0) found('I8', `${inFlight} events are in flight at rest`);
  return { sent: ledger.sent(), received: total.received, kept: own.length, quarantined, suppressed };
}

/** I6 and I7: the live views, a rebuild, and a fold in memory are one; the checkpoint is the last event. */
async function checkViews({ views, openStore }: Examined, events: readonly RecordedEvent[], found: Found): Promise<string> {
  const { position, date } = await views.checkpoint();
  const head = events.at(-1)?.position ?? 0;
  if (position !== head) found('I7', `the checkpoint is ${position} and the last event ${head}`);
  const digest = await views.digest();
  if (digest !== digestOfRows(await foldInMemory(events, date))) found('I6', 'the live views are not the fold of the events');
  const [store, fresh] = [openStore(), openSqliteViewStore(':memory:')];
  await project({ store, views: fresh, codec, rules, today: () => date });
  if (digest !== (await fresh.digest())) found('I6', 'the live views are not what a rebuild gives');
  await Promise.all([store.close(), fresh.close()]);
  return digest;
}

/** I11: no identity or telephone number of a natural person stands where it must not. */
function checkHygiene({ told }: Examined, expected: readonly Expected[], found: Found): void {
  const said = expected.map(({ record }) => JSON.stringify(record)).join('\n');
  const numbers = (said.match(/(?<![0-9A-Z])\d{17}[\dXx](?![0-9A-Z])/g) ?? []).filter((number) => checkCitizenId(number).valid);
  const canaries = new Set([...numbers, ...(said.match(/(?<![0-9A-Z])1[3-9]\d{9}(?![0-9A-Z])/g) ?? [])]);
  if (canaries.size === 0) found('I11', 'no record speaks of a person: this shows nothing');
  for (const text of told) for (const canary of canaries) if (text.includes(canary)) found('I11', 'a number of a person was told');
}
