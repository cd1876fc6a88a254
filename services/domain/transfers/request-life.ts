// How far one transfer request has come at each utility, and what is to be done next: its steps seen against the facts.
import { consentToTransfer } from './consent.ts';
import { decide, notSubmitted } from './life.ts';
import { stageOf } from './stage.ts';
import type { Utility } from '../own-facts.ts';
import type { TransferConsent } from './consent.ts';
import type { Next, Undone, UtilityLife, Wish } from './life.ts';
import type { Remark, RequestFacts, RequestStatus } from './request-facts.ts';
import type { Stage } from './stage.ts';

/** One utility of a request. `basis` is the event of the consent under which it may be given the case. */
export interface UtilityOfRequest extends UtilityLife {
  next: Next | null;
  /** Whether it may be submitted, or submitted again where it never arrived. */
  may: boolean;
  /** Why it is to be taken back, where it is. */
  undone: Undone | null;
  basis: string | null;
  /** The form that consent was given on. */
  form: string | null;
}

export interface RequestLife {
  stage: Stage;
  /** As far as the electricity account goes, which the request is about. */
  consent: TransferConsent;
  /** Nobody has been asked for consent, and it is all that is missing. */
  ask: boolean;
  /** Those where something has been done, or is to be. */
  utilities: UtilityOfRequest[];
  /** What a reviewer decided, if one did; void while that account is closed or not known. */
  chosen?: { consumerNo: string; reason: string | null; event: string };
}

/** What `requestOf` found, before the life is looked at. */
interface Found {
  status: RequestStatus;
  blocks: readonly Remark[];
  notices: readonly Remark[];
}

export function lifeOf(facts: RequestFacts, found: Found): RequestLife {
  const { steps, contract } = facts;
  const consent = consentOfRequest(facts, 'electricity');
  const known = [...contract.utilities, ...[...steps.utilities.keys()].filter((utility) => !contract.utilities.includes(utility)).sort()];
  const utilities = known.map((utility) => utilityOf(facts, found, utility));
  const asked = consent.state === 'missing' && steps.asked !== null;
  return {
    ask: consent.state === 'missing' && !asked && stands(found.status) && found.status !== 'completed' && sendable(facts, found),
    ...(steps.chosen && { chosen: { consumerNo: steps.chosen.consumerNo, event: steps.chosen.event, reason: steps.chosen.reason } }),
    consent: asked ? { basis: null, event: steps.asked, state: 'asked' } : consent,
    stage: stageOf(utilities, asked ? 'asked' : consent.state, overAt(found.status)),
    utilities: utilities.filter(({ state, next }) => state !== 'none' || next !== null),
  };
}

export const consentOfRequest = ({ transfer, consents, contract }: RequestFacts, utility: Utility): TransferConsent =>
  consentToTransfer(transfer, consents, utility, contract.consent);

function utilityOf(facts: RequestFacts, found: Found, utility: Utility): UtilityOfRequest {
  const { steps, contract } = facts;
  const life = steps.utilities.get(utility) ?? notSubmitted(utility);
  const consent = consentOfRequest(facts, utility);
  const undone = undoneOf(facts, found, life, consent);
  const may =
    contract.utilities.includes(utility) &&
    sendable(facts, found) &&
    consent.state === 'given' &&
    // Of other utilities' accounts nothing is known here; they find theirs by address and unit code.
    (utility === 'electricity' ? found.status === 'ready' : stands(found.status));
  const next = decide(life, { may, undone, changedAt: changedAt(facts) } satisfies Wish);
  const { attempt, code, consumerNo, event, externalNo, reason, state, time } = life;
  return {
    attempt,
    basis: consent.state === 'given' ? consent.event : null,
    code,
    consumerNo,
    event,
    externalNo,
    form: consent.state === 'given' ? consent.basis : null,
    may,
    next,
    reason,
    state,
    time,
    undone: next === 'cancel' || next === 'give-up' ? undone : null,
    utility,
  };
}

/** What holds for every utility: the title is entered, nothing seized, and the register shows the buyer if it is known. */
function sendable({ transfer, contract }: RequestFacts, { blocks, notices }: Found): boolean {
  const { registeredOn } = transfer.fact;
  return (
    !blocks.some(({ code }) => code === 'seized' || code === 'no-buyer') &&
    !notices.some(({ code }) => code === 'register-not-updated') &&
    (registeredOn === null || registeredOn >= contract.sentFrom)
  );
}

const stands = (status: RequestStatus): boolean => status !== 'withdrawn' && status !== 'superseded';

function undoneOf({ match }: RequestFacts, { status }: Found, life: UtilityLife, consent: TransferConsent): Undone | null {
  if (status === 'withdrawn') return 'title-withdrawn';
  if (consent.state === 'revoked' || consent.state === 'declined') return 'consent-revoked';
  if (status === 'superseded') return 'sold-on';
  const other =
    life.utility === 'electricity' && match.how === 'chosen' && life.consumerNo !== null && life.consumerNo !== match.account.subject;
  return other ? 'account-changed' : null;
}

/** When the account, the transfer or a reviewer's choice last gave a reason to try again. */
function changedAt({ match, transfer, steps }: RequestFacts): number {
  return Math.max(match.account?.time ?? 0, transfer.time, steps.chosen?.time ?? 0);
}

function overAt(status: RequestStatus): 'completed' | 'cancelled' | null {
  if (status === 'completed') return 'completed';
  return stands(status) ? null : 'cancelled';
}
