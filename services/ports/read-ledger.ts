// A ledger as the store has it at this moment, where views may be behind.
import { streamOf } from '../domain/events.ts';
import { addStep } from '../domain/ledger.ts';
import type { OwnFamily } from '../domain/events.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { EventCodec } from './event-codec.ts';
import type { EventReader } from './event-store.ts';

interface LedgerPorts {
  store: Pick<EventReader, 'readStream'>;
  codec: Pick<EventCodec, 'decode'>;
}

/** Every step of one subject of a family; undefined when there is none. Errors: ENGINE_UNAVAILABLE. */
export async function readLedger<Fact extends object>(
  { store, codec }: LedgerPorts,
  family: OwnFamily,
  subject: string,
  options: { upTo?: number } = {},
): Promise<Ledger<Fact> | undefined> {
  let ledger: Ledger<Fact> | undefined;
  for await (const { id, time, sequence, data } of store.readStream(streamOf({ type: `${family}.`, subject }), options))
    ledger = addStep(ledger, subject, { event: id, time, sequence, fact: codec.decode(data) as Fact });
  return ledger;
}
