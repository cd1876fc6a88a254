// The joint transfer request (房产与电表联合过户) that a registered house transfer calls for.
import { sameParty } from './match.ts';
import type { HouseTransfer, PropertyRight } from '../facts.ts';
import type { Entry, Subject } from '../fold.ts';
import type { Bilingual } from '../source-contract.ts';
import type { Candidate, Match } from './match.ts';

/**
 * `ready` nothing stands in the way · `blocked` something does · `review` a person must choose the account ·
 * `unmatched` no account is known · `completed` the account is the buyer's already · `superseded` the house was sold
 * on · `withdrawn` the transfer was undone after it had been registered.
 */
export const requestStatuses = ['ready', 'blocked', 'review', 'unmatched', 'completed', 'superseded', 'withdrawn'] as const;
export type RequestStatus = (typeof requestStatuses)[number];

export const requestStatusTitles: Record<RequestStatus, Bilingual> = {
  ready: { zh: '可办理', en: 'ready' },
  blocked: { zh: '受阻', en: 'blocked' },
  review: { zh: '人工核对', en: 'manual review' },
  unmatched: { zh: '未找到用电户', en: 'no account found' },
  completed: { zh: '已过户', en: 'completed' },
  superseded: { zh: '已再次转移', en: 'superseded' },
  withdrawn: { zh: '已撤销', en: 'withdrawn' },
};

/** What stands in the way, or is merely told. */
export const remarkTexts = {
  arrears: { zh: '原户主欠费未结清', en: 'the old holder has arrears' },
  'consent-missing': { zh: '尚未取得联合过户同意', en: 'nobody has agreed to the joint transfer yet' },
  'consent-refused': { zh: '当事人不同意联合过户', en: 'the joint transfer was refused' },
  'holder-differs': { zh: '用电户主不是原权利人', en: 'the account is not held by a seller' },
  seized: { zh: '房产被查封', en: 'the property is seized' },
  'account-closed': { zh: '用电户已销户', en: 'the account is closed' },
  'no-buyer': { zh: '登记记录未载明权利人', en: 'the record names no buyer' },
  mortgaged: { zh: '房产设有抵押', en: 'the property is mortgaged' },
  disputed: { zh: '房产有异议登记', en: 'the property is disputed' },
  'register-not-updated': { zh: '不动产登记簿尚未显示新权利人', en: 'the property register does not show the buyer yet' },
} as const satisfies Record<string, Bilingual>;
export type RemarkCode = keyof typeof remarkTexts;

export interface Remark {
  code: RemarkCode;
  /** The event that says so; null when it is the absence of one. */
  event: string | null;
}

export interface TransferRequest {
  id: string;
  status: RequestStatus;
  sellers: { kind: string; id: string; name: string | null }[];
  buyers: { kind: string; id: string; name: string | null }[];
  property: { unitCode: string | null; certificateNo: string | null; area: string | null; registeredOn: string | null; event: string };
  meter: { consumerNo: string; how: string; score: number; arrears: string | null; event: string } | null;
  /** For the reviewer, best first. */
  candidates: Candidate[];
  blocks: Remark[];
  notices: Remark[];
  /** What happened to the transfer, in the source's order. */
  history: { event: string; time: number; change: string }[];
}

export interface RequestFacts {
  transfer: Subject<HouseTransfer>;
  match: Match;
  property: Subject<PropertyRight> | null;
  /** A later registered transfer of the same unit exists. */
  soldOn: boolean;
}

/** The request, or null while nothing is registered (before 登簿 nothing is final) or it was withdrawn before. */
export function requestOf({ transfer, match, property, soldOn }: RequestFacts): TransferRequest | null {
  const { fact } = transfer;
  if (!transfer.history.some(wasRegistered)) return null;
  const account = match.account;
  const parties = (list: HouseTransfer['sellers']): TransferRequest['sellers'] => list.map(({ kind, id, name }) => ({ kind, id, name }));
  const { blocks, notices } = remarksOn({ transfer, match, property, soldOn });
  return {
    id: transfer.subject,
    status: statusOf({ transfer, match, property, soldOn }, blocks),
    sellers: parties(fact.sellers),
    buyers: parties(fact.buyers),
    property: {
      unitCode: fact.unitCode,
      certificateNo: fact.certificateNo,
      area: fact.area,
      registeredOn: fact.registeredOn,
      event: property?.event ?? transfer.event,
    },
    meter: account && {
      consumerNo: account.subject,
      how: match.how,
      score: match.score,
      arrears: account.fact.arrears,
      event: account.event,
    },
    candidates: match.candidates,
    blocks,
    notices,
    history: transfer.history.map(({ event, time, change }) => ({ event, time, change })),
  };
}

/** The changes that mean or follow the register entry. */
const afterEntry = new Set(['registered', 'certified', 'rescinded', 'restored']);
const wasRegistered = (entry: Entry): boolean => afterEntry.has(entry.change);

function statusOf({ transfer, match, soldOn }: RequestFacts, blocks: Remark[]): RequestStatus {
  const { fact } = transfer;
  if (fact.status === 'rescinded' || fact.status === 'withdrawn') return 'withdrawn';
  if (match.account && fact.buyers.some((buyer) => sameParty(buyer, match.account.fact.holder))) return 'completed';
  if (soldOn) return 'superseded';
  if (match.how === 'review') return 'review';
  if (!match.account) return 'unmatched';
  return blocks.length > 0 ? 'blocked' : 'ready';
}

function remarksOn({ transfer, match, property }: RequestFacts): { blocks: Remark[]; notices: Remark[] } {
  const { fact } = transfer;
  const blocks: Remark[] = [];
  const notices: Remark[] = [];
  const account = match.account;
  if (fact.buyers.length === 0) blocks.push({ code: 'no-buyer', event: transfer.event });
  if (fact.consent === null) blocks.push({ code: 'consent-missing', event: null });
  if (fact.consent === false) blocks.push({ code: 'consent-refused', event: transfer.event });
  if (account) {
    const { holder, arrears, status } = account.fact;
    // 供电营业规则 (1996) §29: the old user settles with the utility before the relation ends.
    if (Number(arrears ?? 0) > 0) blocks.push({ code: 'arrears', event: account.event });
    if (status === 'closed') blocks.push({ code: 'account-closed', event: account.event });
    if (![...fact.sellers, ...fact.buyers].some((party) => sameParty(party, holder)))
      blocks.push({ code: 'holder-differs', event: account.event });
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
