// Log, store, keys and cursors in files of one folder: all that an adapter and a recorder need.
import { join } from 'node:path';
import { openSqliteCursors } from '../../services/drivers/sqlite/cursors.ts';
import { openSqliteEventLog } from '../../services/drivers/sqlite/event-log.ts';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { openSqlitePersonKeys } from '../../services/drivers/sqlite/person-keys.ts';
import { record } from '../../services/recorder/recorder.ts';
import { codec, pseudonymKey } from './project.ts';
import type { PullPorts } from '../../services/adapters/pull.ts';
import type { EventLog } from '../../services/ports/event-log.ts';
import type { EventStore } from '../../services/ports/event-store.ts';
import type { PersonKeys } from '../../services/ports/person-keys.ts';

export interface Pipeline extends PullPorts {
  log: EventLog;
  store: EventStore;
  keys: PersonKeys;
  /** Runs `work` with a recorder beside it, then records what is left. */
  recording<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function openPipeline(folder: string, now: () => number): Pipeline {
  const log = openSqliteEventLog(join(folder, 'log.sqlite'));
  const store = openSqliteEventStore(join(folder, 'store.sqlite'), { now });
  const keys = openSqlitePersonKeys(join(folder, 'keys.sqlite'), { pseudonymKey });
  const cursors = openSqliteCursors(join(folder, 'cursors.sqlite'));
  return {
    log,
    store,
    keys,
    cursors,
    codec,
    now,
    async recording(work) {
      const stop = new AbortController();
      const running = record({ log, store }, stop.signal);
      try {
        const result = await work();
        await log.recorded(await log.publish([]), stop.signal);
        return result;
      } finally {
        stop.abort();
        await running;
      }
    },
    async close() {
      await log.close();
      await store.close();
      await keys.close();
      cursors.close();
    },
  };
}
