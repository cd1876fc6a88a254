// How fresh each source is now, read from the views at most once a second however many answers want it.
import { freshnessOf } from '../domain/freshness.ts';
import { formatInstant } from '../domain/time.ts';
import type { Freshness, PromisingSource } from '../domain/freshness.ts';
import type { ViewReader } from '../ports/view-store.ts';
import type { SourceLocal } from '../ports/views.ts';

/** All sources at one moment. */
export interface FreshnessNow {
  of(source: string): Freshness;
}

const rereadMs = 1_000;

export interface FreshnessPorts {
  views: Pick<ViewReader, 'list'>;
  sources: ReadonlyMap<string, PromisingSource>;
  now: () => number;
}

/** Gives the reader of what is known now; at once while it is known. */
export function freshnessReader({ views, sources, now }: FreshnessPorts): () => FreshnessNow | Promise<FreshnessNow> {
  let known: { at: number; fresh: FreshnessNow } | null = null;
  let reading: Promise<FreshnessNow> | null = null;

  async function read(at: number): Promise<FreshnessNow> {
    const contacts = new Map<string, number | null>();
    for (const { key, local } of await views.list('source', { limit: 10_000 })) {
      const { lastContact, lastRecorded } = JSON.parse(local) as SourceLocal;
      contacts.set(key, lastContact ?? lastRecorded);
    }
    const worked = new Map<string, Freshness>();
    const fresh: FreshnessNow = {
      of(source) {
        let found = worked.get(source);
        if (!found) worked.set(source, (found = freshnessOf(source, sources.get(source), contacts.get(source) ?? null, at)));
        return found;
      },
    };
    known = { at, fresh };
    return fresh;
  }

  return () => {
    const at = now();
    if (known && at >= known.at && at - known.at < rereadMs) return known.fresh;
    return (reading ??= read(at).finally(() => (reading = null)));
  };
}

/** As `portal.yaml` has it. */
export const presentFreshness = ({ lastContact, ...freshness }: Freshness): object => ({
  ...freshness,
  lastContact: lastContact === null ? null : formatInstant(lastContact),
});
