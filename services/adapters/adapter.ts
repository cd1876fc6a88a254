// One adapter for every source: records in, events and refusals out, counted.
import { randomBytes } from 'node:crypto';
import { HubError } from '../domain/errors.ts';
import { breathe } from '../ports/breathe.ts';
import { contactEvent } from './contact.ts';
import { compileMapping } from './map-record.ts';
import type { ContactChange } from './contact.ts';
import type { Mapped } from './map-record.ts';
import { quarantineEvent } from './quarantine.ts';
import type { Refusal } from './quarantine.ts';
import type { AdapterCounts, AdapterPorts } from './ports.ts';
import type { HubEvent } from '../domain/events.ts';
import type { LogPlace } from '../ports/event-log.ts';
import type { SourceContract } from '../domain/source-contract.ts';

/** A record as a reader hands it over, or the raw text of one that could not be parsed. */
export type SourceRecord =
  | { position: string; fields: Record<string, unknown> }
  | { position: string; problem: string; content: Record<string, unknown> | string; field?: string };

export interface Adapter {
  /**
   * Publishes a batch durably, and with it that the source was in contact; gives the place in the log after it. An empty
   * batch only tells the contact. `cursor` is where the source goes on after the batch.
   */
  take(records: readonly SourceRecord[], cursor: string | null): Promise<LogPlace>;
  /** Of all batches so far. */
  counts(): AdapterCounts;
}

/** How many records are mapped before others have their turn: some 5 ms where each names a person. Each slice saves its keys. */
const sliceSize = 100;

/** Starts one pass over a source with one of its contract's mappings. Errors: UNKNOWN_MAPPING. */
export function createAdapter(contract: SourceContract, mappingName: string, change: ContactChange, ports: AdapterPorts): Adapter {
  const mapping = contract.mappings[mappingName];
  if (!mapping) {
    throw new HubError(
      'UNKNOWN_MAPPING',
      `${contract.name} has no mapping "${mappingName}"; it has ${Object.keys(contract.mappings).join(', ')}`,
    );
  }
  const { log, codec, keys } = ports;
  const map = compileMapping(contract, mapping, { codec, keys });
  // W3C Trace Context: one trace a pass, so that every event of it can be followed.
  const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
  const counts: AdapterCounts = { received: 0, published: 0, quarantined: 0 };

  function eventOf(record: SourceRecord): { event: HubEvent; refused: boolean } {
    const refuse = (refusal: Pick<Refusal, 'reason' | 'field' | 'persons' | 'content' | 'evidence'>) => ({
      event: quarantineEvent({ contract, mapping: mappingName, position: record.position, ...refusal }, codec, keys, traceparent),
      refused: true,
    });
    if ('problem' in record)
      return refuse({ reason: record.problem, field: record.field ?? null, content: record.content, persons: [], evidence: null });
    const mapped = mapOrRefuse(record.fields);
    if (mapped.kind === 'event') return { event: mapped.event, refused: false };
    const { reason, field, persons, evidence } = mapped;
    return refuse({ reason, field, persons, content: record.fields, evidence });
  }

  /** No record, however odd, may stop the next one (law 9). */
  function mapOrRefuse(
    fields: Record<string, unknown>,
  ): Mapped | (Omit<Refusal, 'contract' | 'mapping' | 'position' | 'content'> & { kind: 'refused' }) {
    try {
      return map(fields, traceparent);
    } catch (error) {
      if (error instanceof RangeError || (error instanceof HubError && error.code === 'CONTRACT_INVALID')) {
        return { kind: 'refused', reason: 'unusable', field: null, persons: [], evidence: null };
      }
      throw error;
    }
  }

  return {
    async take(records, cursor) {
      await keys.ready();
      const mapped: ReturnType<typeof eventOf>[] = [];
      while (mapped.length < records.length) {
        const slice = records.slice(mapped.length, mapped.length + sliceSize);
        let some;
        // Keys before the events sealed with them: an event whose key was lost could never be read.
        do some = slice.map(eventOf);
        while ((await keys.save()) === 'again');
        mapped.push(...some);
        await breathe();
      }
      const quarantined = mapped.filter(({ refused }) => refused).length;
      const given: AdapterCounts = { received: records.length, published: records.length - quarantined, quarantined };
      counts.received += given.received;
      counts.published += given.published;
      counts.quarantined += given.quarantined;
      const events = mapped.map(({ event }) => event);
      return log.publish([...events, contactEvent(contract, change, cursor, given, ports, traceparent)]);
    },
    counts: () => ({ ...counts }),
  };
}
