// Whether a package may be taken as it is: what is wanting, what was promised of it (容缺受理), and what became of that.
import type { Ledger, Step } from '../ledger.ts';
import type { Commitment } from '../own-facts.ts';
import type { Bilingual } from '../source-contract.ts';

/** What of an item decides. */
interface Judged {
  id: string;
  required: boolean;
  /** One of `statuses` (judge.ts). */
  status: string;
}

/**
 * `complete` nothing required is wanting · `on-promise` what is wanting is promised, and the promise runs · `overdue` a
 * promise ran out · `incomplete` something is wanting that nobody promised, or that cannot be promised.
 */
export const acceptanceStates = ['complete', 'on-promise', 'overdue', 'incomplete'] as const;
export type AcceptanceState = (typeof acceptanceStates)[number];

export const acceptanceTitles: Record<AcceptanceState, Bilingual> = {
  complete: { zh: '齐全', en: 'complete' },
  'on-promise': { zh: '容缺受理', en: 'accepted on a promise' },
  overdue: { zh: '承诺逾期', en: 'promise overdue' },
  incomplete: { zh: '不齐全', en: 'incomplete' },
};

export const promiseTitles: Record<PromisedItem['state'], Bilingual> = {
  open: { zh: '待补', en: 'open' },
  kept: { zh: '已补齐', en: 'kept' },
  overdue: { zh: '已逾期', en: 'overdue' },
};

/** One promised item. Members in the order of RFC 8785, as in all that a digest covers. */
export interface PromisedItem {
  /** Last day to supply it, `YYYY-MM-DD`. */
  deadline: string;
  /** The event that promised it. */
  event: string;
  item: string;
  state: 'open' | 'kept' | 'overdue';
}

export interface Acceptance {
  promises: PromisedItem[];
  state: AcceptanceState;
}

type Promised = Step<Commitment>;

/** The step by which each item is promised now; a later promise replaces an earlier one, a withdrawal ends its own. */
export function standingPromises(ledger: Ledger<Commitment> | undefined): Map<string, Promised> {
  const standing = new Map<string, Promised>();
  for (const step of ledger?.steps ?? []) {
    const { change, items, record } = step.fact;
    if (change === 'promised') for (const item of items) standing.set(item, step);
    else for (const [item, promised] of standing) if (promised.fact.record === record) standing.delete(item);
  }
  return standing;
}

export const isMet = ({ required, status }: Pick<Judged, 'required' | 'status'>): boolean =>
  !required || status === 'verified' || status === 'customer-supplied';

/** What is promised covers what is missing or does not agree; nothing makes good for what has lapsed. */
export const isPromisable = ({ status }: Pick<Judged, 'status'>): boolean => status === 'missing' || status === 'mismatch';

/** Whether a package may be taken on a date. Kept by itself once the evidence is there; overdue from the day after the deadline. */
export function acceptanceOf(items: readonly Judged[], ledger: Ledger<Commitment> | undefined, date: string): Acceptance {
  const standing = standingPromises(ledger);
  const promises = items.flatMap((item): PromisedItem[] => {
    const promised = standing.get(item.id);
    if (!promised) return [];
    const { deadline } = promised.fact;
    return [{ deadline, event: promised.event, item: item.id, state: isMet(item) ? 'kept' : deadline < date ? 'overdue' : 'open' }];
  });
  const wanting = items.filter((item) => !isMet(item));
  const stateOf = ({ id }: Judged): PromisedItem['state'] | undefined => promises.find(({ item }) => item === id)?.state;
  const state: AcceptanceState =
    wanting.length === 0
      ? 'complete'
      : wanting.some((item) => !isPromisable(item) || stateOf(item) === undefined)
        ? 'incomplete'
        : wanting.some((item) => stateOf(item) === 'overdue')
          ? 'overdue'
          : 'on-promise';
  return { promises, state };
}
