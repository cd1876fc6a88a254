// Where views live (embedded: SQLite; production: Postgres). Disposable: everything here follows from the event store.
// Any call rejects with HubError ENGINE_UNAVAILABLE while the engine cannot be reached.

/** Raised whenever what rows hold changes its form; views of an older one are thrown away and folded again. */
export const viewsFormat = 3;

export interface RowKey {
  view: string;
  key: string;
}

/** One row of one view. */
export interface ViewRow {
  view: string;
  key: string;
  /** What is known and how it was judged, as JSON text; covered by the digest. */
  body: string;
  /** What rightly differs from run to run: recording times, positions, ciphertext. JSON text, outside every digest. */
  local: string;
  /** What the row can be found by, e.g. `party:91…`, `unit:3201…`. Holds no line break: the projector sees to it. */
  tags: readonly string[];
  /** The date (`YYYY-MM-DD`) from which the row must be judged again though nothing happened; null for never. */
  due: string | null;
}

/** One line of the change feed: which package or transfer request changed, and what caused it. */
export interface FeedEntry {
  /** `<position>.<n>`, zero-padded so that text order is feed order. */
  cursor: string;
  view: string;
  key: string;
  /** JSON text. */
  body: string;
}

export interface Checkpoint {
  /** Position of the last event folded in. */
  position: number;
  /** The date (`YYYY-MM-DD`) up to which due rows were judged. */
  date: string;
}

/** A row to write; `was` are the tags it carried before, null when it is new. A null `row` removes it. */
export interface RowChange {
  view: string;
  key: string;
  row: ViewRow | null;
  was: readonly string[] | null;
}

export interface ViewChanges {
  rows: readonly RowChange[];
  feed: readonly FeedEntry[];
  checkpoint: Checkpoint;
}

export interface Page {
  after?: string;
  limit: number;
}

/** What portal, audit and the command line are handed. */
export interface ViewReader {
  get(view: string, key: string): Promise<ViewRow | undefined>;
  /** Those of many rows that there are, in any order, in one go. */
  getAll(keys: readonly RowKey[]): Promise<ViewRow[]>;
  /** Rows that carry any of many tags, each once, in any order, in one go. */
  findAll(tags: readonly string[]): Promise<ViewRow[]>;
  /** Rows that carry a tag: all of them by view then key, or those of one view, a page at a time. */
  find(tag: string, options?: { view?: string } | ({ view: string } & Page)): Promise<ViewRow[]>;
  /** Rows of a view by key. */
  list(view: string, page: Page): Promise<ViewRow[]>;
  /** Rows whose due date is not after `date`, by due date, then view and key. */
  due(date: string, limit: number): Promise<ViewRow[]>;
  feed(page: Page): Promise<FeedEntry[]>;
  /** How many rows a view has, by the value of a tag prefix if one is given: `count('package', 'status:')`. */
  count(view: string, tagPrefix?: string): Promise<Record<string, number>>;
  checkpoint(): Promise<Checkpoint>;
  /** SHA-256 over every covered row in order; the same facts and rules give the same digest. */
  digest(): Promise<string>;
}

/** What the projector is handed. Rows and the checkpoint that covers them are one transaction (law 4). */
export interface ViewWriter extends ViewReader {
  /**
   * Waits until this is the only writer of these views, making their tables if need be. Leadership ends with `close`,
   * with the process, or when the connection is lost; `commit` then rejects with ENGINE_UNAVAILABLE and writes nothing.
   */
  lead(signal: AbortSignal): Promise<void>;
  commit(changes: ViewChanges): Promise<void>;
}

/** Views being built beside those in use. */
export interface ViewsAside extends ViewWriter {
  /** Puts these views in the place of those in use, at once for every reader, and closes this. */
  replace(): Promise<void>;
  /** Throws these views away. */
  discard(): Promise<void>;
}

export interface ViewStore extends ViewWriter {
  /** Opens empty views beside these, for a rebuild; what an unfinished rebuild left is thrown away. */
  aside(): Promise<ViewsAside>;
  close(): Promise<void>;
}
