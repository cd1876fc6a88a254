// What a session reads from, watched so that its failures are never taken for those of the fold.
import type { ViewReader } from '../ports/view-store.ts';

/** The part of the view store that a fold needs; an empty base makes it a fold in memory. */
export type SessionBase = Pick<ViewReader, 'get' | 'getAll' | 'find' | 'findAll' | 'due' | 'list'>;

export const emptyBase: SessionBase = {
  get: async () => undefined,
  getAll: async () => [],
  find: async () => [],
  findAll: async () => [],
  due: async () => [],
  list: async () => [],
};

/** The same base, and whether an error came out of it. */
export function watched(base: SessionBase): {
  base: SessionBase;
  isOutside: (error: unknown) => boolean;
  outside: <T>(ask: () => Promise<T>) => Promise<T>;
} {
  const failures = new WeakSet<object>();
  const noted = async <T>(ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      if (typeof error === 'object' && error !== null) failures.add(error);
      throw error;
    }
  };
  return {
    base: {
      get: (view, key) => noted(() => base.get(view, key)),
      getAll: (keys) => noted(() => base.getAll(keys)),
      find: (tag, options) => noted(() => base.find(tag, options)),
      findAll: (tags) => noted(() => base.findAll(tags)),
      due: (date, limit) => noted(() => base.due(date, limit)),
      list: (view, page) => noted(() => base.list(view, page)),
    },
    outside: noted,
    isOutside: (error) => typeof error === 'object' && error !== null && failures.has(error),
  };
}
