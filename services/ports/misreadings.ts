// Records that were read more than one way, and which reading of each is to be retired.
import type { Page, ViewRow } from './view-store.ts';

/** Why an event is to be retired; `instead` is the reading that holds, null where neither of two can be told to. */
export interface Misreading {
  event: string;
  stream: string;
  why: MisreadingReason;
  instead: string | null;
}

export const misreadingTexts = {
  'recorded-after-all': { zh: '记录曾被拒绝，后已重新读取入库', en: 'the record was refused, and was recorded when it was read again' },
  'another-subject': { zh: '同一记录读成了不同主体', en: 'the same record was read as one of another subject' },
  'another-record': { zh: '同一记录读成了不同记录号', en: 'the same record was read under another record id' },
  'names-no-person': { zh: '同一记录另有读出个人的读法', en: 'another reading of the same record names the person' },
} as const;
export type MisreadingReason = keyof typeof misreadingTexts;

export interface MisreadingPage {
  items: Misreading[];
  /** The place to go on from (`after`); null at the end. */
  next: string | null;
}

export interface Misreadings {
  /** Readings that are to be retired. A page looks at `limit` rows, each with none, one or several. */
  list(page: Page): Promise<MisreadingPage>;
  /** For each of some rows of the view `quarantine`, by id, the event that its record was recorded as after all. */
  recordedAs(rows: readonly ViewRow[]): Promise<Map<string, string>>;
}
