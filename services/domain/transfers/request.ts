// The joint transfer request (房产与电表联合过户) that a registered house transfer calls for.
import { isDoubtful } from '../subject.ts';
import { consentOfRequest, lifeOf } from './request-life.ts';
import { sameParty } from './match.ts';
import type { HouseTransfer } from '../facts.ts';
import type { Subject } from '../subject.ts';
import type { TransferConsent } from './consent.ts';
import type { Candidate } from './match.ts';
import type { Remark, RemarkCode, RequestFacts, RequestStatus } from './request-facts.ts';
import type { RequestLife } from './request-life.ts';

export { remarkTexts, requestStatuses, requestStatusTitles } from './request-facts.ts';
export type { Remark, RequestFacts, RequestStatus } from './request-facts.ts';

/** Made with members in the order of the canonical form, all the way down. */
export interface TransferRequest {
  id: string;
  status: RequestStatus;
  sellers: { kind: string; id: string; name: string | null }[];
  buyers: { kind: string; id: string; name: string | null }[];
  property: { unitCode: string | null; certificateNo: string | null; area: string | null; registeredOn: string | null; event: string };
  meter: { consumerNo: string; how: string; score: number; arrears: string | null; event: string } | null;
  /** For the reviewer, best first. */
  candidates: Candidate[];
  /** When the transfer was entered in the register (登簿), in milliseconds; where that is not stated, when it began. */
  entered: number;
  /** The event of the transfer that decides. */
  event: string;
  blocks: Remark[];
  notices: Remark[];
  life: RequestLife;
}

/** The request, or null while nothing is registered (before 登簿 nothing is final) or it was withdrawn before. */
export function requestOf(facts: RequestFacts): TransferRequest | null {
  const { transfer, match, property } = facts;
  const { fact } = transfer;
  if (!afterEntry.some((change) => change in transfer.changes)) return null;
  const account = match.account;
  const parties = (list: HouseTransfer['sellers']): TransferRequest['sellers'] => list.map(({ id, kind, name }) => ({ id, kind, name }));
  const { blocks, notices } = remarksOn(facts);
  const status = statusOf(facts, blocks);
  return {
    blocks,
    buyers: parties(fact.buyers),
    candidates: match.candidates,
    entered: enteredAt(transfer),
    event: transfer.event,
    id: transfer.subject,
    life: lifeOf(facts, { status, blocks, notices }),
    meter: account && {
      arrears: account.fact.arrears,
      consumerNo: account.subject,
      event: account.event,
      how: match.how,
      score: match.score,
    },
    notices,
    property: {
      area: fact.area,
      certificateNo: fact.certificateNo,
      event: property?.event ?? transfer.event,
      registeredOn: fact.registeredOn,
      unitCode: fact.unitCode,
    },
    sellers: parties(fact.sellers),
    status,
  };
}

/** The changes that mean or follow the register entry. */
const afterEntry = ['registered', 'certified', 'rescinded', 'restored'];

function enteredAt({ changes, first }: Subject<HouseTransfer>): number {
  const entered = [changes['registered'], changes['certified']].filter((time) => time !== undefined);
  return entered.length === 0 ? first : Math.min(...entered);
}

function statusOf({ transfer, match, soldOn, steps }: RequestFacts, blocks: Remark[]): RequestStatus {
  const { fact } = transfer;
  if (fact.status === 'rescinded' || fact.status === 'withdrawn') return 'withdrawn';
  if (match.account && fact.buyers.some((buyer) => sameParty(buyer, match.account.fact.holder))) return 'completed';
  if (steps.utilities.get('electricity')?.state === 'completed') return 'completed';
  if (soldOn) return 'superseded';
  if (match.how === 'review') return 'review';
  if (!match.account) return 'unmatched';
  return blocks.length > 0 ? 'blocked' : 'ready';
}

const consentRemarks: Partial<Record<TransferConsent['state'], RemarkCode>> = {
  missing: 'consent-missing',
  declined: 'consent-refused',
  revoked: 'consent-revoked',
  expired: 'consent-expired',
};

function remarksOn(facts: RequestFacts): { blocks: Remark[]; notices: Remark[] } {
  const { transfer, match, property } = facts;
  const { fact } = transfer;
  const blocks: Remark[] = [];
  const notices: Remark[] = [];
  const account = match.account;
  for (const subject of [transfer, property, account])
    if (subject && isDoubtful(subject)) blocks.push({ code: 'contradicted', event: subject.event });
  if (fact.buyers.length === 0) blocks.push({ code: 'no-buyer', event: transfer.event });
  // The account that a request is about is the electricity account.
  const consent = consentOfRequest(facts, 'electricity');
  const lacking = consentRemarks[consent.state];
  if (lacking) blocks.push({ code: lacking, event: consent.event });
  if (account) {
    const { holder, arrears, status } = account.fact;
    // 供电营业规则 (1996) §29: the old user settles with the utility before the relation ends.
    if (Number(arrears ?? 0) > 0) blocks.push({ code: 'arrears', event: account.event });
    if (status === 'closed') blocks.push({ code: 'account-closed', event: account.event });
    // Whoever chose the account saw who holds it.
    if (![...fact.sellers, ...fact.buyers].some((party) => sameParty(party, holder)))
      (match.how === 'chosen' ? notices : blocks).push({ code: 'holder-differs', event: account.event });
  }
  if (property) {
    if (property.fact.seized) blocks.push({ code: 'seized', event: property.event });
    if (property.fact.mortgaged) notices.push({ code: 'mortgaged', event: property.event });
    if (property.fact.disputed) notices.push({ code: 'disputed', event: property.event });
    if (fact.buyers.length > 0 && !property.fact.holders.some((holder) => fact.buyers.some((buyer) => buyer.id === holder.id))) {
      notices.push({ code: 'register-not-updated', event: property.event });
    }
  } else if (fact.mortgaged) notices.push({ code: 'mortgaged', event: transfer.event });
  return { blocks, notices };
}
