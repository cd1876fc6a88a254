// What a stream is known to hold: read from the server, never guessed.
import { LRUCache } from 'lru-cache';
import { readStreamPage } from './scan.ts';
import type { Connection } from './connection.ts';

/** A stream up to a revision: history does not change, so what was true stays true. */
export interface Kept {
  /** Revision of the last event known; -1 when there is none. */
  revision: bigint;
  /** Id of that event. */
  last: string;
  /** Ids of all events up to it; of a stream too long to hold, only those that were asked for. */
  ids: Set<string>;
  whole: boolean;
}

const page = 1_000;
/** How many ids are held for all streams together; each counts for what its stream costs as well. */
const heldIds = 500_000;
const perStream = 4;

export const createKeptCache = (): LRUCache<string, Kept> =>
  new LRUCache({ maxSize: heldIds, sizeCalculation: ({ ids }) => ids.size + perStream });

/**
 * Reads what a stream holds, from after `base` when it is given. `wanted` tells which ids must be found however long the stream is;
 * gives the commit positions of those found.
 */
export async function readKept(
  connection: Connection,
  stream: string,
  wanted: ReadonlySet<string>,
  base?: Kept,
): Promise<{ kept: Kept; positions: Map<string, bigint> }> {
  const positions = new Map<string, bigint>();
  const kept: Kept = { revision: base?.revision ?? -1n, last: base?.last ?? '', ids: new Set(base?.ids), whole: true };
  for (;;) {
    const events = await readStreamPage(connection, stream, kept.revision + 1n, page, true);
    for (const { id, revision, position } of events) {
      kept.revision = revision;
      kept.last = id;
      if (wanted.has(id) && position) positions.set(id, position.commit);
      if (kept.whole || wanted.has(id)) kept.ids.add(id);
    }
    if (kept.whole && kept.ids.size > heldIds - perStream) {
      kept.whole = false;
      kept.ids = new Set([...kept.ids].filter((id) => wanted.has(id)));
    }
    if (events.length < page) return { kept, positions };
  }
}

/** Whether the stream still holds what is known of it: a server put back to an older state would not. */
export async function stillKept(connection: Connection, stream: string, { revision, last }: Kept): Promise<boolean> {
  const [event] = await readStreamPage(connection, stream, revision, 1, true);
  return event?.id === last;
}
