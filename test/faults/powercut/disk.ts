// What a disk may hold after a power cut, made from the journal that shim.c kept of everything done to one folder.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { draw, seedOf } from '../../../services/simulator/random.ts';

/** A whole number from 0 up to, not including, `bound`: another one each time. */
export type Dice = (bound: number) => number;

/** The same seed gives the same throws. */
export function createDice(seed: string | number): Dice {
  let throws = 0;
  return (bound) => Math.floor((draw(seedOf(seed), throws++, 'dice') / 2 ** 32) * bound);
}

/** One entry: a write, truncation, fsync, or change of the folder; or what was told to the outside. */
export interface Entry {
  /** Open, Create, Write, Truncate, Sync, sync of the Directory, Unlink, Rename, Acknowledgement. */
  op: 'O' | 'C' | 'W' | 'T' | 'S' | 'D' | 'U' | 'R' | 'A';
  path: string;
  inode: bigint;
  offset: number;
  data: Buffer;
}

/** Reads a journal; an entry that was being written when the process died is left out. */
export function readJournal(file: string): Entry[] {
  const bytes = readFileSync(file);
  const entries: Entry[] = [];
  for (let at = 0; at + 32 <= bytes.length;) {
    const path = bytes.readUInt32LE(at + 4);
    const data = Number(bytes.readBigUInt64LE(at + 24));
    const end = at + 32 + path + data;
    if (end > bytes.length) break;
    entries.push({
      op: String.fromCharCode(bytes.readUInt32LE(at)) as Entry['op'],
      path: bytes.toString('utf8', at + 32, at + 32 + path),
      inode: bytes.readBigUInt64LE(at + 8),
      offset: Number(bytes.readBigUInt64LE(at + 16)),
      data: bytes.subarray(at + 32 + path, end),
    });
    at = end;
  }
  return entries;
}

/** A file: what is surely on the disk, and what was done since it was last synced. */
interface Inode {
  durable: Buffer;
  pending: Entry[];
}

/** Which of the changes that were not synced the cut leaves behind. */
export type Mercy =
  /** None: what the disk may hold at worst. */
  | 'nothing'
  /** All: what a killed process leaves. */
  | 'everything'
  /** Any of them, and single sectors of those that are longer than one. */
  | 'some'
  /** All but the last write, of which only the first sectors are left. */
  | 'torn';

export interface Disk {
  /** Moves on by one entry. */
  step(entry: Entry): void;
  /** What was told to the outside so far. */
  told(): string;
  /** How many changes of files whose name ends so would be at risk now. */
  atRisk(ending: string): number;
  /** The files as they may be found after a cut here. */
  cut(mercy: Mercy, dice: Dice): Map<string, Buffer>;
}

const sector = 512;

/** A disk that holds `files` for certain. */
export function createDisk(files: ReadonlyMap<string, Buffer> = new Map()): Disk {
  const durableNames = new Map<string, Inode>([...files].map(([name, bytes]) => [name, { durable: bytes, pending: [] }]));
  const names = new Map(durableNames);
  const inodes = new Map<bigint, Inode>();
  let renamed: ((into: Map<string, Inode>) => void)[] = [];
  let told = '';

  function change(edit: (into: Map<string, Inode>) => void): void {
    edit(names);
    renamed.push(edit);
  }
  function known(inode: bigint): Inode {
    const found = inodes.get(inode);
    if (!found) throw new Error('the journal speaks of a file that was never opened');
    return found;
  }

  return {
    step(entry) {
      const { op, path, inode } = entry;
      if (op === 'A') told += entry.data.toString();
      else if (op === 'C') {
        const file: Inode = { durable: Buffer.alloc(0), pending: [] };
        inodes.set(inode, file);
        change((into) => into.set(path, file));
      } else if (op === 'O') {
        const file = names.get(path);
        if (!file) throw new Error(`the journal opens ${path}, which was not there`);
        inodes.set(inode, file);
      } else if (op === 'S') {
        const file = known(inode);
        file.durable = applied(file.durable, file.pending);
        file.pending = [];
      } else if (op === 'D') {
        for (const edit of renamed) edit(durableNames);
        renamed = [];
      } else if (op === 'U') change((into) => into.delete(path));
      else if (op === 'R') {
        const [from, to] = path.split('\0') as [string, string];
        change((into) => {
          const file = into.get(from);
          into.delete(from);
          if (file) into.set(to, file);
        });
      } else known(inode).pending.push(entry);
    },
    told: () => told,
    atRisk: (ending) => [...names].filter(([name]) => name.endsWith(ending)).reduce((sum, [, { pending }]) => sum + pending.length, 0),
    cut(mercy, dice) {
      const found = new Map(durableNames);
      // The folder's own changes reach the disk in their order: a journalling file system promises no less.
      const reached = mercy === 'nothing' ? 0 : mercy === 'some' ? dice(renamed.length + 1) : renamed.length;
      for (const edit of renamed.slice(0, reached)) edit(found);
      return new Map([...found].map(([name, file]) => [name, applied(file.durable, survivors(file.pending, mercy, dice))]));
    },
  };
}

function survivors(pending: readonly Entry[], mercy: Mercy, dice: Dice): Entry[] {
  if (mercy === 'nothing') return [];
  if (mercy === 'everything') return [...pending];
  if (mercy === 'torn') {
    const last = pending.findLastIndex(({ op }) => op === 'W');
    return pending.flatMap((entry, i) => {
      if (i !== last) return [entry];
      const kept = dice(entry.data.length);
      return [{ ...entry, data: entry.data.subarray(0, kept > sector ? kept - (kept % sector) : kept) }];
    });
  }
  // Some cuts leave most of it, some hardly any.
  const chance = dice(101);
  const lucky = (): boolean => dice(100) < chance;
  return pending.flatMap((entry) => {
    if (entry.op !== 'W') return lucky() ? [entry] : [];
    const kept: Entry[] = [];
    for (let at = 0; at < entry.data.length; at += sector)
      if (lucky()) kept.push({ ...entry, offset: entry.offset + at, data: entry.data.subarray(at, at + sector) });
    return kept;
  });
}

function applied(durable: Buffer, entries: readonly Entry[]): Buffer {
  if (entries.length === 0) return durable;
  let size = durable.length;
  let most = size;
  for (const { op, offset, data } of entries) {
    size = op === 'T' ? offset : Math.max(size, offset + data.length);
    most = Math.max(most, size);
  }
  const bytes = Buffer.alloc(most);
  durable.copy(bytes);
  let length = durable.length;
  for (const { op, offset, data } of entries) {
    if (op === 'T') {
      if (offset < length) bytes.fill(0, offset, length);
      length = offset;
    } else {
      data.copy(bytes, offset);
      length = Math.max(length, offset + data.length);
    }
  }
  return bytes.subarray(0, length);
}

/** Puts files into a new folder. */
export function writeFiles(files: ReadonlyMap<string, Buffer>, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
}
