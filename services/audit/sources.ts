// How each source is doing, held against the freshness that its contract promises.
import { durationMs, formatInstant } from '../domain/time.ts';
import type { SourceContract } from '../domain/source-contract.ts';
import type { ViewRow } from '../ports/view-store.ts';
import type { SourceLocal } from '../ports/views.ts';

/** Every source that has a contract or ever had an event, by name. */
export function presentSources(contracts: ReadonlyMap<string, SourceContract>, rows: readonly ViewRow[], now: number): object[] {
  const known = new Map(rows.map((row) => [row.key, JSON.parse(row.local) as SourceLocal]));
  return [...new Set([...contracts.keys(), ...known.keys()])]
    .sort()
    .map((name) => presentSource(name, contracts.get(name), known.get(name), now));
}

const instant = (time: number | null | undefined): string | null => (time === null || time === undefined ? null : formatInstant(time));

function presentSource(name: string, contract: SourceContract | undefined, local: SourceLocal | undefined, now: number): object {
  const allowed = contract ? durationMs(contract.freshness) : null;
  const last = local?.lastContact ?? local?.lastRecorded ?? null;
  const freshUntil = last === null || allowed === null ? null : last + allowed;
  return {
    name,
    title: contract?.title ?? null,
    provider: contract?.provider ?? null,
    contract: contract ? `${contract.name}@${contract.version}` : null,
    freshness: contract?.freshness ?? null,
    state: last === null ? 'never' : freshUntil === null ? 'unknown' : now > freshUntil ? 'stale' : 'fresh',
    freshUntil: instant(freshUntil),
    lastContact: instant(local?.lastContact),
    lastRecorded: instant(local?.lastRecorded),
    newestFact: instant(local?.newestFact),
    cursor: local?.cursor ?? null,
    events: local?.events ?? 0,
    quarantined: local?.quarantined ?? 0,
    received: local?.received ?? 0,
    published: local?.published ?? 0,
    refused: local?.refused ?? 0,
  };
}
