// What a service is handed that may take people's decisions about transfers: consents, and accounts chosen.
import type { ChoiceWish, ConsentWish } from '../domain/transfers/decisions.ts';

export interface TakenDecision {
  /** The consent, or the case. */
  id: string;
  /** The event that says so. */
  event: string;
  /** Whether this call recorded it; false for the same once more. */
  recorded: boolean;
}

/** Each resolves once the store holds the decision (law 1). Errors: NOT_FOUND, USAGE, ENGINE_UNAVAILABLE. */
export interface TransferDecisions {
  grant(wish: ConsentWish, by: string): Promise<TakenDecision>;
  revoke(consentId: string, basis: string, by: string): Promise<TakenDecision>;
  choose(caseNo: string, wish: ChoiceWish): Promise<TakenDecision>;
}
