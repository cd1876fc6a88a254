// What the sources said: every record in a file of its own, on the disk before it is sent, and what the hub took over since.
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { createAdapter } from '../../../services/adapters/adapter.ts';
import { openSqlitePersonKeys } from '../../../services/drivers/sqlite/person-keys.ts';
import { codec, contractOf, pseudonymKey } from '../../support/project.ts';
import type { HubEvent } from '../../../services/domain/events.ts';

/** One record that was sent, the first time it was. */
export interface Said {
  source: string;
  /** Its place among the records of its source. */
  seq: number;
  /** SHA-256 over the record as it was sent. */
  hash: string;
  record: object;
}

export interface Ledger {
  /** Writes that these records, the first of them at `from`, are about to be sent; on the disk when it returns. */
  sending(source: string, from: number, records: readonly object[]): void;
  /** Writes that the hub asked from here on, and so has everything before. */
  acknowledged(source: string, upTo: number): void;
  /** Records sent at least once, in the order of their first sending. */
  said(): Said[];
  /** How many records were sent in all, again and again as it may be. */
  sent(): number;
  /** How many of a source's records the hub has acknowledged. */
  ackedOf(source: string): number;
  close(): void;
}

export function openLedger(file: string): Ledger {
  const handle = openSync(file, 'a');
  const said = new Map<string, Said>();
  const acked = new Map<string, number>();
  let sent = 0;
  const write = (lines: readonly object[]): void => {
    writeSync(handle, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    fsyncSync(handle);
  };
  return {
    sending(source, from, records) {
      const lines = records.map((record, i) => ({ source, seq: from + i, hash: hashOf(record) }));
      write(lines);
      sent += records.length;
      lines.forEach((line, i) => {
        const place = `${source}/${line.seq}`;
        if (!said.has(place)) said.set(place, { ...line, record: records[i]! });
      });
    },
    acknowledged(source, upTo) {
      if (acked.has(source) && upTo <= acked.get(source)!) return;
      acked.set(source, upTo);
      write([{ source, acknowledged: upTo }]);
    },
    said: () => [...said.values()],
    sent: () => sent,
    ackedOf: (source) => acked.get(source) ?? 0,
    close: () => closeSync(handle),
  };
}

const hashOf = (record: object): string => createHash('sha256').update(JSON.stringify(record)).digest('base64url');

/** A record and the event that must be kept of it: its id and evidence follow from the record alone. */
export interface Expected extends Said {
  event: Pick<HubEvent, 'id' | 'evidence' | 'type' | 'subject'>;
}

/** Maps what was said by the agreements, apart from any hub. */
export async function expectedOf(said: readonly Said[]): Promise<Expected[]> {
  const keys = openSqlitePersonKeys(':memory:', { pseudonymKey });
  const expected: Expected[] = [];
  let published: HubEvent[] = [];
  const log = {
    publish: async (events: HubEvent[]) => {
      published = events;
      return '';
    },
    recorded: async () => undefined,
  };
  for (const source of new Set(said.map((one) => one.source))) {
    const contract = contractOf(source);
    const adapter = createAdapter(contract, contract.pull.mapping, 'polled', { log, codec, keys, now: () => 0 });
    const own = said.filter((one) => one.source === source);
    await adapter.take(
      own.map(({ seq, record }) => ({ position: String(seq), fields: record as Record<string, unknown> })),
      null,
    );
    own.forEach((one, i) => expected.push({ ...one, event: published[i]! }));
  }
  await keys.close();
  return expected;
}
