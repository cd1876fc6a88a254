// What would become of packages and requests under other rules, judged beside the views and never written.
import { packageIdParts, statuses } from '../domain/packages/judge.ts';
import { judgeTarget } from './judge-targets.ts';
import { targetViews, whole } from './judge-days.ts';
import { readAheadOf } from './read-ahead.ts';
import { openSession } from './session.ts';
import { ownTargets, targetOfView } from './targets.ts';
import type { Item, Package, RuleReference } from '../domain/packages/judge.ts';
import type { RequestStatus } from '../domain/transfers/request.ts';
import type { FeedLine, JudgedLocal, TargetKey } from '../ports/views.ts';
import type { FactRow } from './fact-views.ts';
import type { Rules } from './judge-targets.ts';
import type { Row } from './row.ts';
import type { Session } from './session.ts';
import type { SessionBase } from './session-base.ts';

export interface WhatIf {
  views: SessionBase;
  present: Rules;
  changed: Rules;
  /** The day of judging, `YYYY-MM-DD`. */
  date: string;
  /** Only this package, or only what is a subject's; absent: everything. */
  only?: { package: string } | { subject: string };
  /** Hears how many targets are done, now and then. */
  onProgress?: (done: number) => void;
}

/** `fails`: the changed rules cannot be applied to the facts at all; a projector would park the stream. */
export const outcomes = ['unchanged', 'better', 'worse', 'new', 'gone', 'fails'] as const;
export type Outcome = (typeof outcomes)[number];

/** One package or request that would not stand as it does. */
export interface Flip {
  kind: FeedLine['kind'];
  id: string;
  outcome: Exclude<Outcome, 'unchanged'>;
  was: string | null;
  wouldBe: string | null;
  /** The item that makes the difference, and the rule that judges it then. */
  item: string | null;
  rule: RuleReference | null;
}

/** How many there are of each outcome, by application type; requests count as `transfer-request`. */
export type OutcomeCounts = Record<string, Record<Outcome, number>>;

/**
 * Judges under the present and under the changed rules, by the very code that judges when rules are switched, and yields
 * what differs in status; ends with the counts. Rules do not bear on the views of facts, only on what is made of them: so
 * to judge the facts as known again is the same as to replay the whole history under the changed rules.
 */
export async function* whatIf(asked: WhatIf): AsyncGenerator<Flip, OutcomeCounts> {
  const counts: OutcomeCounts = {};
  const session = openSession(asked.views);
  const isAsked = filterOf(asked.only);
  let done = 0;
  for await (const targets of targetsAsked(session, asked)) {
    for (const target of targets) {
      for (const { outcome, ...compared } of await compare(session, target, asked, isAsked)) {
        const type = compared.kind === 'package' ? packageIdParts(compared.id)[0]! : compared.kind;
        counts[type] ??= Object.fromEntries(outcomes.map((each) => [each, 0])) as Record<Outcome, number>;
        counts[type][outcome]++;
        if (outcome !== 'unchanged') yield { ...compared, outcome };
      }
      done++;
    }
    asked.onProgress?.(done);
    // Nothing that was judged here is stored: the next page is read as it is.
    session.forget();
  }
  return counts;
}

const pageSize = 500;

/** Everything to judge, a page at a time. */
async function* targetsAsked(session: Session, { only, present, changed }: WhatIf): AsyncGenerator<TargetKey[]> {
  if (only) {
    yield 'package' in only
      ? await targetOfPackage(session, only.package, [present, changed])
      : await targetsOfSubject(session, only.subject);
    return;
  }
  for (const view of targetViews) {
    for (let after = ''; ;) {
      const rows = await session.page(view, after, pageSize);
      if (rows.length === 0) break;
      await readAheadOf(session, view, rows);
      after = rows.at(-1)!.key;
      yield rows.map(({ key }): TargetKey => `${targetOfView[view]!}:${key}`);
    }
  }
}

async function targetOfPackage(session: Session, id: string, rules: readonly Rules[]): Promise<TargetKey[]> {
  const row = await session.get<Package, JudgedLocal>('package', id);
  if (row) return [row.local.target];
  const [typeId, , premises = ''] = packageIdParts(id);
  const type = rules.flatMap(({ packages }) => packages).find((known) => known.id === typeId);
  return type ? [`${type.target}:${premises}`] : [];
}

async function targetsOfSubject(session: Session, subject: string): Promise<TargetKey[]> {
  const targets = new Set<TargetKey>();
  for (const row of await session.find<Package, JudgedLocal>('package', `subject:${subject}`)) targets.add(row.local.target);
  const licence = await session.get('enterprise', subject);
  for (const tag of [`party:${subject}`, ...(licence?.tags ?? []).filter((each) => each.startsWith('party:'))]) {
    for (const view of [...targetViews, 'permit'])
      for (const row of await session.find(view, tag)) for (const target of ownTargets(view, row as FactRow)) targets.add(target);
  }
  return [...targets].sort();
}

