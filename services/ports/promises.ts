// What a service is handed that may take promises of missing items (容缺受理).
import type { PromiseWish } from '../domain/packages/commitments.ts';

export interface TakenPromise {
  package: string;
  /** The event that promised, or withdrew; it names the promise. */
  event: string;
  items: string[];
  deadline: string;
  /** Whether this call recorded it; false for the same once more. */
  recorded: boolean;
}

export interface Promises {
  /** Resolves once the store holds the promise (law 1). Errors: NOT_FOUND, USAGE, ENGINE_UNAVAILABLE. */
  promise(packageId: string, wish: PromiseWish, by: string): Promise<TakenPromise>;
  /** Withdraws the promise of an event. Errors: NOT_FOUND, USAGE, ENGINE_UNAVAILABLE. */
  withdraw(packageId: string, wish: { event: string; basis: string }, by: string): Promise<TakenPromise>;
}
