// A hub with one law broken on purpose, as a process of its own: what the checker is shown to see.
// Arguments: `<mutation> <data directory> [<service> …]`
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { readConfig } from '../../../services/config/config.ts';
import { deriveEventId } from '../../../services/domain/events.ts';
import { createLogger } from '../../../services/hub/logger.ts';
import { openHub } from '../../../services/hub/open-hub.ts';
import { servicesNamed } from '../../../services/hub/services.ts';
import { startServices } from '../../../services/hub/start.ts';
import { armFailpoints } from '../../../services/ports/failpoint.ts';
import { openTestLog } from '../../support/kafka-log.ts';
import type { OnNotice } from '../../../services/drivers/kafka/client.ts';
import type { Hub } from '../../../services/hub/open-hub.ts';

/** How long a member of the recorders' group may be silent; 0 leaves what production has. */
const sessionMs = Number(process.env['FAULTS_SESSION_MS'] ?? 0);

const mutations = {
  none: (hub: Hub): Hub => hub,
  /** No law is broken, but the recorder stands still from its second batch on. */
  stalled: (hub: Hub): Hub => {
    let batches = 0;
    return {
      ...hub,
      store: { ...hub.store, append: (events) => (++batches < 2 ? hub.store.append(events) : new Promise(() => undefined)) },
    };
  },
  /** Law 3: the cursor is saved though nothing is recorded. */
  'cursor-first': (hub: Hub): Hub => {
    const stalled = mutations.stalled(hub);
    return { ...stalled, log: { ...hub.log, recorded: async () => undefined } };
  },
  /** Law 4: the offset of the third batch of records is committed before it is appended; then comes death. */
  'offset-first': (hub: Hub): Hub => {
    async function* batches(signal: AbortSignal): ReturnType<Hub['log']['batches']> {
      let count = 0;
      for await (const batch of hub.log.batches(signal)) {
        const fact = batch.events.find(({ type }) => !type.startsWith('contact.'));
        if (fact && ++count === 3) {
          const { source } = fact;
          const before = await hub.cursors.load(source);
          await hub.log.commit(batch.place);
          while ((await hub.cursors.load(source)) === before) await wait(5);
          process.kill(process.pid, 'SIGKILL');
        }
        yield batch;
      }
    }
    return { ...hub, log: { ...hub.log, batches } };
  },
  /** Law 2: ids are drawn instead of derived, so nothing is known again. */
  'drawn-ids': (hub: Hub): Hub => ({
    ...hub,
    store: {
      ...hub.store,
      append: (events) =>
        hub.store.append(
          events.map((event) => ({ ...event, id: deriveEventId(event.time, event.source, randomUUID(), null, Buffer.alloc(0)) })),
        ),
    },
  }),
  /** Law 4: the checkpoint is a transaction of its own, before the rows; the third time death comes between. */
  'checkpoint-apart': (hub: Hub): Hub => {
    let commits = 0;
    return {
      ...hub,
      views: {
        ...hub.views,
        async commit(changes) {
          await hub.views.commit({ rows: [], feed: [], checkpoint: changes.checkpoint });
          // Contacts change a row or two, which no digest covers.
          if (changes.rows.length > 5 && ++commits === 3) process.kill(process.pid, 'SIGKILL');
          await hub.views.commit(changes);
        },
      },
    };
  },
} satisfies Record<string, (hub: Hub) => Hub>;
export type Mutation = keyof typeof mutations;

const [mutation, data, ...services] = process.argv.slice(2) as [Mutation, string, ...string[]];
if (process.env['HUB_FAILPOINTS']) armFailpoints(process.env['HUB_FAILPOINTS']);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const config = readConfig(process.env, { data });
const { url, requesterId, secret } = config.platform;
const opened = await openHub(config);
const hub = mutations[mutation](config.kafka && sessionMs > 0 ? await quickGroup(opened) : opened);
const platform = { url: url!, requesterId, secret };
const running = await startServices(hub, servicesNamed(services), platform, createLogger('info'), stop.signal);
process.stdout.write(`${JSON.stringify({ health: `${running.url}/health/ready` })}\n`);
await running.stopped;
await Promise.all([hub.close(), hub.log.close()]);

/** The same log, of whose group a dead member is missed sooner than in production, so that tests need not wait for it. */
async function quickGroup(of: Hub): Promise<Hub> {
  await of.log.close();
  const { brokers, topicPrefix, groupId, partitions, replication } = config.kafka!;
  const onNotice: OnNotice = (text, fields) => quick.notice(text, fields);
  const options = { partitions, replication, onNotice, sessionMs, codec: of.codec };
  const quick: Hub = { ...of, log: openTestLog(brokers, { topicPrefix, groupId, ...options, timeoutMs: 15_000, maxWaitMs: 500 }) };
  return quick;
}
