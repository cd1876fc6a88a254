// Opening a file for reading: only an ordinary file, and the same file both times it is read.
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { HubError } from '../domain/errors.ts';
import type { FileEncoding } from './file-record.ts';

/** A file under an open handle, which its opener closes. */
export interface OpenText {
  handle: FileHandle;
  /** how the user named it, for messages */
  name: string;
  /** its length when it was opened, beyond which nothing is read */
  bytes: number;
  encoding: FileEncoding;
  /** what tells whether it is still the same file with the same content */
  version: string;
}

/** Opens `path`; FILE_UNREADABLE when it is missing, forbidden, or no ordinary file. */
export async function openText(path: string, encoding: FileEncoding): Promise<OpenText> {
  try {
    // Asked before opening: opening a pipe would wait for its writer.
    const found = await stat(path);
    if (found.isDirectory()) throw new HubError('FILE_UNREADABLE', `${path}: is a directory; name one file`);
    if (!found.isFile())
      throw new HubError('FILE_UNREADABLE', `${path}: is not an ordinary file; it is read twice, so save it to a file first`);
    const handle = await open(path, 'r');
    const { dev, ino, size, mtimeNs } = await handle.stat({ bigint: true });
    return { handle, name: path, bytes: Number(size), encoding, version: [dev, ino, size, mtimeNs].join() };
  } catch (cause) {
    if (cause instanceof HubError) throw cause;
    throw new HubError('FILE_UNREADABLE', `${path}: ${reason(cause)}`, { cause });
  }
}

/** Reads at a place of the file and says how many bytes came; FILE_UNREADABLE when the disk fails. */
export async function readAt(file: OpenText, into: Buffer, offset: number, length: number, position: number): Promise<number> {
  try {
    return (await file.handle.read(into, offset, length, position)).bytesRead;
  } catch (cause) {
    throw new HubError('FILE_UNREADABLE', `${file.name}: cannot be read at byte ${position}`, { cause });
  }
}

function reason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it; ask its owner, or run as a user who may';
  return `cannot be opened (${code})`;
}
