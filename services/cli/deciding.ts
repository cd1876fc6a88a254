// Records what people decide at the command line: by this process, or by the hub that runs on the same data.
import { HubError } from '../domain/errors.ts';
import { withRecorder } from '../hub/pending.ts';
import { recordingOn } from '../hub/recording.ts';
import { settle } from '../hub/settle.ts';
import { withHub } from './shell.ts';
import type { Hub } from '../hub/open-hub.ts';
import type { Recording } from '../ports/recording.ts';
import type { CommonOptions, Shell } from './shell.ts';

/** Views show it once this resolves, or moments later where another process writes them. Errors: those of `decide`. */
export async function deciding<T>(
  shell: Shell,
  options: CommonOptions,
  decide: (hub: Hub, recording: Recording) => Promise<T>,
): Promise<T> {
  const config = shell.config(options.data);
  try {
    return await withHub(shell.openExistingHub, config, async (hub) => {
      await settle(hub, shell.stop);
      const decided = await withRecorder(hub, () => decide(hub, recordingOn(hub.log)), undefined, shell.stop);
      await settle(hub, shell.stop);
      return decided;
    });
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'DATA_LOCKED') throw error;
    return withHub(shell.openHubForReading, config, (hub) => decide(hub, recordingOn(hub.log)));
  }
}
