// What the hub's own events say. Field meanings: `schemas/<family>.v1.avsc`.

export const utilities = ['electricity', 'water', 'gas', 'heat', 'broadcast'] as const;
export type Utility = (typeof utilities)[number];

export interface Authorisation {
  change: 'granted' | 'revoked';
  record: string;
  grantor: string;
  scope: 'joint-transfer' | 'data-use';
  object: string | null;
  utilities: Utility[];
  validUntil: string | null;
  basis: string;
  by: string;
}

export interface Commitment {
  change: 'promised' | 'withdrawn';
  record: string;
  package: string;
  items: string[];
  deadline: string;
  basis: string;
  by: string;
}

export type TransferStepChange =
  | 'consent-asked'
  | 'account-chosen'
  | 'submitting'
  | 'querying'
  | 'accepted'
  | 'returned'
  | 'unknown'
  | 'completed'
  | 'cancelling'
  | 'cancelled'
  | 'given-up';

export interface TransferStep {
  change: TransferStepChange;
  record: string;
  case: string;
  utility: Utility | null;
  attempt: number | null;
  idempotencyKey: string | null;
  externalNo: string | null;
  consumerNo: string | null;
  code: string | null;
  reason: string | null;
  basis: string | null;
  by: string | null;
}

/** A decision that an event was misread, or that it counts after all. Its subject is the stream of that event. */
export interface Retirement {
  change: 'retired' | 'reinstated';
  record: string;
  /** The stream, and the event in it. */
  stream: string;
  event: string;
  reason: string;
  by: string;
}

export interface Access {
  change: 'read' | 'exported' | 'dispatched';
  record: string;
  consumer: string;
  purpose: string;
  case: string | null;
  kind: 'package' | 'transfer-request';
  object: string;
  digest: string;
  basis: string;
}

export interface Supervision {
  change: 'opened' | 'warned' | 'overdue' | 'escalated' | 'escalated-again' | 'settled';
  record: string;
  kind: 'transfer-request' | 'commitment';
  object: string;
  step: string;
  utility: Utility | null;
  since: string;
  due: string;
  responsible: string | null;
  region: string | null;
  to: string | null;
}
