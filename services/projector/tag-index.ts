// Which rows in hand carry a tag. Mostly one does, so that a set for each tag would be most of what is kept.

export interface TagIndex<T> {
  add(tag: string, carrier: T): void;
  remove(tag: string, carrier: T): void;
  /** In no order. */
  carriers(tag: string): readonly T[];
  clear(): void;
}

export function createTagIndex<T extends object>(): TagIndex<T> {
  const tags = new Map<string, T | Set<T>>();
  return {
    add(tag, carrier) {
      const known = tags.get(tag);
      if (known === undefined) tags.set(tag, carrier);
      else if (known instanceof Set) known.add(carrier);
      else if (known !== carrier) tags.set(tag, new Set([known, carrier]));
    },
    remove(tag, carrier) {
      const known = tags.get(tag);
      if (known === carrier) tags.delete(tag);
      else if (known instanceof Set) known.delete(carrier);
    },
    carriers(tag) {
      const known = tags.get(tag);
      return known === undefined ? [] : known instanceof Set ? [...known] : [known];
    },
    clear: () => tags.clear(),
  };
}
