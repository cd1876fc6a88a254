// Runs a recorder beside other work, until everything published is recorded.
import { record } from '../recorder/recorder.ts';
import type { Hub } from './open-hub.ts';
import type { OnRecorded } from '../recorder/recorder.ts';

/** Runs `work` with a recorder beside it, then records and folds what it published. */
export async function withRecorder<T>(hub: Hub, work: () => Promise<T>, onRecorded?: OnRecorded): Promise<T> {
  const stop = new AbortController();
  const recording = record(hub, stop.signal, onRecorded);
  // A recorder that fails must end the work too, not wait behind it.
  const failed = new Promise<never>((_, reject) => {
    recording.catch(reject);
  });
  failed.catch(() => undefined);
  try {
    const result = await Promise.race([work(), failed]);
    const end = await hub.log.publish([]);
    await Promise.race([hub.log.recorded(end, stop.signal), failed]);
    return result;
  } finally {
    stop.abort();
    await recording.catch(() => undefined);
  }
}

/** Records what an earlier run left in the log. */
export async function recordPending(hub: Hub): Promise<void> {
  if ((await hub.log.lag()) > 0) await withRecorder(hub, async () => undefined);
}
