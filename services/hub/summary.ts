// How the hub is doing, in one object: `hub status` and the demo print it.
import { durationMs } from '../domain/time.ts';
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
  /** Events that the hub wrote itself: refusals, erasures, contacts with sources. */
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
  sources: SourceStatus[];
}

export async function hubStatus(hub: Hub): Promise<HubStatus> {
  const { views, store, log } = hub;
  const sources = await sourceStatuses(hub);
  const events = sources.reduce((sum, source) => sum + source.events, 0);
  const { position } = await views.checkpoint();
  return {
    events,
    ownEvents: sources.reduce((sum, source) => sum + source.own, 0),
    head: await store.head(),
    position,
    unrecorded: await log.lag(),
    viewsDigest: await views.digest(),
    packages: await views.count('package', 'status:'),
    packageTypes: await views.count('package', 'type:'),
    transfers: await views.count('transfer-request', 'status:'),
    quarantined: (await views.count('quarantine', 'state:'))['quarantined'] ?? 0,
    sources,
  };
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
