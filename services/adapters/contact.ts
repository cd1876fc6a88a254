// The event that says a source was in contact, and what it gave: with every batch, so that the counters survive any death.
import { randomUUID } from 'node:crypto';
import { dateAt } from '../domain/time.ts';
import { ownEvent } from '../ports/own-event.ts';
import type { HubEvent } from '../domain/events.ts';
import type { SourceContract } from '../domain/source-contract.ts';
import type { AdapterCounts, AdapterPorts } from './ports.ts';

/** `polled` over HTTP, `imported` from a file, or `redriven` from quarantine. */
export type ContactChange = 'polled' | 'imported' | 'redriven';

/** Each is an event of its own, however alike two batches are: their counts add up (law 11). */
export function contactEvent(
  contract: SourceContract,
  change: ContactChange,
  cursor: string | null,
  counts: AdapterCounts,
  { codec, now }: Pick<AdapterPorts, 'codec' | 'now'>,
  traceparent: string | null,
): HubEvent {
  const fact = { change, record: randomUUID(), cursor, ...counts };
  const time = now();
  // A stream a day: one that grew for ever would grow too long to append to.
  const subject = `${contract.name}-${dateAt(time)}`;
  return ownEvent(codec, { family: 'contact', contract, subject, time, fact, traceparent });
}
