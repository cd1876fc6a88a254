// Bounds what damaged bytes can ask for: an array is never longer than the bytes that are left (each element takes one or more).
import avro from 'avsc';

/** The parts of avsc's arrays that its own types do not tell. */
interface ArrayReader {
  itemsType: { _read(tap: Tap): unknown };
  _read(this: ArrayReader, tap: Tap): unknown[];
}
interface Tap {
  buf: Buffer;
  pos: number;
  readLong(): number;
}

/**
 * Replaces how avsc reads arrays: it makes room for as many elements as the bytes say, and reads on past their end.
 * Blocks of elements stand after their count; a negative count is followed by the block's size in bytes (Avro 1.12, "Arrays").
 */
export function boundArrays(): void {
  const reader = avro.types.ArrayType.prototype as unknown as ArrayReader;
  reader._read = function (tap) {
    const elements: unknown[] = [];
    for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
      if (count < 0) tap.readLong();
      const length = Math.abs(count);
      if (!(length <= tap.buf.length - tap.pos)) throw new RangeError('an array is longer than the bytes that hold it');
      for (let i = 0; i < length; i++) elements.push(this.itemsType._read(tap));
    }
    return elements;
  };
}
