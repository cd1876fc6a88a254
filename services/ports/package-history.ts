// Packages and transfer requests as we knew them at past moments, folded anew from the event store.
import type { Package } from '../domain/packages/judge.ts';
import type { TransferRequest } from '../domain/transfers/request.ts';
import type { FeedCause, FeedLine, JudgedLocal } from './views.ts';

/** The second time axis, independent of the position. Dates are `YYYY-MM-DD` in Beijing. */
export interface PastOptions {
  /** Only what had become true at the source by the end of this day counts, judged on this day by the contracts of this day. */
  validAt?: string;
  /** The day that had come when it was known so, where that is later than the newest event: expiry needs no event. */
  date?: string;
}

interface Past {
  local: JudgedLocal | null;
  /** The last position folded in, and the date by which it was judged. */
  position: number;
  date: string;
}

export interface PastPackage extends Past {
  /** Null when there was no such package then. */
  package: Package | null;
}

export interface PastRequest extends Past {
  request: TransferRequest | null;
}

/** One version of a package or transfer request: a line of the change feed with the state that it told of. */
export interface Version<Body = Package | TransferRequest> extends Omit<FeedLine, 'cause'> {
  cause: FeedCause;
  /** Position of the newest event when it came to be. */
  position: number;
  /** When it came to be: when its event was recorded, or midnight in Beijing of the day that caused it. Milliseconds. */
  recordedtime: number;
  /** The day by which it was judged. */
  date: string;
  /** Null when it was withdrawn. */
  body: Body | null;
  /** Ids of the events it rests on. */
  events: string[];
}

export interface PackageHistory {
  /** The package as known when `position` was the newest event; judged by the hub's date then, unless `options` say otherwise. */
  asOf(id: string, position: number, options?: PastOptions): Promise<PastPackage>;
  /** A transfer request, likewise. */
  requestAsOf(caseNo: string, position: number, options?: PastOptions): Promise<PastRequest>;
  /** Every version that a package or transfer request ever had, oldest first, as the change feed told of them. */
  versions(kind: 'package', id: string): AsyncIterable<Version<Package>>;
  versions(kind: 'transfer-request', id: string): AsyncIterable<Version<TransferRequest>>;
}
