// A row in hand, as objects and as text: made from either, the other only when asked for.
import type { ViewRow } from '../ports/view-store.ts';

/** What a row is made of. Rows are replaced, never changed in place. */
export interface RowParts<Body = unknown, Local = unknown> {
  key: string;
  /** What is known and how it was judged; covered by digests. */
  body: Body;
  /** What rightly differs from run to run. */
  local: Local;
  tags: readonly string[];
  /** The date from which the row must be judged again; null for never. */
  due: string | null;
  /** The body's text, where the maker has it already. */
  text?: string;
}

export class Row<Body = unknown, Local = unknown> {
  readonly key: string;
  readonly tags: readonly string[];
  readonly due: string | null;
  #body: Body | undefined;
  #local: Local | undefined;
  #text: string | undefined;
  #localText: string | undefined;

  private constructor(key: string, tags: readonly string[], due: string | null) {
    this.key = key;
    this.tags = tags;
    this.due = due;
  }

  static of<Body, Local>(parts: RowParts<Body, Local>): Row<Body, Local> {
    const row = new Row<Body, Local>(parts.key, parts.tags, parts.due);
    row.#body = parts.body;
    row.#local = parts.local;
    row.#text = parts.text;
    return row;
  }

  static stored(stored: ViewRow): Row {
    const row = new Row(stored.key, stored.tags, stored.due);
    row.#text = stored.body;
    row.#localText = stored.local;
    return row;
  }

  get body(): Body {
    return (this.#body ??= JSON.parse(this.#text!) as Body);
  }
  get local(): Local {
    return (this.#local ??= JSON.parse(this.#localText!) as Local);
  }
  get text(): string {
    return (this.#text ??= JSON.stringify(this.#body));
  }
  get localText(): string {
    return (this.#localText ??= JSON.stringify(this.#local));
  }
}
