// The life of a joint transfer request at each utility: evolved from its recorded steps, and decided one step at a time.
import { hash } from 'node:crypto';
import type { Step } from '../ledger.ts';
import type { TransferStep, TransferStepChange, Utility } from '../own-facts.ts';
import type { Bilingual } from '../source-contract.ts';

export const utilityTitles: Record<Utility, Bilingual> = {
  electricity: { zh: '供电', en: 'electricity' },
  water: { zh: '供水', en: 'water' },
  gas: { zh: '燃气', en: 'gas' },
  heat: { zh: '供热', en: 'heat' },
  broadcast: { zh: '广电', en: 'broadcast' },
};

export const utilityStateTitles = {
  none: { zh: '未提交', en: 'not submitted' },
  submitting: { zh: '提交中', en: 'submitting' },
  accepted: { zh: '已受理', en: 'accepted' },
  returned: { zh: '已退回', en: 'returned' },
  unknown: { zh: '结果未知', en: 'unknown' },
  completed: { zh: '已办结', en: 'completed' },
  cancelling: { zh: '撤销中', en: 'cancelling' },
  cancelled: { zh: '已撤销', en: 'cancelled' },
  'given-up': { zh: '转人工处理', en: 'left to people' },
} as const satisfies Record<string, Bilingual>;
export type UtilityState = keyof typeof utilityStateTitles;

/** Where the request stands at one utility. */
export interface UtilityLife {
  utility: Utility;
  state: UtilityState;
  /** Which try this is, from 1; each try has an idempotency key of its own. 0 before the first. */
  attempt: number;
  externalNo: string | null;
  /** The account it was submitted for. */
  consumerNo: string | null;
  /** The utility's own code and words, or why it was taken back. */
  code: string | null;
  reason: string | null;
  /** The step that made it so; null before the first. */
  event: string | null;
  time: number;
}

/** All that the steps say. */
export interface TransferLife {
  /** The step that asked for consent. */
  asked: string | null;
  /** A reviewer's decision, the latest. */
  chosen: { consumerNo: string; reason: string | null; event: string; time: number } | null;
  utilities: ReadonlyMap<Utility, UtilityLife>;
}

export const notSubmitted = (utility: Utility): UtilityLife => ({
  utility,
  state: 'none',
  attempt: 0,
  externalNo: null,
  consumerNo: null,
  code: null,
  reason: null,
  event: null,
  time: 0,
});

/** From which states a step leads on within one try; anywhere else it came late and changes nothing. */
const leadsOnFrom: Partial<Record<TransferStepChange, readonly UtilityState[]>> = {
  submitting: ['none', 'submitting', 'unknown'],
  querying: ['submitting', 'unknown'],
  unknown: ['none', 'submitting', 'unknown'],
  accepted: ['none', 'submitting', 'unknown'],
  returned: ['none', 'submitting', 'unknown', 'accepted'],
  completed: ['none', 'submitting', 'unknown', 'accepted', 'returned'],
  cancelling: ['none', 'submitting', 'unknown', 'accepted', 'completed', 'cancelling'],
  cancelled: ['none', 'submitting', 'unknown', 'accepted', 'returned', 'cancelling'],
  'given-up': ['none', 'submitting', 'unknown', 'accepted', 'returned', 'completed', 'cancelling'],
};

/** One step further. Steps of an earlier try, repeated and late ones do no harm. */
export function evolve(life: UtilityLife, { event, time, fact }: Step<TransferStep>): UtilityLife {
  const attempt = fact.attempt ?? Math.max(1, life.attempt);
  if (attempt < life.attempt) return life;
  const before = attempt > life.attempt ? { ...notSubmitted(life.utility), attempt } : life;
  const { change } = fact;
  if (!leadsOnFrom[change]?.includes(before.state)) return before;
  return {
    utility: life.utility,
    // A question asked is no answer.
    state: change === 'querying' ? 'unknown' : (change as UtilityState),
    attempt,
    externalNo: fact.externalNo ?? before.externalNo,
    consumerNo: fact.consumerNo ?? before.consumerNo,
    code: fact.code,
    reason: fact.reason,
    event,
    time,
  };
}

/** Where everything stands after the steps of a ledger. */
export function lifeAfter(steps: readonly Step<TransferStep>[]): TransferLife {
  const utilities = new Map<Utility, UtilityLife>();
  let [asked, chosen]: [string | null, TransferLife['chosen']] = [null, null];
  for (const step of steps) {
    const { change, utility, consumerNo, reason } = step.fact;
    if (change === 'consent-asked') asked ??= step.event;
    else if (change === 'account-chosen') {
      if (consumerNo !== null) chosen = { consumerNo, reason, event: step.event, time: step.time };
    } else if (utility !== null) utilities.set(utility, evolve(utilities.get(utility) ?? notSubmitted(utility), step));
  }
  return { asked, chosen, utilities };
}

/** Why what was submitted must be taken back. */
export const undoneTexts = {
  'title-withdrawn': { zh: '转移登记已撤销', en: 'the transfer of title was withdrawn' },
  'sold-on': { zh: '房产已再次转移', en: 'the house was sold on' },
  'consent-revoked': { zh: '当事人已撤回同意', en: 'consent was revoked' },
  'account-changed': { zh: '经核对应为另一用电户', en: 'a reviewer chose another account' },
  blocked: { zh: '办理条件已不具备', en: 'it may not be submitted any more' },
} as const satisfies Record<string, Bilingual>;
export type Undone = keyof typeof undoneTexts;

/** What circumstances ask for at one utility. */
export interface Wish {
  /** Nothing stands against submitting now. */
  may: boolean;
  undone: Undone | null;
  /** When something last changed that a returned request may have been returned for, in milliseconds. */
  changedAt: number;
}

export type Next = 'submit' | 'query' | 'cancel' | 'give-up';

/** The next thing to do at a utility; null for nothing. */
export function decide(life: UtilityLife, { may, undone, changedAt }: Wish): Next | null {
  switch (life.state) {
    case 'none':
    case 'cancelled':
      return may ? 'submit' : null;
    case 'submitting':
    case 'unknown':
    case 'accepted':
      return undone ? 'cancel' : 'query';
    case 'returned':
      return may && changedAt > life.time ? 'submit' : null;
    case 'completed':
      // That an owner sells the house some day undoes nothing, and where power flows already people decide.
      return undone && undone !== 'sold-on' && undone !== 'account-changed' ? 'give-up' : null;
    case 'cancelling':
      return 'cancel';
    case 'given-up':
      return null;
  }
}

/** Which try a submission belongs to: the same while its outcome is open, a new one after it was returned or cancelled. */
export const attemptFor = ({ state, attempt }: UtilityLife): number =>
  state === 'none' || state === 'returned' || state === 'cancelled' ? attempt + 1 : attempt;

/** The key under which a utility takes one try of a case exactly once: 32 hexadecimal digits. */
export const idempotencyKey = (caseNo: string, utility: Utility, attempt: number): string =>
  hash('sha256', `transfer\0${caseNo}\0${utility}\0${attempt}`).slice(0, 32);
