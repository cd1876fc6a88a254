// Erases a person: destroys the key, and records that it was done.
import { hubItself, ownEvent } from '../ports/own-event.ts';
import { HubError } from '../domain/errors.ts';
import type { HubEvent } from '../domain/events.ts';
import type { Hub } from './open-hub.ts';

export interface Erasure {
  person: string;
  outcome: Awaited<ReturnType<Hub['keys']['erase']>>;
  /** Refused records that named the person and were erased with them. */
  quarantined: number;
}

/**
 * Destroys a person's key, and those of refused records that name the person; nothing that was sealed with them can be
 * read again, in log, store, views or backups. Needs no writer lock: a running hub picks the event up. Errors: USAGE, NOT_FOUND.
 */
export async function erasePerson(
  hub: Pick<Hub, 'keys' | 'views' | 'log' | 'codec' | 'now'>,
  person: string,
  basis: string | null,
): Promise<Erasure> {
  if (!/^p-[\w-]{22}$/.test(person))
    throw new HubError('USAGE', 'a pseudonym is "p-" and 22 letters, digits, - or _; see `hub person pseudonym` 假名应为 p- 加 22 个字符');
  if (basis !== null && (basis.length > 200 || /\d{11}/.test(basis.replace(/[\s-]/g, ''))))
    throw new HubError(
      'USAGE',
      'the basis is kept for ever in the clear: give a request number or clause, no identity or phone number 依据将永久明文保存，请填申请编号或条款，不得含证件号或电话',
    );
  // A mistyped pseudonym must not look like a person erased.
  if ((await hub.keys.state(person)) === 'unknown')
    throw new HubError('NOT_FOUND', 'no such person is known here, nothing was erased 未找到该假名，未删除任何信息');
  const at = hub.now();
  // The wish is recorded before the key goes (law 1); should the process die between, the same command again finishes.
  await hub.log.publish([erasureEvent(hub, person, basis, at)]);
  const outcome = await hub.keys.erase(person, at);
  const refused = await hub.views.find(`person:${person}`, { view: 'quarantine' });
  for (const row of refused) await hub.keys.erase(row.key, at);
  return { person, outcome, quarantined: refused.length };
}

function erasureEvent({ codec }: Pick<Hub, 'codec'>, person: string, basis: string | null, time: number): HubEvent {
  const fact = { change: 'erased', record: person, person, basis };
  return ownEvent(codec, { family: 'erasure', contract: hubItself, subject: person, time, fact });
}
