// What each view holds: the contract between the projector, which writes them, and those who read.
import type { Tail } from '../domain/fold.ts';
import type { Target } from '../domain/packages/contract.ts';

/**
 * Views and their bodies: `enterprise` `property` `project` `permit` `meter-account` `house-transfer`
 * (`Subject<…>`, by business key) · `package` (`Package`, by id) · `transfer-request` (`TransferRequest`, by case) ·
 * `quarantine` (`QuarantineBody`) · `source` (`{ source }`) · `parked` (`ParkedBody`, by stream) · `consent` `commitment`
 * `transfer-life` `supervision` `retirement` (`Ledger<…>` of the hub's own steps, by consent, package, case, matter and
 * stream) · `reading` (`ReadingLocal`, by source and digest of a record) · `unstated` (`{ stream }`: subjects of which every
 * statement was retired, kept so that they are found) · `told` (`ToldBody`, by kind and id, while it is compared).
 */
export const viewNames = [
  'enterprise',
  'property',
  'project',
  'permit',
  'meter-account',
  'house-transfer',
  'package',
  'transfer-request',
  'quarantine',
  'source',
  'parked',
  'consent',
  'commitment',
  'transfer-life',
  'supervision',
  'retirement',
  'reading',
  'unstated',
  'told',
] as const;

/** What of a fact stands outside the digest: when we learnt it, ciphertext, and keyed tokens. */
export interface FactLocal {
  /** The contract under which the deciding event came. */
  source: string;
  recordedtime: number;
  position: number;
  /** Sealed boxes by pseudonym, base64. */
  sealed: Record<string, string>;
  addressKeys: string[];
  /** The end of the subject's order, with which the next state is compared. */
  tail: Tail | null;
}

/** A reading of a record as received: event, stream, record id (null for a refusal), versions of contract and reader. */
export type Reading = readonly [event: string, stream: string, record: string | null, contract: number, reader: number];
/** Outside the digest: under which contract a record was read is no part of what is known. */
export type ReadingLocal = readonly Reading[];

/** What of a ledger stands outside the digest: when each step was learnt, by event. */
export interface LedgerLocal {
  learnt: Record<string, { recordedtime: number; position: number }>;
}

/** What of a judged row stands outside its digest: when and from which source each event it rests on was learnt, and sealed boxes. */
export interface JudgedLocal {
  target: TargetKey;
  digest: string;
  learnt: Record<string, { source: string; recordedtime: number; position: number }>;
  sealed: Record<string, string>;
}

export type FeedCause = { event: string; type: string; subject: string } | { date: string; rules?: string };

export interface FeedLine {
  kind: 'package' | 'transfer-request';
  id: string;
  change: 'prepared' | 'changed' | 'withdrawn';
  status: string | null;
  was: string | null;
  digest: string | null;
  /** An event; or a day that came, with what took effect on it: `<contract or rule>@<version>`, several with commas between; or a rebuild
   * on a day (`rebuilt`), which found it other than it was told last. */
  cause: FeedCause | { rebuilt: string };
}

/** The state of a thing that the feed told last before the views were made anew. */
export interface ToldBody {
  digest: string;
  status: string | null;
}

/** One thing a package or request may be made for: `<target>:<key>`. */
export type TargetKey = `${Target}:${string}`;

/** A refused record. Its content stays sealed in `local`. */
export interface QuarantineBody {
  id: string;
  source: string;
  mapping: string;
  reason: string;
  field: string | null;
  state: 'quarantined' | 'redriven' | 'dropped' | 'retired';
}
export interface QuarantineLocal {
  /** The state in which it would be, were it not retired. */
  became: 'quarantined' | 'redriven' | 'dropped';
  /** The event that refused it, and the digest of the record. */
  event: string;
  evidence: string;
  place: string;
  persons: string[];
  content: string;
  firstSeen: number;
  lastSeen: number;
}

/** A stream of which an event could not be applied: that event and all later ones of the stream wait for `hub replay`. */
export interface ParkedBody {
  stream: string;
}
export interface ParkedLocal {
  /** Bytes that no schema of the event's family fits, a fact that the fold fails on, or a date on which judging fails. */
  reason: 'undecodable' | 'fold-failed' | 'judging-failed';
  /** Id of the first event that waits; null where a date and no event parked the stream. */
  event: string | null;
  /** From this position on, nothing of the stream is applied. */
  position: number;
  lastPosition: number;
  /** When the first and the newest waiting event were recorded, in milliseconds. */
  firstSeen: number;
  lastSeen: number;
  /** How many events wait. */
  events: number;
}

/** How a source is doing; all of it is about recording, so none is covered by the digest. */
export interface SourceLocal {
  contract: string;
  events: number;
  /** Events that the hub itself wrote about it: refusals and contacts. */
  own: number;
  quarantined: number;
  /** When the newest fact became true, and when one was last recorded. */
  newestFact: number | null;
  lastRecorded: number | null;
  lastContact: number | null;
  cursor: string | null;
  /** Counters of all passes (law 11). */
  received: number;
  published: number;
  refused: number;
}
