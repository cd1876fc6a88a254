// Named places in the code where a test build can be made to die, fail or stall; anywhere else they do nothing.
import { HubError } from '../domain/errors.ts';

/** Every failpoint, in the order in which a record passes them; those of a rebuild come last. */
export const failpoints = [
  'adapter-read',
  'adapter-published',
  'adapter-recorded',
  'adapter-cursor-saved',
  'recorder-read',
  'recorder-appended',
  'recorder-committed',
  'projector-folded',
  'views-rows-written',
  'projector-committed',
  'results-read',
  'results-published',
  'rebuild-opened',
  'rebuild-complete',
  'rebuild-replaced',
] as const;
export type Failpoint = (typeof failpoints)[number];

interface Armed {
  action: 'kill' | 'throw' | 'delay' | 'heap';
  /** For `delay`. */
  ms: number;
  /** Which pass it acts on; null for every one. */
  at: number | null;
  passes: number;
}

let armed: Map<Failpoint, Armed> | null = null;

/** Marks a place. One comparison, unless a test armed some failpoint. */
export function failpoint(name: Failpoint): void {
  if (armed !== null) pass(name);
}

/**
 * Arms failpoints of this process for good: `<name>=<action>[@<pass>]`, with commas between. Actions: `kill` (as `kill -9`
 * does), `throw` (a plain error), `delay:<ms>` (blocks the event loop), `heap` (takes memory until there is none left).
 * Errors: CONFIG_INVALID.
 */
export function armFailpoints(spec: string): void {
  armed = new Map();
  for (const entry of spec.split(',')) {
    const [, text, action, ms, at] = /^([a-z-]+)=(kill|throw|delay|heap)(?::(\d{1,6}))?(?:@(\d{1,6}))?$/.exec(entry.trim()) ?? [];
    const name = failpoints.find((known) => known === text);
    if (!name || (action === 'delay') !== (ms !== undefined)) throw new HubError('CONFIG_INVALID', `"${entry}" arms no failpoint`);
    armed.set(name, { action: action as Armed['action'], ms: Number(ms ?? 0), at: at === undefined ? null : Number(at), passes: 0 });
  }
}

function pass(name: Failpoint): void {
  const here = armed?.get(name);
  if (!here || (++here.passes !== here.at && here.at !== null)) return;
  if (here.action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (here.action === 'throw') throw new Error(`failpoint ${name}`);
  if (here.action === 'heap') for (const taken: number[][] = []; ;) taken.push(new Array<number>(1_000_000).fill(0.5));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, here.ms);
}
