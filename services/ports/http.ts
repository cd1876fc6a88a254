// What an HTTP API asks of a service: one function for each operation of its OpenAPI file, knowing no vendor of HTTP.

/** Who asks: the client as its contract in `contracts/consumers/` names it, and what it may read. */
export interface Consumer {
  id: string;
  scopes: readonly string[];
}

/** A request that has been authenticated and fits the OpenAPI file. */
export interface ApiRequest {
  /** Path parameters by name. */
  params: Readonly<Record<string, string>>;
  /** Query parameters by name; integers as numbers; those not given are absent. */
  query: object;
  body: unknown;
  consumer: Consumer;
  /** What the data are read for; null for an operation that reads none. */
  purpose: string | null;
  /** The business case it is done for, as the header `Business-Case` names it. */
  businessCase: string | null;
  /** Which of the operation's media types the client would have; the first where it has no wish. */
  mediaType: string;
}

/** What a service answers; it is checked against the OpenAPI file before it leaves. */
export interface ApiAnswer {
  status: number;
  body: unknown;
  /** One of the operation's media types; the first unless given. */
  mediaType?: string;
  /** The very text to send where its bytes matter; it says the same as `body`. */
  text?: string;
  headers?: Readonly<Record<string, string>>;
}

/** Throws HubError NOT_FOUND for what is not there and USAGE for what cannot be asked; their messages reach the client. */
export type Operation = (request: ApiRequest) => Promise<ApiAnswer>;

/** Operations by operationId. */
export type Operations = Readonly<Record<string, Operation>>;