function filterOf(only: WhatIf['only']): (row: JudgedRow) => boolean {
  if (!only) return () => true;
  if ('package' in only) return ({ kind, row }) => kind === 'package' && row.key === only.package;
  return ({ row }) => row.tags.includes(`subject:${only.subject}`);
}

interface JudgedRow {
  kind: FeedLine['kind'];
  row: Row;
}
type Compared = Omit<Flip, 'outcome'> & { outcome: Outcome };

async function compare(session: Session, target: TargetKey, asked: WhatIf, isAsked: (row: JudgedRow) => boolean): Promise<Compared[]> {
  const before = await judgedBy(asked.present);
  // What cannot be judged as it is stays parked, whatever the rules.
  if (!before) return [];
  const after = await judgedBy(asked.changed);
  return [...new Set([...before.keys(), ...(after?.keys() ?? [])])].flatMap((id) => {
    const [was, wouldBe] = [before.get(id), after?.get(id)];
    const either = (was ?? wouldBe)!;
    if (!isAsked(either)) return [];
    return { kind: either.kind, id: either.row.key, ...difference(was, wouldBe, after === null) };
  });

  async function judgedBy(rules: Rules): Promise<Map<string, JudgedRow> | null> {
    const cause = { date: asked.date, position: 0 };
    const done = await whole(session, () => judgeTarget(session, target, rules, asked.date, cause, () => ''));
    session.take({ position: 0, date: asked.date });
    return done ? rowsOf(session, target) : null;
  }
}

async function rowsOf(session: Session, target: TargetKey): Promise<Map<string, JudgedRow>> {
  const rows = (await session.find('package', `target:${target}`)).map((row): JudgedRow => ({ kind: 'package', row }));
  const [kind, key] = [target.slice(0, target.indexOf(':')), target.slice(target.indexOf(':') + 1)];
  const request = kind === 'house-transfer' ? await session.get('transfer-request', key) : undefined;
  if (request) rows.push({ kind: 'transfer-request', row: request });
  return new Map(rows.map((judged) => [`${judged.kind} ${judged.row.key}`, judged]));
}

function difference(was: JudgedRow | undefined, wouldBe: JudgedRow | undefined, failed: boolean): Omit<Compared, 'kind' | 'id'> {
  const [from, to] = [statusOf(was), statusOf(wouldBe)];
  const told = { was: from, wouldBe: to, item: null, rule: null };
  if (failed) return { ...told, outcome: 'fails' };
  if (!was) return { ...told, outcome: 'new' };
  if (!wouldBe) return { ...told, outcome: 'gone' };
  if (from === to) return { ...told, outcome: 'unchanged' };
  const outcome = rank(was.kind, to!) < rank(was.kind, from!) ? 'better' : 'worse';
  return was.kind === 'package'
    ? { ...told, outcome, ...decidingItem(was.row.body as Package, wouldBe.row.body as Package, outcome) }
    : { ...told, outcome };
}

/** The item that was worst, or would be, among those that differ; an item that is not required stands in nobody's way. */
function decidingItem(was: Package, wouldBe: Package, outcome: 'better' | 'worse'): Pick<Flip, 'item' | 'rule'> {
  const needed = (pack: Package): Map<string, Item> =>
    new Map(pack.items.filter(({ required }) => required).map((item) => [item.id, item]));
  const [before, after] = [needed(was), needed(wouldBe)];
  const weight = (item: Item | undefined): number => (item ? rank('package', item.status) : -1);
  const [worst] = [...new Set([...after.keys(), ...before.keys()])]
    .filter((id) => before.get(id)?.status !== after.get(id)?.status)
    .sort((a, b) => (outcome === 'worse' ? weight(after.get(b)) - weight(after.get(a)) : weight(before.get(b)) - weight(before.get(a))));
  if (worst === undefined) return { item: null, rule: null };
  const judged = wouldBe.items.find(({ id }) => id === worst) ?? before.get(worst)!;
  return { item: worst, rule: judged.rule };
}

const requestRanks: readonly RequestStatus[] = ['completed', 'ready', 'blocked', 'review', 'unmatched', 'superseded', 'withdrawn'];
const rank = (kind: FeedLine['kind'], status: string): number =>
  (kind === 'package' ? (statuses as readonly string[]) : (requestRanks as readonly string[])).indexOf(status);

const statusOf = (judged: JudgedRow | undefined): string | null =>
  judged?.row.tags.find((tag) => tag.startsWith('status:'))?.slice('status:'.length) ?? null;
