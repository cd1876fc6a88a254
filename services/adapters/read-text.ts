// The bytes of a text file as checked UTF-8 chunks: one buffer, whatever the size of the file.
import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { HubError } from '../domain/errors.ts';
import { decodePart, misread, notText } from './file-problems.ts';
import { wholeCharacters } from './file-record.ts';
import { readAt } from './open-text.ts';
import type { OpenText } from './open-text.ts';

const chunkBytes = 256 * 1024;

export interface TextChunk {
  /** valid UTF-8, whole characters, no byte order mark, no NUL; overwritten by the next chunk */
  bytes: Buffer;
  /** how far into the file, in its own bytes, reading has come */
  readTo: number;
}

/**
 * Streams the file as UTF-8, decoding GB18030 and Big5 on the way.
 * Throws FILE_MALFORMED (not text), FILE_ENCODING (bytes that the encoding does not know), FILE_TRUNCATED (ends inside a character).
 */
export async function* readText(file: OpenText): AsyncGenerator<TextChunk> {
  const decoder = file.encoding === 'utf-8' ? undefined : new TextDecoder(file.encoding, { fatal: true });
  const buffer = Buffer.allocUnsafe(chunkBytes + 4);
  let readTo = 0;
  let kept = 0;
  // A byte below 0x30 is a character of its own in all three encodings: from just after one, bytes can be decoded afresh.
  let anchor = 0;
  while (readTo < file.bytes) {
    const count = await readAt(file, buffer, kept, Math.min(chunkBytes, file.bytes - readTo), readTo);
    if (count === 0) throw new HubError('FILE_TRUNCATED', `${file.name}: became shorter while it was being read; import it again`);
    const data = buffer.subarray(0, kept + count);
    const problem = await notText(file, data, kept, readTo);
    if (problem) throw problem;
    const first = readTo === 0;
    readTo += count;
    let bytes: Buffer;
    if (decoder) {
      const text = decodePart(decoder, data);
      if (text === undefined) throw await misread(file, anchor, readTo);
      bytes = Buffer.from(text);
    } else {
      const whole = wholeCharacters(data);
      bytes = data.subarray(0, whole);
      if (!isUtf8(bytes)) throw await misread(file, anchor, readTo);
      kept = data.length - whole;
    }
    yield { bytes: first && startsWithMark(bytes) ? bytes.subarray(3) : bytes, readTo };
    anchor = afterLastLowByte(data, readTo) ?? anchor;
    buffer.copyWithin(0, data.length - kept, data.length);
  }
  if (kept > 0 || (decoder && decodePart(decoder) === undefined)) {
    throw new HubError(
      'FILE_TRUNCATED',
      `${file.name}: ends in the middle of a character, at byte ${file.bytes}; fetch the whole file again`,
    );
  }
}

function startsWithMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function afterLastLowByte(data: Buffer, readTo: number): number | undefined {
  for (let i = data.length - 1; i >= 0; i--) if ((data[i] ?? 0) < 0x30) return readTo - data.length + i + 1;
  return undefined;
}
