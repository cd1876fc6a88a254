// Which packages and requests a changed fact may touch: the rows it is linked to by party, unit, project or address.
import type { PlanningPermit } from '../domain/facts.ts';
import type { Target } from '../domain/packages/contract.ts';
import type { TargetKey } from '../ports/views.ts';
import type { FactRow } from './fact-views.ts';
import type { Session } from './session.ts';

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
export async function targetsOf(session: Session, view: string, before: FactRow | undefined, after: FactRow): Promise<TargetKey[]> {
  const targets = new Set<TargetKey>([...ownTargets(view, after), ...(before ? ownTargets(view, before) : [])]);
  const tags = new Set([...after.tags, ...(before?.tags ?? [])]);
  // An enterprise is found by its key, so it carries no tag for it; those who name it do.
  if (view === 'enterprise') tags.add(`party:${after.key}`);
  for (const { tags: kind, to } of links[view] ?? []) {
    for (const tag of tags) {
      if (!tag.startsWith(kind) || (await session.load(tag)) <= (after.tags.includes(tag) ? 1 : 0)) continue;
      for (const neighbours of to) {
        for (const row of await session.find(neighbours, tag))
          for (const target of ownTargets(neighbours, row as FactRow)) targets.add(target);
      }
    }
  }
  return [...targets].sort();
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
