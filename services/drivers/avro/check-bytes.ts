// Walks bytes along their schema and makes nothing of them: whether they can be decoded, for a fraction of what decoding costs.

/** The part of Avro that `schemas/` uses. */
type Schema =
  string | Schema[] | { type: Schema; name?: string; items?: Schema; symbols?: string[]; fields?: { name: string; type: Schema }[] };

interface Cursor {
  bytes: Uint8Array;
  at: number;
}
/** Passes over one value; where the bytes fit no value, the cursor ends up behind all bytes. */
type Step = (cursor: Cursor) => void;

/** A function that tells whether a body is one whole value of the schema. It must judge as decoding does; a test compares them. */
export function createCheck(schema: object): (bytes: Uint8Array, from: number) => boolean {
  const step = stepOver(schema as Schema, new Map());
  const cursor: Cursor = { bytes: new Uint8Array(), at: 0 };
  return (bytes, from) => {
    [cursor.bytes, cursor.at] = [bytes, from];
    step(cursor);
    return cursor.at === bytes.length;
  };
}

const refuse: Step = (cursor) => void (cursor.at = cursor.bytes.length + 1);

function stepOver(schema: Schema, named: Map<string, Step>): Step {
  if (Array.isArray(schema)) return overUnion(schema.map((branch) => stepOver(branch, named)));
  if (typeof schema !== 'string') return overDefined(schema, named);
  const step = primitives[schema] ?? named.get(schema);
  if (!step) throw new TypeError(`no check for values of the type ${schema}`);
  return step;
}

function overDefined(schema: Exclude<Schema, string | Schema[]>, named: Map<string, Step>): Step {
  if (schema.type === 'array') return overArray(stepOver(schema.items!, named));
  let step: Step;
  if (schema.type === 'enum') step = overEnum(schema.symbols!.length);
  else if (schema.type === 'record') step = overRecord(schema.fields!.map(({ type }) => stepOver(type, named)));
  else return stepOver(schema.type, named);
  named.set(schema.name!, step);
  return step;
}

const overRecord =
  (fields: readonly Step[]): Step =>
  (cursor) => {
    for (let i = 0; i < fields.length && cursor.at <= cursor.bytes.length; i++) fields[i]!(cursor);
  };

const overUnion =
  (branches: readonly Step[]): Step =>
  (cursor) =>
    (branches[readLong(cursor)] ?? refuse)(cursor);

const overEnum =
  (symbols: number): Step =>
  (cursor) => {
    const index = readLong(cursor);
    if (!(index >= 0 && index < symbols)) refuse(cursor);
  };

/** Blocks of elements behind their count; a negative count is followed by the block's size in bytes. See `boundArrays`. */
const overArray =
  (element: Step): Step =>
  (cursor) => {
    const { bytes } = cursor;
    for (let count = readLong(cursor); count !== 0; count = readLong(cursor)) {
      if (count < 0) readLong(cursor);
      const length = Math.abs(count);
      if (!(length <= bytes.length - cursor.at)) return refuse(cursor);
      for (let i = 0; i < length; i++) element(cursor);
    }
  };

const overBytes: Step = (cursor) => {
  const length = readLong(cursor);
  if (length < 0) refuse(cursor);
  else cursor.at += length;
};

const primitives: Readonly<Record<string, Step>> = {
  null: () => undefined,
  boolean: (cursor) => {
    cursor.at++;
  },
  int: (cursor) => void readLong(cursor),
  long: (cursor) => {
    // One less than the safest: avsc reads no more.
    if (!(Math.abs(readLong(cursor)) < Number.MAX_SAFE_INTEGER)) refuse(cursor);
  },
  bytes: overBytes,
  string: overBytes,
};

/** A zigzag varint. Behind the end of the bytes everything is 0, and the cursor has left them. */
function readLong(cursor: Cursor): number {
  const { bytes } = cursor;
  const first = bytes[cursor.at++]!;
  if (!(first & 0x80)) return (first >> 1) ^ -(first & 1);
  let value = first & 0x7f;
  for (let unit = 128; ; unit *= 128) {
    const byte = bytes[cursor.at++]!;
    value += (byte & 0x7f) * unit;
    if (!(byte & 0x80)) return (value % 2 ? -(value + 1) : value) / 2;
  }
}
