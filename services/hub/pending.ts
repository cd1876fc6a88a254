// Sees to it that what was published is recorded: by a recorder beside the work, or by those that run elsewhere.
import { record } from '../recorder/recorder.ts';
import { isDistributed } from './open-hub.ts';
import type { Hub } from './open-hub.ts';
import type { OnRecorded } from '../recorder/recorder.ts';

/** Runs `work`, and waits until what it published is recorded. `onRecorded` hears of it where the recorder runs here. */
export async function withRecorder<T>(hub: Hub, work: () => Promise<T>, onRecorded?: OnRecorded, stop?: AbortSignal): Promise<T> {
  if (isDistributed(hub.config)) {
    const result = await work();
    await hub.log.recorded(await hub.log.publish([]), stop ?? new AbortController().signal);
    return result;
  }
  const ended = new AbortController();
  const recording = record(hub, ended.signal, onRecorded);
  // A recorder that fails must end the work too, not wait behind it.
  const failed = new Promise<never>((_, reject) => {
    recording.catch(reject);
  });
  failed.catch(() => undefined);
  try {
    const result = await Promise.race([work(), failed]);
    const end = await hub.log.publish([]);
    await Promise.race([hub.log.recorded(end, ended.signal), failed]);
    return result;
  } finally {
    ended.abort();
    await recording.catch(() => undefined);
  }
}

/** Sees to it that what an earlier run left in the log is recorded. */
export async function recordPending(hub: Hub, stop?: AbortSignal): Promise<void> {
  if ((await hub.log.lag()) > 0) await withRecorder(hub, async () => undefined, undefined, stop);
}
