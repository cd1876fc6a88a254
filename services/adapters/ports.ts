// What an adapter is handed, and what it counts.
import type { EventCodec } from '../ports/event-codec.ts';
import type { EventPublisher } from '../ports/event-log.ts';
import type { PersonSealer } from '../ports/person-keys.ts';

export interface AdapterPorts {
  log: EventPublisher;
  codec: EventCodec;
  keys: PersonSealer;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Conservation (law 11): received = published + quarantined. */
export interface AdapterCounts {
  received: number;
  published: number;
  quarantined: number;
}
