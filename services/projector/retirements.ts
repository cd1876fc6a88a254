// Retired events of a stream, by the ledger of decisions about them.
import { retiredEvents } from '../domain/retirement.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { Retirement } from '../domain/own-facts.ts';
import type { LedgerLocal } from '../ports/views.ts';
import type { Session } from './session.ts';

const none: ReadonlySet<string> = new Set();

/** Decisions are few: where none was ever made, looking for them costs nothing. */
async function ledgerOf(session: Session, stream: string): Promise<Ledger<Retirement> | undefined> {
  if (!(await session.any('retirement'))) return undefined;
  return (await session.get<Ledger<Retirement>, LedgerLocal>('retirement', stream))?.body;
}

/** Whether anything was ever decided about events of a stream. */
export const anyRetired = async (session: Session, stream: string): Promise<boolean> => (await ledgerOf(session, stream)) !== undefined;

/** Ids of the events of a stream that count no more. */
export async function retiredOf(session: Session, stream: string): Promise<ReadonlySet<string>> {
  const ledger = await ledgerOf(session, stream);
  return ledger ? retiredEvents(ledger) : none;
}
