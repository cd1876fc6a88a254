// What those are handed who show matters under supervision (督办): the audit API and the command line.
import type { Supervision } from '../domain/own-facts.ts';
import type { Bilingual } from '../domain/source-contract.ts';
import type { MatterState } from '../domain/supervision.ts';
import type { Period, SupervisionReport } from '../domain/supervision-report.ts';

export interface MatterFilter {
  /** Open ones of this state, or settled ones; all that are open when absent. */
  state?: MatterState;
  /** A role of `contracts/limits.yaml`. */
  responsible?: string;
  /** Prefix of the division code. */
  region?: string;
}

/** A matter as shown. Dates are `YYYY-MM-DD`. */
export interface MatterLine extends Pick<Supervision, 'kind' | 'object' | 'step' | 'utility' | 'since' | 'due' | 'region'> {
  id: string;
  title: Bilingual;
  state: MatterState;
  stateTitle: Bilingual;
  /** Working days until the last day of the limit; negative since. */
  daysLeft: number;
  responsible: { role: string; title: Bilingual };
  /** Who was told last that it takes too long. */
  escalatedTo: { role: string; title: Bilingual } | null;
  settled: string | null;
  /** Years of the limit whose holidays are not announced, so that only weekends were left out. */
  yearsUnknown: string[];
}

export interface SupervisionReader {
  /** Somewhat more than `limit` where one object has several; `next` is where to go on, null at the end. Errors: USAGE. */
  matters(filter: MatterFilter, page: { after: string; limit: number }): Promise<{ items: MatterLine[]; next: string | null }>;
  /** Figures of the day, week or month that a date lies in; today's when null. Errors: USAGE. */
  report(period: Period, date: string | null): Promise<SupervisionReport>;
}
