// Writes a simulation as files, one JSON Lines file a source, for import through the mapping `platform-file`.
import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HubError } from '../domain/errors.ts';
import type { Simulation } from './simulation.ts';

/** Text handed to the file at once, in UTF-16 units. */
const chunkLength = 64 * 1024;

/**
 * Writes `<source>.jsonl` for every source; a file appears under its name when it is whole. Gives the records written to each.
 * Errors: DATA_DIRECTORY, DISK_FULL.
 * @param onProgress told now and then how many records of a source are written
 */
export async function writeSimulation(
  simulation: Simulation,
  folder: string,
  onProgress?: (source: string, records: number) => void,
): Promise<Record<string, number>> {
  const written: Record<string, number> = {};
  try {
    await mkdir(folder, { recursive: true });
    for (const source of simulation.sources) {
      const file = join(folder, `${source}.jsonl`);
      const report = (records: number): void => {
        written[source] = records;
        onProgress?.(source, records);
      };
      await pipeline(Readable.from(lines(simulation.records(source), report)), createWriteStream(`${file}.part`));
      await rename(`${file}.part`, file);
    }
  } catch (cause) {
    if (cause instanceof HubError || !(cause instanceof Error && 'code' in cause)) throw cause;
    if (cause.code === 'ENOSPC') throw new HubError('DISK_FULL', `no space left for the simulated files in ${folder}`, { cause });
    throw new HubError('DATA_DIRECTORY', `the simulated files cannot be written to ${folder}`, { cause });
  }
  return written;
}

function* lines(records: Iterable<object>, report: (records: number) => void): Iterable<string> {
  let [chunk, count] = ['', 0];
  for (const record of records) {
    chunk += `${JSON.stringify(record)}\n`;
    count++;
    if (chunk.length < chunkLength) continue;
    yield chunk;
    report(count);
    chunk = '';
  }
  if (chunk !== '') yield chunk;
  report(count);
}
