// Which packages and requests a changed fact may touch: the rows it is linked to by party, unit, project or address.
import type { PlanningPermit } from '../domain/facts.ts';
import type { Target } from '../domain/packages/contract.ts';
import type { TargetKey } from '../ports/views.ts';
import type { AppliedFact } from './apply-fact.ts';
import type { FactRow } from './fact-views.ts';
import type { Session } from './session.ts';
import { isKinTag, kinBelow } from './kin-links.ts';

/** From a view, by tags of these kinds, to rows of these views. Developers hold many units, so parties link sparingly. */
const links: Record<string, { tags: string; to: string[] }[]> = {
  enterprise: [{ tags: 'party:', to: ['property', 'project', 'permit', 'meter-account', 'house-transfer'] }],
  property: [{ tags: 'unit:', to: ['project', 'permit', 'house-transfer'] }],
  project: [{ tags: 'unit:', to: ['property'] }],
  permit: [{ tags: 'unit:', to: ['property', 'project'] }],
  'meter-account': [
    { tags: 'unit:', to: ['property', 'house-transfer'] },
    { tags: 'consumer:', to: ['house-transfer', 'transfer-life'] },
    { tags: 'address:', to: ['house-transfer'] },
  ],
  'house-transfer': [{ tags: 'unit:', to: ['house-transfer'] }],
};

/** Everything to judge again after a row changed, in a fixed order. */
export async function targetsOf(session: Session, { view, key: subject, before, after }: AppliedFact): Promise<TargetKey[]> {
  const targets = new Set<TargetKey>([before, after].flatMap((row) => (row ? ownTargets(view, row) : [])));
  const tags = new Set([...(after?.tags ?? []), ...(before?.tags ?? [])]);
  // An enterprise is found by its key, so it carries no tag for it; those who name it do.
  if (view === 'enterprise') {
    tags.add(`party:${subject}`);
    for (const target of await targetsOfKin(session, subject, tags)) targets.add(target);
  }
  for (const { tags: kind, to } of links[view] ?? []) {
    for (const tag of tags) {
      if (!tag.startsWith(kind) || (await session.load(tag)) <= (after?.tags.includes(tag) ? 1 : 0)) continue;
      for (const neighbours of to) {
        for (const row of await session.find(neighbours, tag))
          for (const target of ownTargets(neighbours, row as FactRow)) targets.add(target);
      }
    }
  }
  return [...targets].sort();
}

/**
 * What packages of kin turn on an enterprise: those of its branches and of all that was merged into it, and those in which
 * one of them is named beside another applicant. Nothing, and next to no work, for an enterprise without kin.
 */
async function targetsOfKin(session: Session, code: string, tags: ReadonlySet<string>): Promise<Set<TargetKey>> {
  const targets = new Set<TargetKey>();
  const below = await kinBelow(code, (tag) => session.find('enterprise', tag));
  const parties = new Set([...tags].filter((tag) => tag.startsWith('party:')));
  let related = below.size > 0 || [...tags].some(isKinTag);
  // Who shares a name with kin decides whether the name still tells which of them is meant.
  for (const tag of related ? [] : parties)
    for (const namesake of await session.find('enterprise', tag))
      // Itself was asked about above.
      related ||= namesake.key !== code && (namesake.tags.some(isKinTag) || (await hasBelow(session, namesake.key)));
  if (!related) return targets;
  for (const [key, own] of below) for (const tag of [`party:${key}`, ...own]) if (tag.startsWith('party:')) parties.add(tag);
  for (const tag of parties) {
    for (const view of ['property', 'project', 'permit', 'meter-account', 'house-transfer']) {
      for (const row of await session.find(view, tag)) {
        for (const target of ownTargets(view, row as FactRow)) targets.add(target);
        await besideOwner(session, view, row.tags, targets);
      }
    }
  }
  return targets;
}

const hasBelow = async (session: Session, code: string): Promise<boolean> =>
  (await session.find('enterprise', `parent:${code}`)).length > 0 || (await session.find('enterprise', `successor:${code}`)).length > 0;

/** What is judged with a title, an approval or a permit that names an enterprise, beside what is its own. */
async function besideOwner(session: Session, view: string, tags: readonly string[], targets: Set<TargetKey>): Promise<void> {
  for (const { tags: kind, to } of links[view] ?? []) {
    for (const tag of tags) {
      if (kind !== 'unit:' || !tag.startsWith(kind)) continue;
      for (const neighbours of to)
        for (const row of await session.find(neighbours, tag))
          for (const target of ownTargets(neighbours, row as FactRow)) targets.add(target);
    }
  }
}

/** Views whose every row is a target by its key. */
export const targetOfView: Readonly<Record<string, Target>> = {
  property: 'held-property',
  project: 'project',
  'meter-account': 'account',
  'house-transfer': 'house-transfer',
};

/** What a row is a target of by itself; a permit leads to its project, the life of a request to its case. */
export function ownTargets(view: string, row: FactRow): TargetKey[] {
  const target = targetOfView[view];
  if (target !== undefined) return [`${target}:${row.key}`];
  if (view === 'transfer-life') return [`house-transfer:${row.key}`];
  if (view !== 'permit') return [];
  const { projectCode } = row.body.fact as PlanningPermit;
  return projectCode === null ? [] : [`project:${projectCode}`];
}
