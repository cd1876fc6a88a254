// A subscriber beside the hub: follows the store live and notes what it saw, to be held against a scan (I5).
import type { EventStore } from '../../../services/ports/event-store.ts';

export function followStore(openStore: () => EventStore): { end(): Promise<(readonly [number, string])[]> } {
  const stop = new AbortController();
  const seen: (readonly [number, string])[] = [];
  const following = (async () => {
    const store = openStore();
    for await (const events of store.readAll(0, { batch: 50, live: stop.signal }))
      for (const { position, id } of events) seen.push([position, id]);
    await store.close();
  })();
  return {
    async end() {
      stop.abort();
      await following;
      return seen;
    },
  };
}
