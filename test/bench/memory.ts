// A million simulated events through the whole hub, in a process of its own, with its memory watched.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface MemoryReport {
  events: number;
  seconds: number;
  /** Resident megabytes at each tenth of the run, and the most there ever were. */
  tenths: number[];
  most: number;
}

/** Compiled as the benchmark that runs, and beside it; with the heap limit of `hub`. */
const puller = join(dirname(process.argv[1]!), 'pull-child.mjs');

/** Pulls many subjects from simulated registries and samples resident memory from /proc four times a second. */
export async function watchMemory(data: string, subjects: number): Promise<MemoryReport> {
  const started = performance.now();
  const child = spawn(process.execPath, ['--max-old-space-size=1024', puller, data, String(subjects)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(residentMegabytes(child.pid!)), 250);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`pulling ended with ${String(code)}`);
  const tenths = Array.from({ length: 10 }, (_, i) => samples[Math.floor((i + 1) * (samples.length / 10)) - 1] ?? 0);
  return {
    events: (JSON.parse(output) as { events: number }).events,
    seconds: Math.round((performance.now() - started) / 1000),
    tenths,
    most: Math.max(...samples),
  };
}

function residentMegabytes(pid: number): number {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000);
  } catch {
    return 0;
  }
}
