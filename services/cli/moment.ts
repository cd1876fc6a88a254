// `--recorded-as-of` and `--valid-at`: a moment on each of the two time axes, for commands that show what was.
import { HubError } from '../domain/errors.ts';
import { dateAt, dayAfter, parseDate, parseInstant, startOfDay } from '../domain/time.ts';
import { historiesOf } from '../hub/history.ts';
import type { Command } from 'commander';
import type { Hub } from '../hub/open-hub.ts';
import type { PastOptions } from '../ports/package-history.ts';
import type { HistoryBounds } from '../ports/subject-history.ts';
import type { FeedLine, JudgedLocal } from '../ports/views.ts';

export interface MomentOptions {
  recordedAsOf?: string;
  validAt?: string;
}

export const withMoment = (command: Command): Command =>
  command
    .option('--recorded-as-of <time|position>', 'as the hub knew it then 当时所知')
    .option('--valid-at <date>', 'as it was valid on that day 当日有效');

/** A whole number is a position; a date alone is known by its end. Errors: USAGE. */
export async function momentOf(hub: Hub, { recordedAsOf, validAt }: MomentOptions): Promise<{ position: number; options: PastOptions }> {
  const date = validAt === undefined ? undefined : parseDate(validAt);
  if (date === null) throw new HubError('USAGE', `"${validAt}" is no date; write 2026-01-31 日期应写作此格式`);
  const options: PastOptions = date === undefined ? {} : { validAt: date };
  const head = await hub.store.head();
  if (recordedAsOf === undefined) return { position: head, options: { ...options, date: hub.today() } };
  // Eight digits are a date.
  if (/^\d{1,15}$/.test(recordedAsOf) && (recordedAsOf.length !== 8 || parseDate(recordedAsOf) === null)) {
    const position = Number(recordedAsOf);
    if (position > head)
      throw new HubError('USAGE', `position ${position} lies beyond the newest event, which is ${head} 超出最新事件序号`);
    return { position, options };
  }
  const moment = parseInstant(recordedAsOf);
  if (moment === null)
    throw new HubError('USAGE', `"${recordedAsOf}" is no position and no time; write 2026-01-31T08:00:00+08:00 应为事件序号或此格式的时间`);
  const until = parseDate(recordedAsOf) !== null && !/[T: ]/.test(recordedAsOf) ? moment + 86_400_000 - 1 : moment;
  return { position: await hub.store.positionAt(until + 1), options: { ...options, date: dateAt(Math.min(until, hub.now())) } };
}

/** A row of today's views, or what it was at the moment asked for. Errors: NOT_FOUND, USAGE. */
export async function rowAt(
  hub: Hub,
  kind: FeedLine['kind'],
  id: string,
  options: MomentOptions,
): Promise<{ body: string; local: string }> {
  const missing = (when: string): HubError =>
    new HubError(
      'NOT_FOUND',
      kind === 'package'
        ? `there ${when} no package of that id 没有（或当时没有）此申请包`
        : `there ${when} no transfer request of that case number 没有（或当时没有）此编号的联合过户申请`,
    );
  if (options.recordedAsOf === undefined && options.validAt === undefined) {
    const row = await hub.views.get(kind, id);
    if (!row) throw missing('is');
    return row;
  }
  const { position, options: past } = await momentOf(hub, options);
  const { history } = historiesOf(hub);
  const told = (body: object | null, local: JudgedLocal | null): { body: string; local: string } => {
    if (!body) throw missing('was then');
    return { body: JSON.stringify(body), local: JSON.stringify(local) };
  };
  if (kind === 'transfer-request') {
    const { request, local } = await history.requestAsOf(id, position, past);
    return told(request, local);
  }
  const { package: pack, local } = await history.asOf(id, position, past);
  return told(pack, local);
}

/** The bounds of a subject's history at the moment asked for: the last position known, and the end of the day that it holds on. */
export async function historyBounds(hub: Hub, options: MomentOptions): Promise<HistoryBounds> {
  if (options.recordedAsOf === undefined && options.validAt === undefined) return {};
  const { position, options: past } = await momentOf(hub, options);
  return { upTo: position, ...(past.validAt === undefined ? {} : { before: startOfDay(dayAfter(past.validAt)) }) };
}
