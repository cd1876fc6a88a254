// Envelopes of the events that the hub itself writes: what it refused, whom it erased, when a source was in contact.
import { deriveEventId } from '../domain/events.ts';
import type { Family, HubEvent } from '../domain/events.ts';
import type { EventCodec } from '../ports/event-codec.ts';

export interface OwnEvent {
  family: Extract<Family, 'quarantine' | 'erasure' | 'contact'>;
  /** The contract it concerns; `hub` for what concerns none. */
  contract: { name: string; version: number };
  subject: string;
  /** Milliseconds since the epoch. */
  time: number;
  /** With the fields of the family's schema. */
  fact: { change: string };
  evidence?: string;
  traceparent?: string | null;
  /** What the id is derived from instead of the fact, for facts that hold ciphertext. */
  identity?: string;
}

export function ownEvent(
  codec: EventCodec,
  { family, contract, subject, time, fact, evidence, traceparent, identity }: OwnEvent,
): HubEvent {
  const data = codec.encode(family, fact);
  return {
    id: deriveEventId(time, contract.name, subject, null, identity === undefined ? data : Buffer.from(identity)),
    source: contract.name,
    type: `${family}.${fact.change}`,
    subject,
    time,
    sequence: null,
    contract: `${contract.name}@${contract.version}`,
    evidence: evidence ?? 'none',
    traceparent: traceparent ?? null,
    data,
  };
}
