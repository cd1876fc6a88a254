// Being the only one that does a piece of work, of all processes that could (embedded: a lock file; production: Postgres).
import type { EventPublisher } from './event-log.ts';

/** What whoever leads is handed. */
export interface Lead {
  /** Aborted when the work is to end: it was asked to, or the lead was lost. */
  signal: AbortSignal;
  /**
   * Asks the engine whether this still is the one, before something that nobody else may do at the same time: a process that
   * stood still hears of it here first. Errors: ENGINE_UNAVAILABLE once it is not.
   */
  confirm(): Promise<void>;
}

export interface Leadership {
  /**
   * Waits until this is the only one that does `work`, then runs `during`, and gives the lead up when that ends. Resolves when
   * `signal` was aborted or `during` ended by itself. Errors: ENGINE_UNAVAILABLE when the engine is away or the lead was lost,
   * once `during` has ended; what `during` failed with.
   */
  lead(work: string, signal: AbortSignal, during: (lead: Lead) => Promise<void>): Promise<void>;
  close(): void | Promise<void>;
}

/** Publishes nothing once the lead was lost, also where the process has not heard of it yet: ENGINE_UNAVAILABLE instead. */
export const whileLeading = (log: EventPublisher, lead: Pick<Lead, 'confirm'>): EventPublisher => ({
  ...log,
  async publish(events) {
    await lead.confirm();
    return log.publish(events);
  },
});
