// Finds the meter account of a house that changed hands (match order: DOMAIN §10).
import { addressLevels } from '../address.ts';
import { sameOrganisation } from '../organisations.ts';
import type { HouseTransfer, MeterAccount, Party } from '../facts.ts';
import type { Subject } from '../subject.ts';
import type { Utility } from '../own-facts.ts';
import type { Bilingual } from '../source-contract.ts';
import type { ConsentOf } from './consent.ts';

/** Weights and threshold, whose consent it takes and whom a request goes to, as `contracts/transfers.yaml` states them. */
export interface MatchContract {
  version: number;
  /** Score from which a match by address and name needs no reviewer, 0 to 1. */
  threshold: number;
  /** What agreement of addresses down to each level is worth. */
  address: Record<(typeof addressLevels)[number], number>;
  /** What it is worth that the account's holder is a seller. */
  holder: number;
  /** How many candidates a reviewer is shown at most. */
  candidates: number;
  consent: ConsentOf;
  /** The utilities a request goes to, each on its own. */
  utilities: Utility[];
  /** Transfers registered before this day, `YYYY-MM-DD`, are history: they are never sent. */
  sentFrom: string;
}

export const addressLevelTitles: Record<(typeof addressLevels)[number], Bilingual> = {
  place: { zh: '小区道路', en: 'place' },
  building: { zh: '楼幢', en: 'building' },
  unit: { zh: '单元', en: 'staircase' },
  room: { zh: '房号', en: 'room' },
};

export interface Candidate {
  consumerNo: string;
  event: string;
  score: number;
  addressLevel: (typeof addressLevels)[number] | null;
  holderIsSeller: boolean;
}

export type Match =
  | { how: 'chosen' | 'consumer-number' | 'unit-code' | 'address'; account: Subject<MeterAccount>; score: number; candidates: Candidate[] }
  | { how: 'review' | 'none'; account: null; score: number; candidates: Candidate[] };

/** Accounts that might be meant: chosen by a reviewer, or found by number, by unit code, or by address and holder. */
export interface Accounts {
  /** Null also where the account chosen is not known. */
  chosen: Subject<MeterAccount> | null;
  byNumber: Subject<MeterAccount> | null;
  byUnit: readonly Subject<MeterAccount>[];
  byAddress: readonly Subject<MeterAccount>[];
}

/**
 * A reviewer's choice while that account is open; else 户号 in the record, else unit code, else address and old holder's
 * name with a score. A choice decides its own case and nothing else.
 */
export function matchAccount(transfer: HouseTransfer, accounts: Accounts, contract: MatchContract): Match {
  const certain = (how: 'chosen' | 'consumer-number' | 'unit-code', account: Subject<MeterAccount>): Match => ({
    how,
    account,
    score: 1,
    candidates: [],
  });
  if (accounts.chosen && accounts.chosen.fact.status !== 'closed') return certain('chosen', accounts.chosen);
  if (accounts.byNumber) return certain('consumer-number', accounts.byNumber);
  const open = accounts.byUnit.filter((account) => account.fact.status !== 'closed');
  if (open.length === 1) return certain('unit-code', open[0]!);

  const pool = new Map([...open, ...accounts.byAddress].map((account) => [account.subject, account]));
  const candidates = [...pool.values()]
    .filter((account) => account.fact.status !== 'closed')
    .map((account) => scoreOf(transfer, account, contract))
    .filter((candidate) => candidate.score > 0)
    .sort((a, b) => b.score - a.score || (a.consumerNo < b.consumerNo ? -1 : 1))
    .slice(0, contract.candidates);
  const [best, second] = candidates;
  if (!best) return { how: 'none', account: null, score: 0, candidates };
  // Two equally good candidates are no match, however good.
  if (best.score >= contract.threshold && best.score !== second?.score) {
    return { how: 'address', account: pool.get(best.consumerNo)!, score: best.score, candidates };
  }
  return { how: 'review', account: null, score: best.score, candidates };
}

function scoreOf(transfer: HouseTransfer, account: Subject<MeterAccount>, contract: MatchContract): Candidate {
  const level = agreement(transfer.addressKeys, account.fact.addressKeys);
  const holderIsSeller = transfer.sellers.some((seller) => sameParty(seller, account.fact.holder));
  const score = (level === null ? 0 : contract.address[level]) + (holderIsSeller ? contract.holder : 0);
  return { addressLevel: level, consumerNo: account.subject, event: account.event, holderIsSeller, score: Math.round(score * 1000) / 1000 };
}

/** The finest level to which two addresses agree. */
function agreement(a: readonly string[], b: readonly string[]): (typeof addressLevels)[number] | null {
  let agreed: (typeof addressLevels)[number] | null = null;
  for (let i = 0; i < addressLevels.length; i++) {
    if (a[i] === undefined || a[i] !== b[i]) break;
    agreed = addressLevels[i]!;
  }
  return agreed;
}

/** Same identity, or the same written name where one of them states no identity. */
export function sameParty(a: Party | null, b: Party | null): boolean {
  if (!a || !b || a.kind !== b.kind) return false;
  if (sameOrganisation(a.id, b.id)) return true;
  if (a.kind === 'person') return a.nameKey !== null && a.nameKey === b.nameKey && (!a.idValid || !b.idValid);
  return a.name !== null && a.name === b.name;
}
