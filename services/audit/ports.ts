// What audit is handed: the store and the views to read, and nothing that opens a box.
import type { SourceContract } from '../domain/source-contract.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { EventReader } from '../ports/event-store.ts';
import type { EnterpriseReader } from '../ports/enterprise.ts';
import type { Explainer } from '../ports/explanation.ts';
import type { Misreadings } from '../ports/misreadings.ts';
import type { PackageHistory } from '../ports/package-history.ts';
import type { Recall } from '../ports/recall.ts';
import type { SupervisionReader } from '../ports/supervision.ts';
import type { ViewReader } from '../ports/view-store.ts';

export type RedriveResult = { event: string } | { reason: string; field: string | null };

export interface AuditPorts {
  store: Pick<EventReader, 'readStream' | 'query' | 'get' | 'head' | 'positionAt'>;
  views: Pick<ViewReader, 'get' | 'find' | 'list' | 'count' | 'checkpoint' | 'digest'>;
  codec: Pick<EventCodec, 'decode' | 'schemaOf'>;
  history: PackageHistory;
  misreadings: Misreadings;
  explainer: Explainer;
  recall: Recall;
  supervision: SupervisionReader;
  enterprises: EnterpriseReader;
  /** The contracts in force, by name. */
  sources: ReadonlyMap<string, SourceContract>;
  /**
   * Sends a refused record again with corrections by the source's field names; resolves once the store holds the event,
   * or with why it is refused again. Null in a process that may not publish. Errors: NOT_FOUND, USAGE, ENGINE_UNAVAILABLE.
   */
  redrive: ((id: string, corrections: Record<string, string>) => Promise<RedriveResult>) | null;
  /** Milliseconds since the epoch; says whether a source is stale, and which day it is. */
  now: () => number;
}
