// Envelopes of the events that the hub itself writes, as against the facts that sources state.
import { deriveEventId } from '../domain/events.ts';
import type { HubEvent, OwnFamily } from '../domain/events.ts';
import type { EventCodec } from './event-codec.ts';

/** The contract of events that concern no source. */
export const hubItself = { name: 'hub', version: 1 } as const;

export interface OwnEvent {
  family: OwnFamily;
  /** The source's contract it concerns, or {@link hubItself}. */
  contract: { name: string; version: number };
  subject: string;
  /** Milliseconds since the epoch. */
  time: number;
  /** The place among steps of one subject, where order matters; null where time alone decides. */
  sequence?: number | null;
  /** With the fields of the family's schema. */
  fact: { change: string };
  evidence?: string;
  traceparent?: string | null;
  /** What the id is derived from instead of the fact, for facts that hold ciphertext. */
  identity?: string;
}

export function ownEvent(codec: Pick<EventCodec, 'encode'>, event: OwnEvent): HubEvent {
  const { family, contract, subject, time, fact, sequence = null, evidence, traceparent, identity } = event;
  const data = codec.encode(family, fact);
  return {
    id: deriveEventId(time, contract.name, subject, sequence, identity === undefined ? data : Buffer.from(identity)),
    source: contract.name,
    type: `${family}.${fact.change}`,
    subject,
    time,
    sequence,
    contract: `${contract.name}@${contract.version}`,
    evidence: evidence ?? 'none',
    reader: 0,
    traceparent: traceparent ?? null,
    data,
  };
}
