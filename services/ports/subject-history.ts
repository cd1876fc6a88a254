// The history of one subject, read from its stream: rows keep only what holds.
import type { FactFamily } from '../domain/events.ts';
import type { HistoryEntry } from '../domain/subject-history.ts';

export interface HistoryBounds {
  /** Only what was recorded up to this position. */
  upTo?: number;
  /** Without what holds only from this moment on, in milliseconds. */
  before?: number;
}

export interface SubjectHistory {
  /** Every event about a subject, in the order that decides; none where nothing was ever stated. Errors: ENGINE_UNAVAILABLE. */
  read(family: FactFamily, subject: string, options?: HistoryBounds): Promise<HistoryEntry[]>;
}
