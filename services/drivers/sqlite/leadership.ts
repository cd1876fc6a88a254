// Leads by lock files beside the data: the kernel gives them to one process, and frees them however it ends.
import { waitForWriterLock } from './writer-lock.ts';
import type { Leadership } from '../../ports/leadership.ts';

/** `file` with the name of the work behind it is the lock; made when first taken. */
export function openSqliteLeadership(file: string): Leadership {
  return {
    async lead(work, signal, during) {
      const lock = await waitForWriterLock(`${file}.${work}`, signal).catch((error: unknown) => {
        if (signal.aborted) return null;
        throw error;
      });
      if (!lock) return;
      try {
        // What the kernel gave is not lost while the process lives.
        await during({ signal, confirm: async () => undefined });
      } finally {
        lock.release();
      }
    },
    close: () => undefined,
  };
}
