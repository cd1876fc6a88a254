// What one batch of events sees and changes: rows as stored, overlaid with what the batch has changed so far.
import { Row } from './row.ts';
import { watched } from './session-base.ts';
import { createTagIndex } from './tag-index.ts';
export { emptyBase } from './session-base.ts';
import type { Checkpoint, FeedEntry, RowChange, RowKey, ViewChanges, ViewRow } from '../ports/view-store.ts';
import type { SessionBase } from './session-base.ts';

export interface Session {
  get<Body, Local>(view: string, key: string): Promise<Row<Body, Local> | undefined>;
  /** Rows of a view that carry a tag, by key. */
  find<Body, Local>(view: string, tag: string): Promise<Row<Body, Local>[]>;
  /** Reads what carries a tag in every view at once, ahead of several `find`s. Says how many rows do. */
  load(tag: string): Promise<number>;
  /** Reads ahead, in one go each, rows by key and every row that carries one of some tags; gives those that came to hand. */
  ahead(keys: readonly RowKey[], tags: Iterable<string>): Promise<{ view: string; row: Row }[]>;
  /** The next rows to judge again by `date`, by due date, view and key: a thousand or all that there are. */
  due(date: string): Promise<{ view: string; row: Row }[]>;
  /** Rows of a view behind a key, by key: as many as asked for, or all that there are. */
  page(view: string, after: string, limit: number): Promise<Row[]>;
  /** Replaces a row that was read before, also if it was found missing. */
  put(view: string, row: Row): void;
  /** Adds a row that is known to be new. */
  add(view: string, row: Row): void;
  remove(view: string, key: string): void;
  feed(entry: FeedEntry): void;
  /** Whether a view has, or had, any row at all. */
  any(view: string): Promise<boolean>;
  /** From here on changes can be taken back, until the next mark or `take`. */
  mark(): void;
  /** Takes back every change since the mark. */
  rollback(): void;
  /** Whether this is a failure of the view store beneath: such a call may succeed later, and says nothing about the events. */
  isOutside(error: unknown): boolean;
  /** Asks something beside the view store, whose failures count as its. */
  outside<T>(ask: () => Promise<T>): Promise<T>;
  /** Everything changed since the last call, for one commit; what is handed over counts as stored. */
  take(checkpoint: Checkpoint): ViewChanges;
  /** How many rows are in hand. */
  size(): number;
  /** Lets go of every row, unless some are changed and not yet taken. */
  forget(): void;
  /** All rows in hand, for a fold in memory. */
  rows(): { view: string; row: Row }[];
}

interface Slot {
  view: string;
  key: string;
  /** Its tags as the base has them; null where the base has no such row. */
  was: readonly string[] | null;
  row: Row | null;
}

