// Views in PostgreSQL: written by one process at a time, read by many.
import { HubError } from '../../domain/errors.ts';
import { openDatabase, schemaName } from './database.ts';
import { takeLead } from './lead.ts';
import { openViewsAside } from './views-aside.ts';
import { commitViews } from './views-commit.ts';
import { readerSettings, viewReader } from './views-reader.ts';
import { dropReplaced, makeViews } from './views-schema.ts';
import type { ViewStore } from '../../ports/view-store.ts';
import type { PostgresOptions } from './database.ts';
import type { Lead } from './lead.ts';

export interface PostgresViewStoreOptions extends PostgresOptions {
  /** The schema that holds the views; two others begin with its name while they are rebuilt. */
  schema?: string;
  /** After how much silence of the leader another takes over, in milliseconds. */
  silenceMs?: number;
}

/**
 * Opens the views at `url` without connecting yet. Tables are made by `lead`; a reader before that gets ENGINE_UNAVAILABLE.
 * A `commit` without an answer may yet have been written: read the checkpoint again after the next `lead`.
 * Errors: CONFIG_INVALID.
 */
export function openPostgresViewStore(options: PostgresViewStoreOptions): ViewStore {
  const schema = schemaName(options.schema ?? 'hub_views');
  const database = openDatabase(options, readerSettings);
  let held: Lead | null = null;
  let taking: Promise<void> | null = null;

  async function take(signal: AbortSignal): Promise<void> {
    await held?.release();
    const lead = await takeLead(database, `lead ${schema}`, signal, { silenceMs: options.silenceMs ?? 30_000 });
    try {
      await lead.run(async (session) => {
        await makeViews(session, schema);
        await dropReplaced(session, schema);
      });
    } catch (error) {
      await lead.release();
      throw error;
    }
    held = lead;
  }

  return {
    ...viewReader(database, schema),
    async lead(signal) {
      if (held?.alive()) return;
      taking ??= take(signal).finally(() => (taking = null));
      await taking;
    },
    async commit(changes) {
      if (!held) throw new HubError('ENGINE_UNAVAILABLE', 'another process may be writing these views; take the lead first');
      await held.run((session) => commitViews(session, schema, changes));
    },
    aside: () => openViewsAside(database, schema, () => (held?.alive() ? held : null)),
    async close() {
      await held?.release();
      await database.close();
    },
  };
}
