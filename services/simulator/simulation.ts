// Simulated registries of any size: stories in the order of their numbers, made on demand and never kept.
import { HubError } from '../domain/errors.ts';
import { factFamilies } from '../domain/events.ts';
import { createCast } from './cast.ts';
import { disturb, noiseKinds } from './noise.ts';
import { createRandom, draw, seedOf } from './random.ts';
import { firstRound, storyAt } from './story-table.ts';
import type { FactFamily } from '../domain/events.ts';
import type { Fields } from './registers.ts';

interface SimulationOptions {
  /** The same seed always gives the same records. */
  seed: number | string;
  /** How many stories are told; from 67 on, every story and every kind of disturbance occurs. */
  subjects: number;
  /** How often something goes wrong, 0 to 1. */
  dirty?: number;
}

interface SimulationPage {
  records: object[];
  /** Where to go on; the cursor that was given when there is nothing more. */
  nextCursor: string;
}

/** What every registry would publish. A larger simulation of the same seed goes on where a smaller one ended. */
export interface Simulation {
  subjects: number;
  sources: string[];
  /** Errors: UNKNOWN_SOURCE; USAGE for a cursor or limit that cannot be. */
  page(source: string, cursor: string | null, limit: number): SimulationPage;
  records(source: string): Iterable<object>;
}

/** By how many stories a record may be late. */
const lateWindow = 8;
const unknownRegionRate = 0.3;
const firstDisturbed = firstRound.length;
/** The last two of the numbers that show each disturbance once: a late record, a region nobody listed. */
const [showsLate, showsRegion] = [firstDisturbed + noiseKinds.length, firstDisturbed + noiseKinds.length + 1];

/** Errors: USAGE when an option cannot be. */
export function createSimulation({ seed, subjects, dirty = 0.03 }: SimulationOptions): Simulation {
  if (!Number.isInteger(subjects) || subjects < 0 || subjects > 2_000_000)
    throw new HubError('USAGE', 'subjects must be a whole number from 0 to 2000000 主体数须为 0 至 2000000 的整数');
  if (!(dirty >= 0 && dirty <= 1)) throw new HubError('USAGE', 'dirty must be a number from 0 to 1 异常比例须在 0 与 1 之间');
  const bits = seedOf(seed);
  const disturbs = (number: number): boolean => dirty > 0 && number >= firstDisturbed;

  function tell(source: FactFamily, number: number): Fields[] {
    const story = storyAt(number);
    if (!story.sources.includes(source)) return [];
    const irregular =
      disturbs(number) && (number === showsRegion || draw(bits, number, 'region unknown') / 2 ** 32 < dirty * unknownRegionRate);
    const told: Fields[] = [];
    for (const { source: by, record } of story.tell(createCast(bits, number, irregular))) if (by === source) told.push(record);
    return disturbs(number)
      ? disturb(told, source, createRandom(bits, number), number < showsLate ? 0 : dirty, noiseKinds[number - firstDisturbed])
      : told;
  }

  /** By how many stories one record of this story comes late; 0 when all come in time. Told without telling the story. */
  function lateness(source: FactFamily, number: number): number {
    if (!disturbs(number) || number < showsLate) return 0;
    if (number === showsLate) return 1;
    const late = draw(bits, number, source);
    return late / 2 ** 32 < dirty ? 1 + (late % lateWindow) : 0;
  }

  const heldBack = (number: number, told: Fields[]): number => draw(bits, number, 'held back') % told.length;

  /** What a source publishes when it is a story's turn: its own records but the late one, then late ones of stories before. */
  function publish(source: FactFamily, number: number): Fields[] {
    const own = tell(source, number);
    const isLast = number === subjects - 1;
    const published = own.length > 0 && !isLast && lateness(source, number) > 0 ? own.toSpliced(heldBack(number, own), 1) : own;
    for (let earlier = Math.max(0, number - lateWindow); earlier < number; earlier++) {
      const late = lateness(source, earlier);
      // Nothing stays behind: what would come after the last story comes with it.
      if (late === 0 || (isLast ? earlier + late < number : earlier + late !== number)) continue;
      const told = tell(source, earlier);
      if (told.length > 0) published.push(told[heldBack(earlier, told)] as Fields);
    }
    return published;
  }

  return {
    subjects,
    sources: [...factFamilies],
    page(name, cursor, limit) {
      const source = sourceOf(name);
      if (!Number.isInteger(limit) || limit < 1)
        throw new HubError('USAGE', 'the limit must be a whole number from 1 条数须为不小于 1 的整数');
      let nextCursor = cursor ?? '0.0';
      const [first, index] = placeOf(nextCursor);
      const records: Fields[] = [];
      for (let number = first; number < subjects && records.length < limit; number++) {
        const from = number === first ? index : 0;
        const taken = publish(source, number).slice(from, from + limit - records.length);
        if (taken.length === 0) continue;
        records.push(...taken);
        nextCursor = `${number}.${from + taken.length}`;
      }
      return { records, nextCursor };
    },
    *records(name) {
      const source = sourceOf(name);
      for (let number = 0; number < subjects; number++) yield* publish(source, number);
    },
  };
}

function sourceOf(name: string): FactFamily {
  const source = factFamilies.find((family) => family === name);
  if (!source) throw new HubError('UNKNOWN_SOURCE', `nothing is simulated for "${name}"`);
  return source;
}

/** A cursor is the number of a story and how many of its records were handed out. */
function placeOf(cursor: string): [number, number] {
  const match = /^(\d{1,7})\.(\d{1,4})$/.exec(cursor);
  if (!match) throw new HubError('USAGE', 'this is no cursor of a simulated registry 续查位置无效');
  return [Number(match[1]), Number(match[2])];
}
