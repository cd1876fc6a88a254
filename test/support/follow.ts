// A live projector in the background, which says when it has come to a place: no test needs to sleep.
import { project } from '../../services/projector/projector.ts';
import type { Checkpoint } from '../../services/ports/view-store.ts';
import type { ProjectorPorts } from '../../services/projector/projector.ts';

export interface Follower {
  /** Resolves when a checkpoint that fits was committed; rejects when the projector ended before. */
  until(fits: (checkpoint: Checkpoint) => boolean): Promise<void>;
  /** Every checkpoint committed so far. */
  checkpoints: readonly Checkpoint[];
  stop(): Promise<void>;
}

/** Starts `project` in its live mode. `onCommit` runs right after each commit, before the projector goes on. */
export function follow(ports: ProjectorPorts, options: { batch?: number; onCommit?: (checkpoint: Checkpoint) => void } = {}): Follower {
  const abort = new AbortController();
  const checkpoints: Checkpoint[] = [];
  const waiting = new Set<() => void>();
  const views = {
    ...ports.views,
    commit: async (changes: Parameters<ProjectorPorts['views']['commit']>[0]) => {
      await ports.views.commit(changes);
      checkpoints.push(changes.checkpoint);
      options.onCommit?.(changes.checkpoint);
      for (const look of waiting) look();
    },
  };
  const running = project({ ...ports, views }, { live: abort.signal, ...(options.batch === undefined ? {} : { batch: options.batch }) });
  running.catch(() => undefined);
  return {
    checkpoints,
    async until(fits) {
      const seen = new Promise<void>((resolve) => {
        const look = (): void => {
          if (!checkpoints.some(fits)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
      const ended = running.then(() => {
        throw new Error('the projector ended');
      });
      await Promise.race([seen, ended]);
    },
    async stop() {
      abort.abort();
      await running;
    },
  };
}
