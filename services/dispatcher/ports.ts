// What the dispatcher is handed: queues to read, persons' boxes to open, and what records each step before its effect.
import type { Utility } from '../domain/own-facts.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { EventReader } from '../ports/event-store.ts';
import type { PersonOpener } from '../ports/person-keys.ts';
import type { Recording } from '../ports/recording.ts';
import type { UtilitySystem } from '../ports/utility-system.ts';
import type { ViewReader } from '../ports/view-store.ts';

export interface DispatcherPorts {
  views: Pick<ViewReader, 'find' | 'get'>;
  store: Pick<EventReader, 'readStream'>;
  codec: Pick<EventCodec, 'encode' | 'decode'>;
  recording: Recording;
  persons: Pick<PersonOpener, 'open'>;
  /** Those that have an address; nothing is sent to others. */
  systems: readonly UtilitySystem[];
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Hears what operators should know; nothing personal in it. */
  notice: (text: string, fields: object) => void;
  /** Hears after each look how many requests wait at a utility, by their state there. */
  queued?: (utility: Utility, states: Readonly<Record<string, number>>) => void;
}
