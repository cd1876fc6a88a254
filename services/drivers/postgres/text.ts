// Texts on their way into PostgreSQL and back: the one character it cannot hold, and many texts in one parameter.

/**
 * PostgreSQL holds no NUL in a text, and a name from a registry may hold one. NUL becomes 01 01 and 01 becomes 01 02,
 * which keeps texts apart and in the order of their bytes. JSON escapes both by itself.
 */
export const toStored = (text: string): string => text.replaceAll('\u0001', '\u0001\u0002').replaceAll('\0', '\u0001\u0001');

export const fromStored = (text: string): string => text.replaceAll('\u0001\u0001', '\0').replaceAll('\u0001\u0002', '\u0001');

const textType = 25;
const headerBytes = 20;

/** A `text[]` as PostgreSQL's own binary form, which pg sends as it is: no escaping here, no parsing there. */
export function textArray(texts: readonly (string | null | undefined)[]): Buffer {
  const lengths = texts.map((text) => (typeof text === 'string' ? Buffer.byteLength(text) : -1));
  const array = Buffer.allocUnsafe(lengths.reduce((total, length) => total + 4 + Math.max(length, 0), headerBytes));
  const header = [texts.length === 0 ? 0 : 1, lengths.includes(-1) ? 1 : 0, textType, texts.length, 1];
  header.forEach((value, i) => array.writeInt32BE(value, i * 4));
  let at = headerBytes;
  texts.forEach((text, i) => {
    at = array.writeInt32BE(lengths[i]!, at);
    if (typeof text === 'string') at += array.write(text, at);
  });
  return texts.length === 0 ? array.subarray(0, 12) : array;
}
