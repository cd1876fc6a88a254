// How the hub is doing, in one object: `hub status` and the demo print it.
import { durationMs, formatInstant } from '../domain/time.ts';
import { inspect } from './gate.ts';
import type { Hub } from './open-hub.ts';
import type { SourceLocal } from '../ports/views.ts';

export interface SourceStatus extends SourceLocal {
  source: string;
  /** Published again though it was recorded before: published = events + duplicates once nothing is in flight. */
  duplicates: number;
  /** Milliseconds since the source was last in contact; null when it never was. */
  silentFor: number | null;
  /** Whether that is within what its contract promises; null when it never was in contact. */
  fresh: boolean | null;
}

export interface HubStatus {
  /** Events that sources stated. */
  events: number;
  /** Events that the hub wrote about its sources: refusals and contacts. */
  ownEvents: number;
  /** Position of the newest event, position up to which views are folded, and events published but not yet recorded. */
  head: number;
  position: number;
  unrecorded: number;
  viewsDigest: string;
  packages: Record<string, number>;
  packageTypes: Record<string, number>;
  transfers: Record<string, number>;
  quarantined: number;
  /** Streams that wait because one of their events could not be applied. */
  parked: number;
  sources: SourceStatus[];
  /** What an operator should see to: little disk, views ahead of the store, topics that cannot keep what is promised. */
  warnings: string[];
}

/** How much is kept, since when, and how fast it grows. */
export interface StorageStatus {
  /** When the oldest and newest events were recorded, RFC 3339; null while there are none. */
  oldest: string | null;
  newest: string | null;
  /** Bytes of each file in the data directory, and bytes free there. */
  bytes: Record<string, number>;
  free: number;
  /** Events a day over the last week, or since the first when that is later; and bytes, as large as those kept. Null on engines. */
  eventsPerDay: number | null;
  bytesPerDay: number | null;
  /** How long the log's engine keeps events, in milliseconds; -1 for ever; null for the embedded log, which keeps what is not recorded. */
  logRetentionMs: number | null;
  unrecorded: number;
}

export async function hubStatus(hub: Hub): Promise<HubStatus> {
  const { views, store, log } = hub;
  const { warnings } = await inspect(hub);
  const told = hub.notice;
  hub.notice = (text, fields) => void warnings.push(`${text} ${JSON.stringify(fields)}`);
  const unrecorded = await log.lag().finally(() => (hub.notice = told));
  const sources = await sourceStatuses(hub);
  const events = sources.reduce((sum, source) => sum + source.events, 0);
  const { position } = await views.checkpoint();
  const head = await store.head();
  const parked = (await views.count('parked'))[''] ?? 0;
  if (parked > 0) warnings.push(`${parked} streams are parked; see hub parked list`);
  if (position > head) warnings.push('views are ahead of the event store, which was restored or is another; run hub replay');
  return {
    events,
    ownEvents: sources.reduce((sum, source) => sum + source.own, 0),
    head,
    position,
    unrecorded,
    viewsDigest: await views.digest(),
    packages: await views.count('package', 'status:'),
    packageTypes: await views.count('package', 'type:'),
    transfers: await views.count('transfer-request', 'status:'),
    quarantined: (await views.count('quarantine', 'state:'))['quarantined'] ?? 0,
    parked,
    sources,
    warnings,
  };
}

const dayMs = 86_400_000;

export async function storageStatus(hub: Hub): Promise<StorageStatus> {
  const { store, log, config } = hub;
  const { bytes, free } = await inspect(hub);
  const [oldest, newest] = [await recordedAt(hub, 0), await recordedAt(hub, (await store.head()) - 1)];
  // Positions are counts on the embedded store alone.
  const growth = bytes.store !== undefined && oldest !== null ? await growthOf(hub, bytes.store, oldest) : null;
  return {
    oldest: oldest === null ? null : formatInstant(oldest),
    newest: newest === null ? null : formatInstant(newest),
    bytes,
    free,
    eventsPerDay: growth?.events ?? null,
    bytesPerDay: growth?.bytes ?? null,
    logRetentionMs: config.kafka?.retentionMs ?? null,
    unrecorded: await log.lag(),
  };
}

/** When the first event after a position was recorded. */
async function recordedAt({ store }: Hub, after: number): Promise<number | null> {
  const { events } = await store.query({ after: Math.max(0, after), limit: 1 });
  return events[0]?.recordedtime ?? null;
}

async function growthOf({ store, now }: Hub, bytes: number, oldest: number): Promise<{ events: number; bytes: number }> {
  const since = Math.max(now() - 7 * dayMs, oldest);
  const head = await store.head();
  const events = head - (await store.positionAt(since));
  // Within the first day what came is what a day brought.
  const days = Math.max(1, (now() - since) / dayMs);
  return { events: Math.round(events / days), bytes: Math.round(((events / days) * bytes) / head) };
}

async function sourceStatuses(hub: Hub): Promise<SourceStatus[]> {
  const known = new Map((await hub.views.list('source', { limit: 1000 })).map((row) => [row.key, JSON.parse(row.local) as SourceLocal]));
  return [...known].map(([source, local]) => {
    const promised = durationMs(hub.contracts.sources.get(source)?.freshness ?? '') ?? 0;
    const silentFor = local.lastContact === null ? null : Math.max(0, hub.now() - local.lastContact);
    return {
      source,
      ...local,
      duplicates: Math.max(0, local.published - local.events),
      silentFor,
      fresh: silentFor === null ? null : silentFor <= promised,
    };
  });
}
