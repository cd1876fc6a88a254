// Promises to supply what is missing (容缺受理): which may be taken, until when, and how they are withdrawn.
import { digestOf, canonicalJson } from '../canonical.ts';
import { HubError } from '../errors.ts';
import { nextSequence } from '../ledger.ts';
import { dateAt, parseDate } from '../time.ts';
import { addWorkingDays } from '../working-days.ts';
import { isMet, isPromisable, standingPromises } from './acceptance.ts';
import { statusTitles } from './judge.ts';
import type { Ledger } from '../ledger.ts';
import type { Commitment } from '../own-facts.ts';
import type { Calendar } from '../working-days.ts';
import type { PackageType } from './contract.ts';
import type { Package } from './judge.ts';

/** What somebody wishes to promise, as it came. */
export interface PromiseWish {
  items: string[];
  deadline: string;
  basis: string;
}

export interface CommitmentStep {
  fact: Commitment;
  sequence: number;
}

export interface PromiseContext {
  pack: Package;
  type: PackageType;
  ledger: Ledger<Commitment> | undefined;
  today: string;
  calendar: Calendar;
  /** The consumer or operator who takes it. */
  by: string;
}

/**
 * The step that takes a promise, or the event of the very promise where it was taken already. The longest term counts from
 * the first promise of an item, so that withdrawing it buys no time. Errors: USAGE, saying what cannot be promised.
 */
export function decidePromise(
  { pack, type, ledger, today, calendar, by }: PromiseContext,
  wish: PromiseWish,
): CommitmentStep | { already: string } {
  const items = [...new Set(wish.items)].sort();
  const { deadline } = wish;
  const basis = basisIn(wish.basis);
  if (items.length === 0) throw new HubError('USAGE', 'name at least one item to promise 请至少指定一项承诺补交的材料');
  if (parseDate(deadline) !== deadline) throw new HubError('USAGE', 'the deadline is a date, YYYY-MM-DD 承诺期限应写作此格式的日期');
  if (type.promise === null) throw new HubError('USAGE', `no promise is accepted for packages of type ${type.id} 该类申请不适用容缺受理`);
  const standing = standingPromises(ledger);
  const same = standing.get(items[0]!);
  if (same && same.fact.deadline === deadline && same.fact.basis === basis && String(same.fact.items) === String(items))
    return { already: same.event };
  let last = addWorkingDays(today, type.promise.workingDays, calendar);
  for (const id of items) {
    const item = pack.items.find((candidate) => candidate.id === id);
    if (!item)
      throw new HubError(
        'USAGE',
        `the package has no item ${id} 申请包没有此项材料; it has 可用 ${pack.items.map((known) => known.id).join(', ')}`,
      );
    if (!type.items.some((known) => known.id === id && known.promisable === true))
      throw new HubError('USAGE', `${id} cannot be promised: its contract does not say so 该材料不可容缺`);
    if (isMet(item))
      throw new HubError(
        'USAGE',
        `there is nothing to promise: ${id} is ${item.required ? item.status : 'not required'} ${item.required ? statusTitles[item.status].zh : '该材料非必需'}，无需承诺`,
      );
    if (!isPromisable(item))
      throw new HubError(
        'USAGE',
        `${id} is ${item.status}: only what is missing or does not agree can be promised ${statusTitles[item.status].zh}，仅缺少或不一致的材料可承诺补交`,
      );
    if (standing.has(id)) throw new HubError('USAGE', `${id} is promised already; withdraw that promise first 该材料已有承诺，请先撤回`);
    const first = ledger?.steps.find(({ fact }) => fact.change === 'promised' && fact.items.includes(id));
    if (first) last = earlier(last, addWorkingDays(dateAt(first.time), type.promise.workingDays, calendar));
  }
  if (deadline < today) throw new HubError('USAGE', 'the deadline has passed 承诺期限已过');
  if (deadline > last)
    throw new HubError(
      'USAGE',
      `the deadline may be no later than ${last}, ${type.promise.workingDays} working days after the first promise 承诺期限不得晚于首次承诺后 ${type.promise.workingDays} 个工作日`,
    );
  const sequence = nextSequence(ledger);
  const stated = { items, deadline, basis, by };
  const record = `promise-${digestOf(canonicalJson({ ...stated, package: pack.id, sequence })).slice('sha256:'.length, 'sha256:'.length + 16)}`;
  return { fact: { change: 'promised', record, package: pack.id, ...stated }, sequence };
}

/** The step that withdraws a promise, named by its event; the event of the withdrawal where there is one. Errors: NOT_FOUND, USAGE. */
export function decideWithdrawal(
  ledger: Ledger<Commitment> | undefined,
  { event, basis, by }: { event: string; basis: string; by: string },
): CommitmentStep | { already: string } {
  const promised = ledger?.steps.find((step) => step.event === event && step.fact.change === 'promised');
  if (!promised) throw new HubError('NOT_FOUND', 'there is no promise of that event for this package 此申请包没有该承诺');
  const { record } = promised.fact;
  const gone = ledger!.steps.find(({ fact }) => fact.change === 'withdrawn' && fact.record === record);
  if (gone) return { already: gone.event };
  return { fact: { ...promised.fact, change: 'withdrawn', basis: basisIn(basis), by }, sequence: nextSequence(ledger) };
}

/** Kept for ever in the clear. */
function basisIn(text: string): string {
  const basis = text.trim();
  if (basis === '' || basis.length > 200 || /\d{11}/.test(basis.replace(/[\s-]/g, '')))
    throw new HubError(
      'USAGE',
      'the basis is kept for ever in the clear: give a form number or clause, no identity or phone number 依据将永久明文保存，请填表单编号或条款，不得含证件号或电话',
    );
  return basis;
}

const earlier = (a: string, b: string): string => (a < b ? a : b);
