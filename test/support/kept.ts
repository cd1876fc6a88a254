// What must hold of every store, whatever happened to it: each id once, places without gaps, bytes that decode.
import assert from 'node:assert/strict';
import { streamOf } from '../../services/domain/events.ts';
import { codec } from './project.ts';
import type { RecordedEvent } from '../../services/domain/events.ts';
import type { EventReader } from '../../services/ports/event-store.ts';

/** Of a store on a server that holds more than what a test put there: whose positions have gaps. */
export interface Shared {
  /** The head when the test began. */
  after: number;
  mine: (event: RecordedEvent) => boolean;
}

/** Reads the store, whole unless it is shared, and asserts I2, I4 and I5 of it; gives the ids of facts, sorted. */
export async function assertSound(store: Pick<EventReader, 'readAll' | 'head'>, shared?: Shared): Promise<string[]> {
  const ids = new Set<string>();
  const facts: string[] = [];
  const revisions = new Map<string, number>();
  let position = shared?.after ?? 0;
  for await (const batch of store.readAll(position, { batch: 333 })) {
    for (const event of batch) {
      if (shared) assert.ok(event.position > position, 'positions rise');
      else assert.equal(event.position, position + 1, 'positions have no gaps');
      position = event.position;
      if (shared && !shared.mine(event)) continue;
      assert.ok(!ids.has(event.id), 'each id is kept once');
      ids.add(event.id);
      const revision = (revisions.get(streamOf(event)) ?? -1) + 1;
      assert.equal(event.revision, revision, 'revisions have no gaps');
      revisions.set(streamOf(event), revision);
      codec.decode(event.data);
      if (!event.type.startsWith('contact.')) facts.push(event.id);
    }
  }
  assert.equal(await store.head(), position);
  return facts.sort();
}
