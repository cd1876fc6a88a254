// How enterprises that are kin find each other: by tags on their rows, followed as far as judging looks.

/** A branch carries `parent:<code>`, one that was merged away `successor:<code>`. */
export const kinTags = ['parent', 'successor'] as const;

export const isKinTag = (tag: string): boolean => tag.startsWith('parent:') || tag.startsWith('successor:');

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
