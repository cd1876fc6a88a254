// What operators do with refused records: look, correct, send again.
import { setTimeout as sleep } from 'node:timers/promises';
import { redrive } from '../adapters/redrive.ts';
import { HubError } from '../domain/errors.ts';
import { historiesOf } from './history.ts';
import { contractOf } from './import.ts';
import { recordingOn } from './recording.ts';
import { settle } from './settle.ts';
import type { RefusedRecord } from '../adapters/redrive.ts';
import type { QuarantineBody, QuarantineLocal } from '../ports/views.ts';
import type { ViewRow } from '../ports/view-store.ts';
import type { Hub } from './open-hub.ts';

export interface Refused extends QuarantineBody, Pick<QuarantineLocal, 'place' | 'firstSeen' | 'lastSeen' | 'event'> {
  /** The event that its record was recorded as, when it was read again: the refusal is to be retired then. */
  recordedAs: string | null;
}

/** What became of a record sent again: the event it made, or why it is refused again. */
type Redriven = { event: string } | { reason: string; field: string | null };

export async function listQuarantine(hub: Hub, limit: number, after = ''): Promise<Refused[]> {
  const rows = await hub.views.list('quarantine', { after, limit });
  const recorded = await historiesOf(hub).misreadings.recordedAs(rows);
  return rows.map((row) => refusedOf(row, recorded));
}

/** One refused record with its content, for the operator who is to correct it; null once its key was destroyed. Errors: NOT_FOUND. */
export async function showQuarantined(hub: Hub, id: string): Promise<Refused & { content: Record<string, unknown> | string | null }> {
  const row = await hub.views.get('quarantine', id);
  if (!row) throw new HubError('NOT_FOUND', 'nothing in quarantine has that id 隔离区没有此编号的记录');
  const local = JSON.parse(row.local) as QuarantineLocal;
  const opened = await hub.keys.open(id, Buffer.from(local.content, 'base64'));
  const content = opened?.name === undefined || opened.name === null ? null : (JSON.parse(opened.name) as Record<string, unknown> | string);
  return { ...refusedOf(row, await historiesOf(hub).misreadings.recordedAs([row])), content };
}

/** Sends a refused record again with corrections by the source's field names. Errors: NOT_FOUND, USAGE. */
export async function redriveQuarantined(hub: Hub, id: string, corrections: Record<string, string>): Promise<Redriven> {
  await settle(hub);
  const result = await redriveRefused(hub, id, corrections);
  await settle(hub);
  return result;
}

const shownWithinMs = 5_000;

/**
 * The same beside services that run: the recorder and the projector, wherever they are, do their part. Resolves once the
 * event is recorded (law 1), and in general once views show it. Errors: NOT_FOUND, USAGE, ENGINE_UNAVAILABLE.
 */
export function redriveBeside(hub: Hub): (id: string, corrections: Record<string, string>) => Promise<Redriven> {
  const underWay = new Set<string>();
  return async (id, corrections) => {
    // Until views show the first, a second would be taken for another.
    if (underWay.has(id)) throw new HubError('USAGE', 'that record is being sent again at this moment 该记录正在重新提交');
    underWay.add(id);
    try {
      const result = await redriveRefused(hub, id, corrections);
      if ('event' in result) await untilShown(hub, id);
      return result;
    } finally {
      underWay.delete(id);
    }
  };
}

async function untilShown(hub: Hub, id: string): Promise<void> {
  // Nothing of its own: the end of the log has passed what was published before.
  await recordingOn(hub.log).record([]);
  for (const until = Date.now() + shownWithinMs; Date.now() < until; await sleep(50)) {
    const row = await hub.views.get('quarantine', id);
    if (row && (JSON.parse(row.body) as QuarantineBody).state !== 'quarantined') return;
  }
}

async function redriveRefused(hub: Hub, id: string, corrections: Record<string, string>): Promise<Redriven> {
  const refused = await showQuarantined(hub, id);
  if (refused.state !== 'quarantined') throw new HubError('USAGE', `that record was ${refused.state} already 该记录已处理，不能再次提交`);
  if (refused.content === null) throw new HubError('USAGE', 'the content of that record was erased 该记录的内容已删除');
  const persons = (JSON.parse((await hub.views.get('quarantine', id))!.local) as QuarantineLocal).persons;
  const record = { ...refused, persons, content: refused.content } satisfies RefusedRecord;
  return redrive(contractOf(hub, refused.source), record, corrections, hub);
}

function refusedOf(row: ViewRow, recorded: ReadonlyMap<string, string>): Refused {
  const { place, firstSeen, lastSeen, event } = JSON.parse(row.local) as QuarantineLocal;
  return { ...(JSON.parse(row.body) as QuarantineBody), place, firstSeen, lastSeen, event, recordedAs: recorded.get(row.key) ?? null };
}
