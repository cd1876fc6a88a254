// Leads by advisory locks of PostgreSQL, which take no more rights than to connect. They are held on the server that writes:
// a standby has locks of its own.
import { HubError } from '../../domain/errors.ts';
import { openDatabase } from './database.ts';
import { takeLead } from './lead.ts';
import type { Leadership } from '../../ports/leadership.ts';
import type { PostgresOptions } from './database.ts';

export interface PostgresLeadershipOptions extends PostgresOptions {
  /** After how much silence of the leader another takes over, in milliseconds. */
  silenceMs?: number;
}

/** Opens the leads at `url` without connecting yet; each that is waited for or held takes one connection. Errors: CONFIG_INVALID. */
export function openPostgresLeadership(options: PostgresLeadershipOptions): Leadership {
  const { silenceMs = 30_000 } = options;
  const database = openDatabase(options);
  const lostLead = (cause?: unknown): HubError =>
    new HubError('ENGINE_UNAVAILABLE', `the connection to PostgreSQL at ${database.where} was lost, and with it the lead`, { cause });

  return {
    async lead(work, signal, during) {
      // A mute server is given up before it, having heard nothing either, lets another lead.
      const wait = takeLead(database, `work ${work}`, signal, { silenceMs, timeoutMs: silenceMs / 3 });
      const held = await wait.catch((error: unknown) => {
        if (signal.aborted) return null;
        throw error;
      });
      if (!held) return;
      const lost = new AbortController();
      held.whenLost(() => lost.abort());
      const confirm = async (): Promise<void> => {
        await held.run((session) => session.query('SELECT 1'));
      };
      const ended = during({ signal: AbortSignal.any([signal, lost.signal]), confirm }).catch((cause: unknown) => {
        throw lost.signal.aborted && !signal.aborted ? lostLead(cause) : cause;
      });
      try {
        await ended;
        if (lost.signal.aborted && !signal.aborted) throw lostLead();
      } finally {
        await held.release();
      }
    },
    close: database.close,
  };
}