export function openSession(stored: SessionBase): Session {
  const slots = new Map<string, Map<string, Slot>>();
  const tagged = createTagIndex<Slot>();
  const changed = new Set<Slot>();
  /** Tags, and tags in one view, whose rows are all in hand. */
  const loaded = new Set<string>();
  const feed: FeedEntry[] = [];
  /** Views that are known to have no row, and to have had some. */
  const empty = new Set<string>();
  const filled = new Set<string>();
  /** What `rollback` puts back, newest last. Rows are replaced, never changed in place, so the old ones are still good. */
  const undo: { slot: Slot; row: Row | null; changed: boolean }[] = [];
  const { base, isOutside, outside } = watched(stored);
  let fed = 0;
  let size = 0;

  function keep(slot: Slot): Slot {
    const ofView = slots.get(slot.view) ?? new Map<string, Slot>();
    slots.set(slot.view, ofView.set(slot.key, slot));
    size++;
    for (const tag of slot.row?.tags ?? []) tagged.add(tag, slot);
    return slot;
  }

  function adopt(stored: ViewRow): Slot {
    const { view, key, tags } = stored;
    return slots.get(view)?.get(key) ?? keep({ view, key, was: tags, row: Row.stored(stored) });
  }

  async function slotOf(view: string, key: string): Promise<Slot> {
    const known = slots.get(view)?.get(key);
    if (known) return known;
    const stored = await base.get(view, key);
    return stored ? adopt(stored) : keep({ view, key, was: null, row: null });
  }

  function replace(view: string, key: string, row: Row | null): void {
    const slot = slots.get(view)?.get(key);
    // Rows are always read before they are written, so the tags to take back are known.
    if (!slot) throw new Error(`row ${view}/${key} was written without being read`);
    // Tags are kept one a line. Only a damaged event brings a line break, and it is parked for it.
    if (row?.tags.some((tag) => tag.includes('\n'))) throw new Error('a tag holds a line break');
    undo.push({ slot, row: slot.row, changed: changed.has(slot) });
    exchange(slot, row);
    changed.add(slot);
    empty.delete(view);
  }

  function exchange(slot: Slot, row: Row | null): void {
    for (const tag of slot.row?.tags ?? []) tagged.remove(tag, slot);
    for (const tag of row?.tags ?? []) tagged.add(tag, slot);
    slot.row = row;
  }

  return {
    get: async (view, key) => ((await slotOf(view, key)).row ?? undefined) as never,
    async load(tag) {
      if (!loaded.has(tag)) {
        loaded.add(tag);
        for (const stored of await base.find(tag)) adopt(stored);
      }
      return tagged.carriers(tag).length;
    },
    async find(view, tag) {
      const wanted = loaded.has(tag) ? null : `${view}\0${tag}`;
      if (wanted !== null && !loaded.has(wanted)) {
        loaded.add(wanted);
        for (const stored of await base.find(tag, { view })) adopt(stored);
      }
      const found = tagged.carriers(tag).filter((slot) => slot.view === view);
      return found.sort((a, b) => compare(a.key, b.key)).map((slot) => slot.row as never);
    },
    async ahead(keys, tags) {
      const missing = keys.filter(({ view, key }) => !slots.get(view)?.has(key));
      const unread = [...new Set(tags)].filter((tag) => !loaded.has(tag));
      const [got, found] = await Promise.all([
        missing.length === 0 ? [] : base.getAll(missing),
        unread.length === 0 ? [] : base.findAll(unread),
      ]);
      for (const tag of unread) loaded.add(tag);
      const rows = [...got, ...found].map(adopt);
      // What is not there is known too, and need not be asked for again.
      for (const { view, key } of missing) if (!slots.get(view)?.has(key)) keep({ view, key, was: null, row: null });
      return rows.flatMap(({ view, row }) => (row ? [{ view, row }] : []));
    },
    async due(date) {
      const limit = 1000 + changed.size;
      const stored = await base.due(date, limit);
      for (const row of stored) adopt(row);
      const found = [...slots.values()]
        .flatMap((ofView) => [...ofView.values()])
        .flatMap(({ view, row }) => (row !== null && row.due !== null && row.due <= date ? [{ view, row }] : []))
        .sort((a, b) => compare(a.row.due!, b.row.due!) || compare(a.view, b.view) || compare(a.row.key, b.row.key));
      if (stored.length < limit) return found;
      // Behind a full page it is not a row's turn yet, also where it is in hand: others may come before it.
      const last = stored.at(-1)!;
      return found.filter(({ view, row }) => (compare(row.due!, last.due!) || compare(view, last.view) || compare(row.key, last.key)) <= 0);
    },
    async page(view, after, limit) {
      for (const stored of await base.list(view, { after, limit })) adopt(stored);
      const rows = [...(slots.get(view)?.values() ?? [])].flatMap(({ row }) => (row !== null && bytes(row.key, after) > 0 ? [row] : []));
      return rows.sort((a, b) => bytes(a.key, b.key)).slice(0, limit);
    },
    put: (view, row) => replace(view, row.key, row),
    add(view, row) {
      if (!slots.get(view)?.has(row.key)) keep({ view, key: row.key, was: null, row: null });
      replace(view, row.key, row);
    },
    remove: (view, key) => replace(view, key, null),
    feed: (entry) => void feed.push(entry),
    async any(view) {
      if (empty.has(view)) return false;
      if (filled.has(view)) return true;
      const some =
        [...(slots.get(view)?.values() ?? [])].some(({ row }) => row !== null) || (await base.list(view, { limit: 1 })).length > 0;
      (some ? filled : empty).add(view);
      return some;
    },
    mark() {
      undo.length = 0;
      fed = feed.length;
    },
    rollback() {
      for (const { slot, row, changed: was } of undo.splice(0).reverse()) {
        exchange(slot, row);
        if (!was) changed.delete(slot);
      }
      feed.length = fed;
    },
    isOutside,
    outside,
    take(checkpoint) {
      undo.length = 0;
      const rows = [...changed].flatMap((slot) => changeOf(slot) ?? []);
      for (const slot of changed) slot.was = slot.row?.tags ?? null;
      changed.clear();
      return { rows, feed: feed.splice(0), checkpoint };
    },
    size: () => size,
    forget() {
      if (changed.size > 0) return;
      slots.clear();
      tagged.clear();
      loaded.clear();
      empty.clear();
      filled.clear();
      size = 0;
    },
    rows: () => [...slots.values()].flatMap((ofView) => [...ofView.values()]).flatMap(({ view, row }) => (row ? [{ view, row }] : [])),
  };
}

function changeOf({ view, key, was, row }: Slot): RowChange | null {
  if (row === null) return was === null ? null : { view, key, row: null, was };
  const { tags, due } = row;
  return { view, key, was, row: { view, key, body: row.text, local: row.localText, tags, due } };
}

/** In the order of bytes, as the view store has keys. */
const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
