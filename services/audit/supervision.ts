// Supervision (督办) over the audit API: what is due and overdue, and the figures of a period.
import { cursorAfter, keyIn } from '../ports/paging.ts';
import type { Period } from '../domain/supervision-report.ts';
import type { Operations } from '../ports/http.ts';
import type { MatterFilter, SupervisionReader } from '../ports/supervision.ts';

/** The handlers by operationId. */
export function supervisionOperations(supervision: SupervisionReader): Operations {
  return {
    async listMatters({ query }) {
      const { after, limit, ...filter } = query as MatterFilter & { after?: string; limit: number };
      const { items, next } = await supervision.matters(filter, { after: keyIn(after), limit });
      return { status: 200, body: { items, next: next === null ? null : cursorAfter(next) } };
    },
    async getSupervisionReport({ query }) {
      const { period, date } = query as { period: Period; date?: string };
      return { status: 200, body: await supervision.report(period, date ?? null) };
    },
  };
}
