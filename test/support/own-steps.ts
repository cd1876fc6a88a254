// What the hub itself wrote in a history: consents, promises, steps of transfers and accesses, of what the views hold then.
import { ownEvent, hubItself } from '../../services/ports/own-event.ts';
import { codec } from './project.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { Access, Authorisation, Commitment, TransferStep, TransferStepChange } from '../../services/domain/own-facts.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { ViewReader } from '../../services/ports/view-store.ts';
import type { JudgedLocal } from '../../services/ports/views.ts';

export function transferStep(
  caseNo: string,
  change: TransferStepChange,
  sequence: number,
  time: number,
  consumerNo: string | null = null,
): HubEvent {
  const fact: TransferStep = {
    change,
    record: `${caseNo}/${sequence}`,
    case: caseNo,
    utility: 'electricity',
    attempt: 1,
    idempotencyKey: null,
    externalNo: null,
    consumerNo,
    code: null,
    reason: null,
    basis: null,
    by: 'test',
  };
  return ownEvent(codec, { family: 'transfer-request', contract: hubItself, subject: caseNo, time, sequence, fact });
}

function consent(id: string, grantor: string, object: string | null, time: number, change: Authorisation['change'] = 'granted'): HubEvent {
  const fact: Authorisation = {
    change,
    record: id,
    grantor,
    scope: 'joint-transfer',
    object,
    utilities: [],
    validUntil: null,
    basis: 'test',
    by: 'test',
  };
  return ownEvent(codec, { family: 'authorisation', contract: hubItself, subject: id, time, sequence: change === 'granted' ? 1 : 2, fact });
}

function promise(pack: string, items: string[], deadline: string, time: number): HubEvent {
  const fact: Commitment = { change: 'promised', record: `${pack}/1`, package: pack, items, deadline, basis: 'test', by: 'test' };
  return ownEvent(codec, { family: 'commitment', contract: hubItself, subject: pack, time, sequence: 1, fact });
}

export function access(kind: Access['kind'], object: string, digest: string, time: number): HubEvent {
  const fact: Access = {
    change: 'read',
    record: `${object}/${digest}/${time}`,
    consumer: 'application-portal',
    purpose: 'electricity-application',
    case: null,
    kind,
    object,
    digest,
    basis: 'test',
  };
  return ownEvent(codec, { family: 'access', contract: hubItself, subject: object, time, sequence: null, fact });
}

/** Steps, consents, promises and accesses for what the views hold now, every `every`th of each kind. */
export async function ownSteps(views: ViewReader, time: number, every = 1): Promise<HubEvent[]> {
  const events: HubEvent[] = [];
  const of = async (view: string) => (await views.list(view, { limit: 100_000 })).filter((_, i) => i % every === 0);
  for (const { key, body, local } of await of('transfer-request')) {
    const { buyers, sellers } = JSON.parse(body) as { buyers: { id: string }[]; sellers: { id: string }[] };
    for (const [i, party] of [...sellers, ...buyers].entries()) {
      events.push(consent(`c-${key}-${i}`, party.id, i % 2 === 0 ? key : null, time));
      if (i === 2) events.push(consent(`c-${key}-${i}`, party.id, key, time + 1, 'revoked'));
    }
    events.push(transferStep(key, 'consent-asked', 1, time), transferStep(key, 'submitting', 2, time + 2));
    events.push(access('transfer-request', key, (JSON.parse(local) as JudgedLocal).digest, time));
  }
  for (const { key, body, local } of await of('package')) {
    const missing = (JSON.parse(body) as Package).items.filter(({ status }) => status === 'missing').map(({ id }) => id);
    if (missing.length > 0) events.push(promise(key, missing, '2026-01-31', time));
    events.push(access('package', key, (JSON.parse(local) as JudgedLocal).digest, time));
  }
  return events;
}
