// What is wrong with a file's bytes, said in one line: what, where, and what to do. Runs only after something failed.
import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { HubError } from '../domain/errors.ts';
import type { FileEncoding } from './file-record.ts';
import { wholeCharacters } from './file-record.ts';
import { readAt } from './open-text.ts';
import type { OpenText } from './open-text.ts';

const signatures: readonly [string, string][] = [
  ['504b0304', 'a zip archive or an Excel workbook (.xlsx)'],
  ['1f8b', 'compressed with gzip'],
  ['d0cf11e0', 'an old Excel or Word document'],
  ['25504446', 'a PDF document'],
];

/** The error for bytes that are no text at all, or not in the encoding stated; undefined when `data`, of which the first `kept` bytes were seen before, passes. */
export async function notText(file: OpenText, data: Buffer, kept: number, offset: number): Promise<HubError | undefined> {
  const problem = offset === 0 ? badOpening(file, data) : undefined;
  if (problem) return problem;
  const nul = data.indexOf(0, kept);
  if (nul < 0) return undefined;
  const byte = offset + nul - kept;
  return new HubError(
    'FILE_MALFORMED',
    `${file.name}: a NUL byte at byte ${byte} (line ${await lineAt(file, byte)}): binary or damaged, not text; fetch or export the file again`,
  );
}

/** The error for bytes that the encoding does not know, the first bad one being in `[from, to)`; `from` must be at a character's edge. */
export async function misread(file: OpenText, from: number, to: number): Promise<HubError> {
  const bytes = Buffer.alloc(to - from);
  await readAt(file, bytes, 0, bytes.length, from);
  const byte = from + firstBadByte(bytes, file.encoding);
  const where = `${file.name}: not valid ${file.encoding.toUpperCase()} at byte ${byte} (line ${await lineAt(file, byte)})`;
  return new HubError('FILE_ENCODING', `${where}; ${advice(file.encoding, bytes)}`);
}

function badOpening(file: OpenText, data: Buffer): HubError | undefined {
  const opening = data.toString('hex', 0, 4);
  const kind = signatures.find(([hex]) => opening.startsWith(hex))?.[1];
  if (kind) return new HubError('FILE_MALFORMED', `${file.name}: this is ${kind}, not text; unpack it, or export it as CSV in UTF-8`);
  if (opening.startsWith('fffe') || opening.startsWith('feff') || looksLikeUtf16(data)) {
    return new HubError('FILE_ENCODING', `${file.name}: this is UTF-16; save it as UTF-8 (in Excel: "CSV UTF-8")`);
  }
  if (file.encoding !== 'utf-8' && (opening.startsWith('efbbbf') || surelyUtf8(data))) {
    return new HubError('FILE_ENCODING', `${file.name}: this is UTF-8, not ${file.encoding.toUpperCase()}; leave out --encoding`);
  }
  return undefined;
}

/** ASCII in UTF-16 without a byte order mark: every other byte is NUL. */
function looksLikeUtf16(data: Buffer): boolean {
  const sample = [...data.subarray(0, 64)];
  const zeros = [0, 1].map((parity) => sample.filter((byte, i) => byte === 0 && i % 2 === parity).length);
  return sample.length >= 4 && Math.min(...zeros) === 0 && Math.max(...zeros) * 4 > sample.length;
}

/** Chinese text of another encoding is not valid UTF-8 by chance for more than a character or two. */
function surelyUtf8(data: Buffer): boolean {
  const whole = data.subarray(0, wholeCharacters(data));
  return isUtf8(whole) && whole.reduce((count, byte) => (byte >= 0x80 ? count + 1 : count), 0) >= 24;
}

/** The longest readable beginning, found by halving: a decoder that streams accepts a character cut off at the end. */
function firstBadByte(bytes: Buffer, encoding: FileEncoding): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(bytes.subarray(0, middle), encoding)) good = middle;
    else bad = middle;
  }
  return good;
}

function advice(encoding: FileEncoding, bytes: Buffer): string {
  if (encoding !== 'utf-8') {
    return decodes(bytes, 'utf-8')
      ? 'it reads as UTF-8: leave out --encoding'
      : 'ask the sender which encoding it is in, or save it as UTF-8';
  }
  const readable = (['gb18030', 'big5'] as const).filter((other) => decodes(bytes, other));
  if (readable.length === 0) return 'the file is damaged or in another encoding; save it as UTF-8';
  return `it reads as ${readable.map((other) => other.toUpperCase()).join(' or ')}: try ${readable.map((other) => `--encoding ${other}`).join(' or ')}`;
}

function decodes(bytes: Buffer, encoding: FileEncoding): boolean {
  return decodePart(new TextDecoder(encoding, { fatal: true }), bytes) !== undefined;
}

/** The text of the next bytes, or undefined when the encoding does not know them; without bytes, when a character was left open. */
export function decodePart(decoder: TextDecoder, bytes?: Buffer): string | undefined {
  try {
    const text = bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    // What ICU makes of the bytes 80 and FF, which Big5 does not have.
    return decoder.encoding === 'big5' && /[\u0080\uf8f8]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

async function lineAt(file: OpenText, offset: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  let line = 1;
  for (let position = 0; position < offset;) {
    const count = await readAt(file, buffer, 0, Math.min(buffer.length, offset - position), position);
    if (count === 0) break;
    const data = buffer.subarray(0, count);
    for (let at = data.indexOf(0x0a); at >= 0; at = data.indexOf(0x0a, at + 1)) line++;
    position += count;
  }
  return line;
}
