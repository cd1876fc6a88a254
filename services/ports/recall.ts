// Recall by fact: every package, read and transfer that ever relied on one event.
import type { RecordedEvent } from '../domain/events.ts';
import type { Access, TransferStep } from '../domain/own-facts.ts';
import type { Version } from './package-history.ts';
import type { FeedLine } from './views.ts';

/** A place in the history of one package or request: what it became, when and why. */
export interface RecallPlace extends Pick<Version, 'change' | 'status' | 'digest' | 'cause'> {
  position: number;
  /** Milliseconds since the epoch. */
  recordedtime: number;
}

/** What took the event's place: an item of a package, or `transfer`, `property`, `account`, `remark` of a request. */
export interface Replacement {
  part: string;
  /** The event relied on since; null for none. */
  event: string | null;
  status: string | null;
}

/** One stretch of time during which it was relied on. */
export interface ReliedPeriod {
  from: RecallPlace;
  /** Which parts rested on it when it began. */
  parts: string[];
  /** Digests of the versions of that time, each once, in order. */
  digests: string[];
  /** Null while it is relied on still. */
  until: (RecallPlace & { replacedBy: Replacement[] }) | null;
}

interface Recorded {
  event: string;
  position: number;
  time: number;
  recordedtime: number;
}

export interface Recalled {
  kind: FeedLine['kind'];
  id: string;
  periods: ReliedPeriod[];
  /** Who was given a version that relied on it. */
  accesses: (Recorded & Pick<Access, 'change' | 'consumer' | 'purpose' | 'case' | 'digest' | 'basis'>)[];
  /** Steps of a transfer request that were taken while it relied on it. */
  steps: (Recorded & Pick<TransferStep, 'change' | 'utility' | 'attempt' | 'externalNo' | 'code'>)[];
}

/** One premises looked at; what was found may be nothing. */
export interface RecallStep {
  /** Where to go on from. */
  cursor: string;
  found: Recalled[];
}

export interface Recall {
  /** Null when there is no such event. */
  event(id: string): Promise<RecordedEvent | undefined>;
  /** Looks at every premises that the event's subject was ever linked to, one at a time, after a cursor. */
  recall(event: RecordedEvent, after?: string): AsyncIterable<RecallStep>;
}
