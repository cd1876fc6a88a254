// Why a package is, or was, as it is.
import type { Explanation } from '../domain/explanation.ts';
import type { PastOptions } from './package-history.ts';

export interface Explainer {
  /** The package as known when `position` was the newest event, explained; null when there was no such package then. */
  explain(id: string, position: number, options?: PastOptions): Promise<Explanation | null>;
}
