// Records steps of a transfer request: the store holds each before anything is done about it (law 1).
import { nextSequence } from '../domain/ledger.ts';
import { transferStep } from '../domain/transfers/decisions.ts';
import { lifeAfter } from '../domain/transfers/life.ts';
import { hubItself, ownEvent } from '../ports/own-event.ts';
import { readLedger } from '../ports/read-ledger.ts';
import type { HubEvent } from '../domain/events.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Access, TransferStep, TransferStepChange, Utility } from '../domain/own-facts.ts';
import type { TransferLife } from '../domain/transfers/life.ts';
import type { RequestRow } from './application.ts';
import type { DispatcherPorts } from './ports.ts';

/** One case as the store has it at this moment, and what adds to it. */
export interface OpenCase {
  id: string;
  life: TransferLife;
  /** The last step of a utility, or none. */
  lastChange(utility: Utility): TransferStepChange | null;
  /** The last step recorded here; null while there is none. */
  recorded(): string | null;
  /** Resolves once the store holds the step, and what is recorded along with it. */
  record(change: TransferStepChange, said: Partial<TransferStep>, along?: readonly HubEvent[]): Promise<void>;
}

const dispatcherName = 'dispatcher';

/** Errors: ENGINE_UNAVAILABLE. */
export async function openCase({ store, codec, recording, now }: DispatcherPorts, id: string): Promise<OpenCase> {
  const ledger: Ledger<TransferStep> | undefined = await readLedger<TransferStep>({ store, codec }, 'transfer-request', id);
  let sequence = nextSequence(ledger);
  let last: string | null = null;
  return {
    id,
    life: lifeAfter(ledger?.steps ?? []),
    lastChange: (utility) => ledger?.steps.findLast(({ fact }) => fact.utility === utility)?.fact.change ?? null,
    recorded: () => last,
    async record(change, said, along = []) {
      const fact = transferStep(id, change, { ...said, by: dispatcherName });
      const step = { family: 'transfer-request', contract: hubItself, subject: id, time: now(), sequence: sequence++, fact } as const;
      const event = ownEvent(codec, step);
      await recording.record([event, ...along]);
      last = event.id;
    },
  };
}

/** Says that a request goes to a utility: what of it, and on what legal ground. */
export function dispatched(
  { codec, now }: DispatcherPorts,
  { request, local }: RequestRow,
  utility: Utility,
  key: string,
  basis: string,
): HubEvent {
  const fact = {
    change: 'dispatched',
    record: key,
    consumer: utility,
    purpose: 'meter-transfer',
    case: request.id,
    kind: 'transfer-request',
    object: request.id,
    digest: local.digest,
    basis: `consent ${basis}`,
  } satisfies Access;
  return ownEvent(codec, { family: 'access', contract: hubItself, subject: request.id, time: now(), fact });
}
