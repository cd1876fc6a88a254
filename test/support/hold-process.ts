// A child that is there for as long as this process is must not itself keep this process from ending.
import type { ChildProcessByStdio } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** Says from now on whether this process waits for the child: only while something is asked of it. */
export function holdsProcess(child: ChildProcessByStdio<Writable, Readable, null>): (holds: boolean) => void {
  const pipes = [child.stdin, child.stdout] as unknown as Socket[];
  return (holds) => {
    for (const one of [child, ...pipes])
      if (holds) one.ref();
      else one.unref();
  };
}
