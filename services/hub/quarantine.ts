// What operators do with refused records: look, correct, send again.
import { redrive } from '../adapters/redrive.ts';
import { HubError } from '../domain/errors.ts';
import { contractOf } from './import.ts';
import { settle } from './settle.ts';
import type { RefusedRecord } from '../adapters/redrive.ts';
import type { QuarantineBody, QuarantineLocal } from '../ports/views.ts';
import type { Hub } from './open-hub.ts';

export type Refused = QuarantineBody & Pick<QuarantineLocal, 'place' | 'firstSeen' | 'lastSeen'>;

export async function listQuarantine(hub: Hub, limit: number, after = ''): Promise<Refused[]> {
  return (await hub.views.list('quarantine', { after, limit })).map((row) =>
    refusedOf(JSON.parse(row.body) as QuarantineBody, JSON.parse(row.local) as QuarantineLocal),
  );
}

/** One refused record with its content, for the operator who is to correct it; null once its key was destroyed. Errors: NOT_FOUND. */
export async function showQuarantined(hub: Hub, id: string): Promise<Refused & { content: Record<string, unknown> | string | null }> {
  const row = await hub.views.get('quarantine', id);
  if (!row) throw new HubError('NOT_FOUND', 'nothing in quarantine has that id');
  const local = JSON.parse(row.local) as QuarantineLocal;
  const opened = await hub.keys.open(id, Buffer.from(local.content, 'base64'));
  const content = opened?.name === undefined || opened.name === null ? null : (JSON.parse(opened.name) as Record<string, unknown> | string);
  return { ...refusedOf(JSON.parse(row.body) as QuarantineBody, local), content };
}

/** Sends a refused record again with corrections by the source's field names. Errors: NOT_FOUND, USAGE. */
export async function redriveQuarantined(
  hub: Hub,
  id: string,
  corrections: Record<string, string>,
): Promise<{ event: string } | { reason: string; field: string | null }> {
  await settle(hub);
  const refused = await showQuarantined(hub, id);
  if (refused.state !== 'quarantined') throw new HubError('USAGE', `that record was ${refused.state} already`);
  if (refused.content === null) throw new HubError('USAGE', 'the content of that record was erased');
  const persons = (JSON.parse((await hub.views.get('quarantine', id))!.local) as QuarantineLocal).persons;
  const result = await redrive(
    contractOf(hub, refused.source),
    { ...refused, persons, content: refused.content } satisfies RefusedRecord,
    corrections,
    hub,
  );
  await settle(hub);
  return result;
}

const refusedOf = (body: QuarantineBody, { place, firstSeen, lastSeen }: QuarantineLocal): Refused => ({
  ...body,
  place,
  firstSeen,
  lastSeen,
});
