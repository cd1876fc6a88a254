// A utility's marketing system (营销系统), to which joint transfers are sent: `contracts/http/marketing.yaml`.
import type { Utility } from '../domain/own-facts.ts';
import type { Undone } from '../domain/transfers/life.ts';

/** Personal data in the clear: it goes into the body of a call and nowhere else. */
export interface Holder {
  kind: 'person' | 'organisation';
  name: string | null;
  idType: string | null;
  idNumber: string | null;
  phone: string | null;
}

export interface TransferApplication {
  caseNo: string;
  utility: Utility;
  unitCode: string | null;
  certificateNo: string | null;
  consumerNo: string | null;
  oldHolder: Holder | null;
  newHolder: Holder;
  address: string | null;
  /** Square metres. */
  area: string | null;
  /** `YYYY-MM-DD` */
  registeredOn: string | null;
  consentBasis: { event: string; form: string | null };
}

/** How an application stands, in the utility's own code and words. */
export interface Standing {
  kind: 'standing';
  state: 'accepted' | 'returned' | 'completed' | 'cancelled';
  externalNo: string | null;
  code: string | null;
  message: string | null;
}

export type UtilityAnswer =
  | Standing
  /** It was refused for what it says, and not taken. */
  | { kind: 'refused'; code: string; message: string }
  /** No application came under this key. */
  | { kind: 'not-known' }
  /** The utility is busy or out of order: to be asked again, not before `afterMs` where it says so. */
  | { kind: 'later'; code: string; afterMs: number | null }
  /** No answer, or one that does not fit the contract: it may have been done or not. */
  | { kind: 'unknown'; code: 'TIME-OUT' | 'CONNECTION' | 'ANSWER-INVALID' };

/** What the dispatcher is handed for each utility. No call rejects for what the utility does or fails to do. */
export interface UtilitySystem {
  utility: Utility;
  /** The same key is taken once, however often it is sent. */
  submit(key: string, application: TransferApplication, signal: AbortSignal): Promise<UtilityAnswer>;
  standing(key: string, signal: AbortSignal): Promise<UtilityAnswer>;
  /** After this no application is taken under the key, also one that is still on its way. */
  cancel(key: string, reason: Undone, signal: AbortSignal): Promise<UtilityAnswer>;
}
