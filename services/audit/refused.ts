// What was refused or could not be applied, as the audit API tells it, and the problems of sending it again.
import { formatInstant } from '../domain/time.ts';
import type { ApiAnswer } from '../ports/http.ts';
import type { ViewRow } from '../ports/view-store.ts';
import type { ParkedLocal, QuarantineBody, QuarantineLocal } from '../ports/views.ts';

export function presentQuarantined(row: ViewRow, recorded: ReadonlyMap<string, string>): object {
  const { id, source, mapping, reason, field, state } = JSON.parse(row.body) as QuarantineBody;
  const { place, firstSeen, lastSeen, event } = JSON.parse(row.local) as QuarantineLocal;
  const seen = { firstSeen: formatInstant(firstSeen), lastSeen: formatInstant(lastSeen) };
  return { ...{ id, source, mapping, reason, field, state, place }, ...seen, event, recordedAs: recorded.get(id) ?? null };
}

export function presentParked(row: ViewRow): object {
  const { reason, event, position, lastPosition, firstSeen, lastSeen, events } = JSON.parse(row.local) as ParkedLocal;
  const seen = { firstSeen: formatInstant(firstSeen), lastSeen: formatInstant(lastSeen) };
  return { stream: row.key, reason, event, position, lastPosition, ...seen, events };
}

interface Problem {
  code: string;
  detail: string;
  titles: { zh: string; en: string };
  reason?: string;
  field?: string | null;
}

export const refusedAgain: Problem = {
  code: 'REFUSED_AGAIN',
  detail: 'the record as corrected is refused again; nothing was published',
  titles: { zh: '更正后的记录仍被拒绝', en: 'The corrected record is refused again' },
};

export const elsewhere: Problem = {
  code: 'REDRIVE_ELSEWHERE',
  detail: 'this process may read and not publish; redrive where the adapters run, there also by `hub quarantine redrive`',
  titles: { zh: '本进程无权重新提交', en: 'Not from this process' },
};

/** Problem details (RFC 9457). */
export function refusal(status: number, problem: Problem): ApiAnswer {
  const type = `urn:hub:problem:${problem.code.toLowerCase().replaceAll('_', '-')}`;
  return { status, body: { type, title: problem.titles.en, status, ...problem } };
}
