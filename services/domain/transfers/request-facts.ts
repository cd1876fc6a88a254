// What a transfer request is judged on, and the words for what it comes to.
import type { HouseTransfer, PropertyRight } from '../facts.ts';
import type { Subject } from '../subject.ts';
import type { Bilingual } from '../source-contract.ts';
import type { Consent } from './consent.ts';
import type { TransferLife } from './life.ts';
import type { Match, MatchContract } from './match.ts';

/**
 * `ready` nothing stands in the way · `blocked` something does · `review` a person must choose the account ·
 * `unmatched` no account is known · `completed` the account is the buyer's already, or the utility said that it has moved ·
 * `superseded` the house was sold on · `withdrawn` the transfer was undone after it had been registered.
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
  'consent-revoked': { zh: '当事人已撤回联合过户同意', en: 'consent to the joint transfer was revoked' },
  'consent-expired': { zh: '联合过户同意已到期', en: 'consent to the joint transfer has expired' },
  'holder-differs': { zh: '用电户主不是原权利人', en: 'the account is not held by a seller' },
  seized: { zh: '房产被查封', en: 'the property is seized' },
  'account-closed': { zh: '用电户已销户', en: 'the account is closed' },
  contradicted: { zh: '登记机关的记载互相矛盾', en: 'what the source states contradicts itself' },
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

export interface RequestFacts {
  transfer: Subject<HouseTransfer>;
  match: Match;
  property: Subject<PropertyRight> | null;
  /** A later registered transfer of the same unit exists. */
  soldOn: boolean;
  /** Consents to this case, as they are on the date it is judged on. */
  consents: readonly Consent[];
  /** What its recorded steps say. */
  steps: TransferLife;
  contract: Pick<MatchContract, 'consent' | 'utilities' | 'sentFrom'>;
}
