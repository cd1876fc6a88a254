// Packages as we knew them at a past moment, folded anew from the event store.
import type { Package } from '../domain/packages/judge.ts';
import type { JudgedLocal } from './views.ts';

export interface PastPackage {
  /** Null when there was no such package then. */
  package: Package | null;
  local: JudgedLocal | null;
  /** The last position folded in, and the date by which it was judged. */
  position: number;
  date: string;
}

export interface PackageHistory {
  /** The package as known when `position` was the newest event. */
  asOf(id: string, position: number): Promise<PastPackage>;
}
