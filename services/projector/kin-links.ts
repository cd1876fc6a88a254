// How enterprises that are kin find each other: by tags on their rows, followed as far as judging looks.
import { parentOf, successorOf } from '../domain/organisations.ts';
import type { BusinessLicence } from '../domain/facts.ts';
import type { Subject } from '../domain/fold.ts';
import type { ViewReader } from '../ports/view-store.ts';

/** A branch carries `parent:<code>`, one that was merged away `successor:<code>`. */
export const kinTags = ['parent', 'successor'] as const;

export const isKinTag = (tag: string): boolean => /^(?:parent|successor):/.test(tag);

/** The codes that tags of an enterprise name as parent or successor. */
export const kinNamed = (tags: readonly string[]): string[] => tags.filter(isKinTag).map((tag) => tag.slice(tag.indexOf(':') + 1));

type Finder = (tag: string) => Promise<readonly { key: string; tags: readonly string[] }[]>;

/** Enterprises, with their tags as the views have them, by code. */
export type Enterprises = Map<string, readonly string[]>;

/** The branches of an enterprise, and all that was merged into it, one after the other; nothing merges into a branch. */
export async function kinBelow(code: string, find: Finder): Promise<Enterprises> {
  const found: Enterprises = new Map();
  const add = (rows: Awaited<ReturnType<Finder>>): void => {
    for (const { key, tags } of rows) if (key !== code) found.set(key, tags);
  };
  add(await find(`parent:${code}`));
  const merged = new Set([code]);
  for (const into of merged) {
    const rows = await find(`successor:${into}`);
    add(rows);
    // A set walked through goes on with what is added to it meanwhile.
    for (const { key } of rows) merged.add(key);
  }
  return found;
}

/** An enterprise among its kin, by code: what it states itself, and who states it of them. */
export interface KinView {
  parent: string | null;
  successor: string | null;
  /** The first so many, by code. */
  branches: string[];
  predecessors: string[];
}

/** What the view `enterprise` shows of an enterprise's kin; null where it is not registered. The struck-off alone have a successor. */
export async function kinOf(views: Pick<ViewReader, 'get' | 'find'>, code: string, limit = 1_000): Promise<KinView | null> {
  const row = await views.get('enterprise', code);
  if (!row) return null;
  const { fact } = JSON.parse(row.body) as Subject<BusinessLicence>;
  const naming = async (kind: (typeof kinTags)[number]): Promise<string[]> =>
    (await views.find(`${kind}:${code}`, { view: 'enterprise', limit })).map(({ key }) => key).filter((key) => key !== code);
  return {
    parent: parentOf(fact),
    successor: successorOf(fact),
    branches: await naming('parent'),
    predecessors: await naming('successor'),
  };
}
