// Where results go for consumers that prefer a log to HTTP (production: compacted Kafka topics `packages.v1`, `transfer-requests.v1`).
import type { FeedLine } from './views.ts';

/** The newest state of one package or transfer request. */
export interface Result {
  kind: FeedLine['kind'];
  id: string;
  /** The body as the views hold it, JSON text; null when it was withdrawn. */
  body: string | null;
  /** Digest of the body; null when it was withdrawn. */
  digest: string | null;
  /** The place in the change feed that this state covers: it is published only after the views that hold it are committed. */
  cursor: string;
}

export interface ResultLog {
  /** Resolves when all are durable; results of one id stay in order. Rejects with HubError ENGINE_UNAVAILABLE. */
  publish(results: readonly Result[]): Promise<void>;
  close(): Promise<void>;
}
