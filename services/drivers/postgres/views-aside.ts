// Views built beside those in use: in a schema of their own, put in place by renaming it.
import { randomBytes } from 'node:crypto';
import { HubError } from '../../domain/errors.ts';
import { failpoint } from '../../ports/failpoint.ts';
import { takeLead, tryLock } from './lead.ts';
import { commitViews } from './views-commit.ts';
import { viewReader } from './views-reader.ts';
import { dropReplaced, remakeViews, swapViews } from './views-schema.ts';
import type { ViewsAside } from '../../ports/view-store.ts';
import type { Database, Session } from './database.ts';
import type { Lead } from './lead.ts';

/** Gathering statistics of a whole province takes longer than any query may. */
const timeoutMs = 3_600_000;

/**
 * Opens empty views beside those in `schema`; `leading` is the right to write those, if this process has it. Nothing
 * waits for the disk while they are built: the commit that puts them in place waits for all that was written before it.
 * (Unlogged tables would write less, but must be copied whole to become durable.)
 * Errors: DATA_LOCKED while another process builds some.
 */
export async function openViewsAside(database: Database, schema: string, leading: () => Lead | null): Promise<ViewsAside> {
  const aside = `${schema}_aside`;
  const building = await takeLead(database, `lead ${aside}`, null, { timeoutMs });
  if (!building) throw new HubError('DATA_LOCKED', 'another process is rebuilding these views');
  await building
    .run(async (session) => {
      await session.query('SET synchronous_commit = off');
      await remakeViews(session, aside, schema);
    })
    .catch(async (error: unknown) => {
      await building.release();
      throw error;
    });

  failpoint('rebuild-opened');
  async function swap(session: Session): Promise<void> {
    failpoint('rebuild-complete');
    await swapViews(session, schema, aside, randomBytes(4).toString('hex'));
    failpoint('rebuild-replaced');
    await dropReplaced(session, schema);
  }
  return {
    ...viewReader(database, aside),
    async lead() {
      await building.run((session) => session.query('SELECT 1'));
    },
    commit: (changes) => building.run((session) => commitViews(session, aside, changes)),
    async replace() {
      await building.run((session) => session.query(`ANALYZE ${aside}.rows, ${aside}.tags, ${aside}.feed`));
      const lead = leading();
      if (lead) await lead.run(swap);
      else await building.run((session) => swapLeading(session));
      await building.release();
    },
    async discard() {
      await building.run((session) => session.query(`DROP SCHEMA IF EXISTS ${aside} CASCADE`)).finally(() => building.release());
    },
  };

  /** A leader elsewhere would go on from where it is, over views that are not as far. */
  async function swapLeading(session: Session): Promise<void> {
    if (!(await tryLock(session, `lead ${schema}`))) {
      throw new HubError('DATA_LOCKED', 'another process writes these views; stop it, then put the rebuilt ones in place');
    }
    await session.query('SET synchronous_commit = on');
    await swap(session);
  }
}
