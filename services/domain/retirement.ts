// Retirement of an event that was misread, and its taking back: decided by people, the last decision holds.
import { HubError } from './errors.ts';
import { nextSequence } from './ledger.ts';
import type { Ledger, Step } from './ledger.ts';
import type { Retirement } from './own-facts.ts';

/** Ids of the events that count no more. Of two decisions made on the same state the first holds, the other is void. */
export function retiredEvents({ steps }: Ledger<Retirement>): Set<string> {
  const retired = new Set<string>();
  const last = new Map<string, number | null>();
  for (const { fact, sequence } of steps) {
    if (sequence !== null && last.get(fact.event) === sequence) continue;
    last.set(fact.event, sequence);
    if (fact.change === 'retired') retired.add(fact.event);
    else retired.delete(fact.event);
  }
  return retired;
}

/** Whether an event counts no more, and the decision that says so last. */
function retirementOf(ledger: Ledger<Retirement> | undefined, event: string): { retired: boolean; by: Step<Retirement> | null } {
  const decided = ledger?.steps.filter(({ fact }) => fact.event === event) ?? [];
  const retired = ledger !== undefined && retiredEvents(ledger).has(event);
  return { retired, by: decided.findLast(({ fact }) => (fact.change === 'retired') === retired) ?? null };
}

export type RetirementWish = Pick<Retirement, 'stream' | 'event' | 'reason' | 'by' | 'change'>;

/** The fact to record, or the event that has said so already. Errors: USAGE. */
export function decideRetirement(
  ledger: Ledger<Retirement> | undefined,
  wish: RetirementWish,
): { fact: Retirement; sequence: number } | { already: string } {
  const { change, event, stream } = wish;
  if (wish.reason.trim() === '') throw new HubError('USAGE', 'say why: --reason must not be empty 请用 --reason 说明理由');
  const { retired, by } = retirementOf(ledger, event);
  if (change === 'reinstated' && !retired) throw new HubError('USAGE', 'that event is not retired 该事件并未作废');
  if (change === 'retired' && retired) return { already: by!.event };
  return { fact: { ...wish, record: stream }, sequence: nextSequence(ledger) };
}
