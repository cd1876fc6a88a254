// Our decoder of records beside the one that kafkajs has.
import assert from 'node:assert/strict';
import { createRequire, Module } from 'node:module';
import fc from 'fast-check';
import { DecodedRecord } from '../../../services/drivers/kafka/record-decoder.ts';
import type { BatchContext, Reader } from '../../../services/drivers/kafka/record-decoder.ts';

type Decode = (reader: Reader, context: BatchContext) => object;
const require = createRequire(import.meta.url);
const protocol = 'kafkajs/src/protocol';
const Encoder = require(`${protocol}/encoder`) as new () => Record<string, (value: unknown) => unknown> & { buffer: Buffer };
const Decoder = require(`${protocol}/decoder`) as new (bytes: Buffer) => Reader;
/** Loaded in a module of its own: the driver puts ours in the place of the one that everybody shares. */
function original(): Decode {
  const path = require.resolve(`${protocol}/recordBatch/record/v0/decoder`);
  const own = new Module(path);
  own.filename = path;
  own.paths = require.resolve.paths(path) ?? [];
  (own as unknown as { load(path: string): void }).load(path);
  return own.exports as Decode;
}

interface Given {
  since: bigint;
  offset: number;
  key: Uint8Array | null;
  value: Uint8Array | null;
  headers: [string | null, Uint8Array | null][];
}

function recordOf({ since, offset, key, value, headers }: Given): Buffer {
  const record = new Encoder();
  const bufferOf = (of: Uint8Array | null): Buffer | null => of && Buffer.from(of);
  record['writeInt8']!(0);
  record['writeVarLong']!(since);
  record['writeVarInt']!(offset);
  record['writeVarIntBytes']!(bufferOf(key));
  record['writeVarIntBytes']!(bufferOf(value));
  record['writeVarInt']!(headers.length);
  for (const [name, of] of headers) {
    record['writeVarIntString']!(name);
    record['writeVarIntBytes']!(bufferOf(of));
  }
  return record.buffer;
}

const bytes = fc.option(fc.uint8Array({ maxLength: 40 }));
/** Some names come again and again, at the same place and at others; some are those that objects have by themselves. */
const name = fc.oneof(fc.constantFrom('ce_id', 'ce_type', 'ce_source', '__proto__', 'null'), fc.string({ unit: 'binary', maxLength: 12 }));
const given = fc.record<Given>({
  since: fc.oneof(fc.bigInt({ min: -1000n, max: 1_000_000n }), fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n })),
  offset: fc.integer({ min: 0, max: 2 ** 30 }),
  key: bytes,
  value: bytes,
  headers: fc.array(fc.tuple(fc.option(name), bytes), { maxLength: 12 }),
});
const context = fc.record<BatchContext>({
  firstOffset: fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String),
  firstTimestamp: fc.bigInt({ min: -1n, max: 2n ** 60n }).map(String),
  maxTimestamp: fc.bigInt({ min: 0n, max: 2n ** 60n }).map(String),
  magicByte: fc.constant(2),
  timestampType: fc.constantFrom(-1, 0, 1),
  isControlBatch: fc.boolean(),
});

const fields = ({ headers, ...rest }: { headers?: object }): object => ({ ...rest, headers: Object.entries(headers!) });

describe('a record of Kafka', () => {
  const theirs = original();

  // kafkajs takes what every object has for a header seen before.
  it('is decoded as kafkajs decodes it, but for headers named as what every object has', () => {
    fc.assert(
      fc.property(given, context, ({ headers: stated, ...rest }, batch) => {
        const record = { ...rest, headers: stated.filter(([header]) => !(header! in {})) };
        const ours = new DecodedRecord(new Decoder(recordOf(record)), batch);
        const { headers } = ours;
        const all = { ...Object.fromEntries(Object.entries(ours)), headers };
        assert.deepEqual(fields(all), fields(theirs(new Decoder(recordOf(record)), batch)));
        assert.deepEqual(ours.headers, headers, 'asked for again');
      }),
      { numRuns: 2000 },
    );
  });

  it('has the texts of headers that are there once', () => {
    const wanted = new Map([
      ['ce_id', 0],
      ['__proto__', 1],
      ['ce_type', 2],
    ]);
    fc.assert(
      fc.property(given, context, (record, batch) => {
        const ours = new DecodedRecord(new Decoder(recordOf(record)), batch);
        const expected = [...wanted.keys()].map((wantedName) => {
          const found = record.headers.filter(([other]) => other === wantedName);
          if (found.length === 0) return undefined;
          const [[, value]] = found as [[string, Uint8Array | null]];
          return found.length > 1 || value === null ? null : Buffer.from(value).toString();
        });
        assert.deepEqual(ours.headerTexts(wanted), expected);
        for (const [header, at] of wanted) assert.equal(Object.hasOwn(ours.headers, header), expected[at] !== undefined);
      }),
      { numRuns: 1000 },
    );
  });
});
