// Consent (授权): what a customer granted and revoked, and whether it reaches a joint transfer on a date.
import type { HouseTransfer } from '../facts.ts';
import type { Subject } from '../subject.ts';
import type { Ledger, Step } from '../ledger.ts';
import type { Authorisation, Utility } from '../own-facts.ts';
import type { Bilingual } from '../source-contract.ts';

export const consentStateTitles = {
  granted: { zh: '有效', en: 'granted' },
  expired: { zh: '已到期', en: 'expired' },
  revoked: { zh: '已撤回', en: 'revoked' },
} as const satisfies Record<string, Bilingual>;

/** A consent as its stream states it. */
export interface Consent extends Omit<Authorisation, 'change' | 'record'> {
  id: string;
  state: keyof typeof consentStateTitles;
  /** The event that decides: the grant, or the revocation. */
  event: string;
  /** When it was granted or revoked, in milliseconds. */
  time: number;
}

/** What a ledger of the view `consent` amounts to on a date `YYYY-MM-DD`. A revoked consent is never granted again. */
export function consentOf(ledger: Ledger<Authorisation>, date: string): Consent {
  const first = (change: Authorisation['change']): Step<Authorisation> | undefined =>
    ledger.steps.find((step) => step.fact.change === change);
  const deciding = first('revoked') ?? first('granted') ?? ledger.steps[0]!;
  const { grantor, scope, object, utilities, validUntil, basis, by, change } = deciding.fact;
  const expired = validUntil !== null && date > validUntil;
  return {
    id: ledger.id,
    ...{ grantor, scope, object, utilities, validUntil, basis, by },
    state: change === 'revoked' ? 'revoked' : expired ? 'expired' : 'granted',
    event: deciding.event,
    time: deciding.time,
  };
}

/** Whether the joint transfer may go to a utility, which event says so, and what that rests on. */
export interface TransferConsent {
  state: 'missing' | 'asked' | 'given' | 'declined' | 'revoked' | 'expired';
  event: string | null;
  /** The form, as its consent names it; `register` for what was ticked on the application for registration. */
  basis: string | null;
}

export const transferConsentTitles: Record<TransferConsent['state'], Bilingual> = {
  missing: { zh: '尚未征询', en: 'not asked' },
  asked: { zh: '已征询，待答复', en: 'asked' },
  given: { zh: '已同意', en: 'given' },
  declined: { zh: '不同意', en: 'declined' },
  revoked: { zh: '已撤回同意', en: 'revoked' },
  expired: { zh: '同意已到期', en: 'expired' },
};

/** Whose consent it takes: the new holder's, who is the first buyer in the source's order, or every buyer's. */
export type ConsentOf = 'holder' | 'all';

/**
 * Consent of the buyers to move a utility's account along with the house (DOMAIN: 申请人可自愿申请). The latest word of each
 * decides. A tick in the record of the transfer is consent of all buyers, as good as a grant until one of them revokes:
 * from then on only a new grant helps, as later records merely repeat the tick.
 */
export function consentToTransfer(
  transfer: Subject<HouseTransfer>,
  consents: readonly Consent[],
  utility: Utility,
  whose: ConsentOf,
): TransferConsent {
  const buyers = whose === 'all' ? transfer.fact.buyers : transfer.fact.buyers.slice(0, 1);
  const reaching = consents.filter(
    ({ scope, object, utilities }) =>
      scope === 'joint-transfer' && object === transfer.subject && (utilities.length === 0 || utilities.includes(utility)),
  );
  const ids = buyers.length > 0 ? buyers.map(({ id }) => id) : [null];
  const words = ids.map((id) =>
    wordOf(
      transfer,
      reaching.filter(({ grantor }) => grantor === id),
    ),
  );
  for (const state of ['revoked', 'declined', 'missing', 'expired'] as const) {
    const lacking = words.find((word) => word.state === state);
    if (lacking) return lacking;
  }
  return words[0]!;
}

function wordOf({ fact, event, time }: Subject<HouseTransfer>, own: readonly Consent[]): TransferConsent {
  const latest = own
    .filter(({ state }) => state !== 'expired')
    .sort((a, b) => a.time - b.time || (a.event < b.event ? -1 : 1))
    .at(-1);
  const refusedSince = fact.consent === false && latest !== undefined && time > latest.time;
  if (latest && !refusedSince) {
    return { basis: latest.basis, event: latest.event, state: latest.state === 'revoked' ? 'revoked' : 'given' };
  }
  if (fact.consent !== null) return { basis: 'register', event, state: fact.consent ? 'given' : 'declined' };
  const expired = own[0];
  return expired ? { basis: expired.basis, event: expired.event, state: 'expired' } : { basis: null, event: null, state: 'missing' };
}
