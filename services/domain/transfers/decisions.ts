// What people decide about transfers, checked before it is recorded: consents granted and revoked, accounts chosen.
import { hash } from 'node:crypto';
import { HubError } from '../errors.ts';
import { usccHolds } from '../identifiers/uscc.ts';
import { nextSequence } from '../ledger.ts';
import { parseDate } from '../time.ts';
import type { MeterAccount } from '../facts.ts';
import type { Ledger } from '../ledger.ts';
import type { Authorisation, TransferStep } from '../own-facts.ts';
import type { Bilingual } from '../source-contract.ts';

export type ConsentWish = Pick<Authorisation, 'grantor' | 'scope' | 'object' | 'utilities' | 'validUntil' | 'basis'>;

/** An event to be recorded, or the one that said the same before. */
export type Decided<Fact> = { fact: Fact; sequence: number } | { already: string };

const basisNamed: Bilingual = { en: 'the basis', zh: '依据' };
const takerNamed: Bilingual = { en: 'who took it', zh: '经办人' };

/** Refuses what must not stay in the clear for ever. Errors: USAGE. */
function checkOpenText(text: string, { en, zh }: Bilingual): void {
  if (text.trim() === '' || text.length > 200 || /\d{11}/.test(text.replace(/[\s-]/g, '')))
    throw new HubError(
      'USAGE',
      `${en} is kept for ever in the clear: give a form number or words, no identity or phone number ${zh}将永久明文保存，请填表单编号或说明，不得含证件号或电话`,
    );
}

/** The same wish is the same consent, however often it is sent: `c-` and 22 characters. */
export function consentIdOf({ grantor, scope, object, utilities, validUntil, basis }: ConsentWish): string {
  const said = JSON.stringify([grantor, scope, object, [...utilities].sort(), validUntil, basis]);
  return `c-${hash('sha256', said, 'base64url').slice(0, 22)}`;
}

/** Errors: USAGE. */
export function decideGrant(
  ledger: Ledger<Authorisation> | undefined,
  wish: ConsentWish,
  by: string,
  today: string,
): Decided<Authorisation> {
  const { grantor, scope, object, validUntil } = wish;
  if (!/^p-[\w-]{22}$/.test(grantor) && !usccHolds(grantor))
    throw new HubError(
      'USAGE',
      'the grantor is a pseudonym (`p-…`) or a unified social credit code, never an identity number 授权人应为假名或统一社会信用代码，不得用证件号',
    );
  // 个人信息保护法 第23条: passing on to another processor takes a consent of its own (单独同意).
  if (scope === 'joint-transfer' && object === null)
    throw new HubError('USAGE', 'consent to a joint transfer must name its case 联合过户授权须指明申请编号');
  if (validUntil !== null && (parseDate(validUntil) !== validUntil || validUntil < today))
    throw new HubError('USAGE', 'the last day must be a date YYYY-MM-DD that has not passed 有效期截止日须为不早于今日的日期');
  checkOpenText(wish.basis, basisNamed);
  checkOpenText(by, takerNamed);
  const first = ledger?.steps.find((step) => step.fact.change === 'granted');
  if (ledger?.steps.some((step) => step.fact.change === 'revoked'))
    throw new HubError(
      'USAGE',
      'this very consent was revoked; a new one needs a new basis, such as another form 该授权已撤回，重新授权须另有依据（如另一表单）',
    );
  if (first) return { already: first.event };
  return { fact: { change: 'granted', record: consentIdOf(wish), ...wish, utilities: [...wish.utilities].sort(), by }, sequence: 1 };
}

/** Errors: NOT_FOUND, USAGE. */
export function decideRevocation(ledger: Ledger<Authorisation> | undefined, basis: string, by: string): Decided<Authorisation> {
  const granted = ledger?.steps.find((step) => step.fact.change === 'granted');
  if (!ledger || !granted) throw new HubError('NOT_FOUND', 'there is no consent of this id 没有此编号的授权');
  const revoked = ledger.steps.find((step) => step.fact.change === 'revoked');
  if (revoked) return { already: revoked.event };
  checkOpenText(basis, basisNamed);
  checkOpenText(by, takerNamed);
  return { fact: { ...granted.fact, change: 'revoked', basis, by }, sequence: nextSequence(ledger) };
}

export interface ChoiceWish {
  consumerNo: string;
  reason: string;
  by: string;
}

/** A reviewer's choice of the account that a case is about. Errors: USAGE. */
export function decideChoice(
  caseNo: string,
  ledger: Ledger<TransferStep> | undefined,
  account: Pick<MeterAccount, 'status'> | null,
  { consumerNo, reason, by }: ChoiceWish,
): Decided<TransferStep> {
  if (!account) throw new HubError('USAGE', 'no account of this number is known here 没有此户号');
  if (account.status === 'closed') throw new HubError('USAGE', 'that account is closed 该用电户已销户');
  checkOpenText(reason, { en: 'the reason', zh: '理由' });
  checkOpenText(by, { en: 'who chose', zh: '核定人' });
  const last = ledger?.steps.findLast((step) => step.fact.change === 'account-chosen');
  if (last?.fact.consumerNo === consumerNo && last.fact.reason === reason) return { already: last.event };
  return { fact: transferStep(caseNo, 'account-chosen', { consumerNo, reason, by }), sequence: nextSequence(ledger) };
}

/** A step of a case; what is not said is null. */
export function transferStep(caseNo: string, change: TransferStep['change'], said: Partial<TransferStep>): TransferStep {
  return {
    change,
    record: [caseNo, said.utility, said.attempt, change].filter((part) => part !== undefined && part !== null).join('~'),
    case: caseNo,
    ...{ utility: null, attempt: null, idempotencyKey: null, externalNo: null, consumerNo: null, code: null, reason: null },
    ...{ basis: null, by: null },
    ...said,
  };
}
