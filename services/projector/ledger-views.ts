// The views of what the hub itself decided or was told: consents, promises, steps of transfers, limits. One ledger a matter.
import { familyOf } from '../domain/events.ts';
import { addStep } from '../domain/ledger.ts';
import { Row } from './row.ts';
import type { RecordedEvent } from '../domain/events.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Authorisation, Commitment, Supervision, TransferStep } from '../domain/own-facts.ts';
import type { LedgerLocal } from '../ports/views.ts';
import type { Session } from './session.ts';

export type LedgerRow<Fact extends object = object> = Row<Ledger<Fact>, LedgerLocal>;

interface LedgerView {
  view: string;
  /** What a row is found by, by its last step: a matter is found by what it is now. */
  tags: (fact: object) => string[];
  /** What a row is found by for good, by any of its steps. */
  ever?: (fact: object) => string[];
}

const ledgerViews: Readonly<Record<string, LedgerView>> = {
  authorisation: {
    view: 'consent',
    tags: (fact) => {
      const { grantor, object } = fact as Authorisation;
      return [`grantor:${grantor}`, ...(object === null ? [] : [`object:${object}`])];
    },
  },
  commitment: { view: 'commitment', tags: (fact) => [`package:${(fact as Commitment).package}`] },
  'transfer-request': {
    view: 'transfer-life',
    tags: (fact) => [`case:${(fact as TransferStep).case}`],
    // An account that a reviewer chose concerns the case, though neither unit nor address links the two.
    ever: (fact) => {
      const { consumerNo } = fact as TransferStep;
      return consumerNo === null ? [] : [`consumer:${consumerNo}`];
    },
  },
  retirement: { view: 'retirement', tags: () => [] },
  supervision: {
    view: 'supervision',
    tags: (fact) => {
      const { kind, object, change } = fact as Supervision;
      return [`object:${kind}:${object}`, `last:${change}`];
    },
  },
};

/** The view of a family that has a ledger. */
export const ledgerViewOf = (type: string): string | null => ledgerViews[familyOf(type)]?.view ?? null;

/** Adds an event to its ledger; null when it was in it already. */
export async function applyToLedger(session: Session, event: RecordedEvent, fact: object): Promise<LedgerRow | null> {
  const { view, tags, ever = () => [] } = ledgerViews[familyOf(event.type)]!;
  const before = await session.get<Ledger, LedgerLocal>(view, event.subject);
  const { id, time, sequence, recordedtime, position } = event;
  const body = addStep(before?.body, event.subject, { event: id, time, sequence, fact });
  if (before && body === before.body) return null;
  const local = { learnt: { ...before?.local.learnt, [id]: { recordedtime, position } } };
  const foundBy = new Set([...tags(body.steps.at(-1)!.fact), ...body.steps.flatMap((step) => ever(step.fact))]);
  const after: LedgerRow = Row.of({ key: event.subject, body, local, tags: [...foundBy].sort(), due: null });
  session.put(view, after);
  return after;
}
