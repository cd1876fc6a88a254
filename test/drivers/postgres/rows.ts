// Short ways to write what the suites of this folder put into views.
import { HubError } from '../../../services/domain/errors.ts';
import type { ErrorCode } from '../../../services/domain/errors.ts';
import type { RowChange, ViewChanges, ViewStore } from '../../../services/ports/view-store.ts';

export const row = (key: string, body: unknown = key, tags: readonly string[] = [`key:${key}`]): RowChange => ({
  view: 'package',
  key,
  row: { view: 'package', key, body: JSON.stringify(body), local: '{}', tags, due: null },
  was: null,
});
export const changes = (position: number, ...rows: RowChange[]): ViewChanges => ({
  rows,
  feed: [],
  checkpoint: { position, date: '2027-01-01' },
});
export const lead = (views: ViewStore): Promise<void> => views.lead(AbortSignal.timeout(20_000));
export const hubError =
  (code: ErrorCode, message?: RegExp) =>
  (error: unknown): boolean =>
    error instanceof HubError && error.code === code && (message?.test(error.message) ?? true);

/** Asks again until it is so. */
export async function until(is: () => Promise<boolean>): Promise<void> {
  const patience = AbortSignal.timeout(20_000);
  while (!(await is())) {
    patience.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
