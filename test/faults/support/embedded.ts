// An embedded installation under test: one process on files, started, killed, healed and examined.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteEventLog } from '../../../services/drivers/sqlite/event-log.ts';
import { openSqliteEventStore } from '../../../services/drivers/sqlite/event-store.ts';
import { openSqliteViewStore } from '../../../services/drivers/sqlite/view-store.ts';
import { until } from '../../support/processes.ts';
import { check, checkCrashed } from './checker.ts';
import { launch, replay } from './hub-process.ts';
import { atRest, patienceMs, platformEnvironment } from './installation.ts';
import type { EventStore } from '../../../services/ports/event-store.ts';
import type { HubProcess, Launch } from './hub-process.ts';
import type { Installation } from './installation.ts';
import type { FaultPlatform } from './platform.ts';

export interface Embedded extends Installation {
  start(failpoints?: string): HubProcess;
}

export function embeddedInstallation(data: string, platform: FaultPlatform): Embedded {
  const said: string[] = [];
  const heard = (line: string): void => void said.push(line);
  const env = platformEnvironment(platform);
  const common: Omit<Launch, 'failpoints'> = { data, env, heard };
  const openStore = (): EventStore => openSqliteEventStore(join(data, 'store.sqlite'), { now: Date.now, readOnly: true });
  const openViews = () => openSqliteViewStore(join(data, 'views.sqlite'), { readOnly: true });

  return {
    data,
    env,
    said,
    heard,
    openStore,
    start: (failpoints) => launch({ ...common, failpoints }),
    replay: (failpoints) => replay({ ...common, failpoints }),
    async heal() {
      const [since, mark] = [performance.now(), platform.mark()];
      const hub = launch(common);
      let over = false;
      void hub.ended.then(() => (over = true));
      const tail = (): unknown => said.slice(-5);
      let metrics = '';
      try {
        const died = (): void => {
          if (over) throw new Error(`the hub ended by itself: ${said.slice(-3).join('\n')}`);
        };
        await until('the hub is ready', () => (died(), hub.ready()), patienceMs, tail);
        const readyMs = performance.now() - since;
        let quiet = 0;
        await until(
          'everything is taken in',
          async () => {
            died();
            metrics = await hub.metrics();
            quiet = platform.taken(mark) && atRest(metrics) ? quiet + 1 : 0;
            return quiet === 2;
          },
          patienceMs,
          tail,
        );
        return { readyMs, code: await hub.stop(), metrics };
      } finally {
        await hub.kill();
      }
    },
    async crashed() {
      if (!existsSync(join(data, 'views.sqlite')) || !existsSync(join(data, 'store.sqlite'))) return [];
      const [store, views] = [openStore(), openViews()];
      try {
        return await checkCrashed(store, views);
      } finally {
        await Promise.all([store.close(), views.close()]);
      }
    },
    async examine(followed = []) {
      const log = openSqliteEventLog(join(data, 'log.sqlite'));
      const inFlight = await log.lag();
      await log.close();
      const views = openViews();
      try {
        return await check({ ledger: platform.ledger, openStore, views, inFlight, followed, told: toldIn(said, data) });
      } finally {
        await views.close();
      }
    },
  };
}

/** What processes wrote, and every file but that of the keys. */
function* toldIn(said: readonly string[], data: string): Iterable<string> {
  yield said.join('\n');
  for (const name of readdirSync(data)) if (!name.startsWith('keys.')) yield readFileSync(join(data, name), 'latin1');
}
