// Lets readers sleep until there is something new: at once within a process, within `pollMs` across processes.

export interface Wake {
  notify(): void;
  /** Resolves on the next notify, after the poll time, or when aborted. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createWake(pollMs = 200): Wake {
  let waiting = new Set<() => void>();
  return {
    notify() {
      const woken = waiting;
      waiting = new Set();
      for (const resolve of woken) resolve();
    },
    wait(signal) {
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, pollMs);
        signal.addEventListener('abort', done, { once: true });
        waiting.add(done);
      });
    },
  };
}
