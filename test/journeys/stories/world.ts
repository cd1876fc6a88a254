// One hub in which a story happens: registers speak through adapters, time passes, and all that is known is asked over HTTP.
import assert from 'node:assert/strict';
import { createAdapter } from '../../../services/adapters/adapter.ts';
import { readConfig } from '../../../services/config/config.ts';
import { startOfDay } from '../../../services/domain/time.ts';
import { dispatcherRounds } from '../../../services/dispatcher/dispatcher.ts';
import { dispatcherPorts, utilitySystems } from '../../../services/hub/dispatching.ts';
import { createMetrics } from '../../../services/hub/metrics.ts';
import { openHub } from '../../../services/hub/open-hub.ts';
import { serveApis } from '../../../services/hub/serve-apis.ts';
import { settle } from '../../../services/hub/settle.ts';
import { supervisorPorts } from '../../../services/hub/supervising.ts';
import { developmentToken } from '../../../services/hub/token.ts';
import { record } from '../../../services/recorder/recorder.ts';
import { simulatedUtilities, startUtilities } from '../../../services/simulator/utilities.ts';
import { superviseAll } from '../../../services/supervisor/supervisor.ts';
import { createClock } from '../../support/clock.ts';
import { pseudonymKey } from '../../support/project.ts';
import { castOf } from '../../support/simulated-events.ts';
import { silent } from '../../support/silent.ts';
import type { Utility } from '../../../services/domain/own-facts.ts';
import type { HttpLogger } from '../../../services/drivers/http/access-log.ts';
import type { Hub } from '../../../services/hub/open-hub.ts';
import type { Cast } from '../../../services/simulator/cast.ts';
import type { SimulatedRecord } from '../../../services/simulator/registers.ts';
import type { SimulatedUtilities, UtilityOptions } from '../../../services/simulator/utilities.ts';
import type { Clock } from '../../support/clock.ts';

export interface Answer<Body> {
  status: number;
  body: Body;
}

/** What a request has beside its path. */
export interface Call {
  method?: string;
  body?: string;
  headers?: Record<string, string>;
}

export interface World {
  cast: Cast;
  clock: Clock;
  hub: Hub;
  /** Registers state this, each record on its own day at the earliest; a record of an earlier day arrives late. */
  tell(...records: SimulatedRecord[]): Promise<void>;
  /** Time goes on until noon of a day of the cast, and whatever falls due by then is judged. */
  until(day: number): Promise<void>;
  /** The marketing systems of the utilities, simulated; what they were sent can be read here. */
  utilities: SimulatedUtilities;
  /** The dispatcher looks at its queues so many times, a day going by before each look but the first. */
  dispatch(times?: number): Promise<void>;
  /** The supervisor looks at everything that is open. */
  supervise(): Promise<void>;
  /** A signed copy of a package, as the application portal asks for it: compact JWS. */
  copy(id: string, wish: object): Promise<string>;
  /** As the application portal, over HTTP. */
  portal<Body>(path: string, init?: Call): Promise<Answer<Body>>;
  /** As an auditor, over HTTP. */
  audit<Body>(path: string, init?: Call): Promise<Answer<Body>>;
}

/** When a simulated record says that it happened; each register has a field of its own. */
const timeOf = ({ record }: SimulatedRecord): string =>
  String(record['APPRDATE'] ?? record['DJSJ'] ?? record['DEAL_TIME'] ?? record['bjsj'] ?? record['blsj'] ?? record['bgsj']).slice(0, 10);

const patience = { shortestMs: 1_000, longestMs: 60_000, pollMs: 60_000 };

export interface WorldOptions {
  /** How the utilities' systems misbehave. */
  utilities?: UtilityOptions;
  /** Those that have an address. */
  systems?: readonly Utility[];
}

export async function inWorld(
  folder: string,
  number: number,
  { utilities: behaviour = {}, systems = ['electricity'] }: WorldOptions,
  tell: (world: World) => Promise<void>,
): Promise<void> {
  const cast = castOf(number);
  const clock = createClock(cast.on(0));
  const config = readConfig({ HUB_PSEUDONYM_KEY: pseudonymKey.toString('hex'), HUB_PORT: '0' }, { data: folder });
  const hub = await openHub(config, clock.now);
  const stop = new AbortController();
  const utilities = simulatedUtilities(behaviour);
  const marketing = await startUtilities(utilities);
  const clients = utilitySystems(systems.map((utility) => ({ utility, url: marketing.urlOf(utility), token: null, timeoutMs: 300 })));
  const rounds = dispatcherRounds(dispatcherPorts(hub, clients, { notice: () => undefined }), patience);
  const recording = record(hub, stop.signal);
  const logger: HttpLogger = silent;
  const server = await serveApis(hub, ['recorder', 'portal', 'audit'], { logger, metrics: createMetrics(), ready: async () => [] });
  const [portalToken, auditToken] = await Promise.all([
    developmentToken(config, portalScopes, 'application-portal', 3600),
    developmentToken(config, ['audit:read'], 'auditor', 3600),
  ]);
  const folded = async (): Promise<void> => {
    await hub.log.recorded(await hub.log.publish([]), stop.signal);
    await settle(hub);
  };
  const ask =
    (base: string, token: string, purpose: string) =>
    async <Body>(path: string, init: Call = {}): Promise<Answer<Body>> => {
      await folded();
      const headers = { Authorization: `Bearer ${token}`, Purpose: purpose, 'Content-Type': 'application/json', ...init.headers };
      const response = await fetch(`${server.url}${base}${path}`, { ...init, headers });
      const answer = { status: response.status, body: (await response.json()) as Body };
      await folded();
      return answer;
    };
  try {
    await tell({
      cast,
      clock,
      hub,
      async tell(...records) {
        for (const told of records) {
          if (startOfDay(timeOf(told)) > clock.now()) clock.set(timeOf(told));
          const contract = hub.contracts.sources.get(told.source);
          assert.ok(contract);
          const adapter = createAdapter(contract, 'platform', 'polled', hub);
          await adapter.take([{ position: 'told', fields: told.record }], null);
          await folded();
        }
      },
      utilities,
      async dispatch(times = 1) {
        for (let n = 0; n < times; n++) {
          if (n > 0) clock.pass(1);
          await folded();
          for (const round of rounds) {
            await round(stop.signal);
            await folded();
          }
        }
      },
      async supervise() {
        await folded();
        await superviseAll(supervisorPorts(hub, hub.log), clock.today());
        await folded();
      },
      async until(day) {
        clock.set(cast.on(day));
        await folded();
      },
      async copy(id, wish) {
        const headers = { Authorization: `Bearer ${portalToken}`, Purpose: 'electricity-application', 'Content-Type': 'application/json' };
        const path = `${server.url}/portal/v1/packages/${encodeURIComponent(id)}/copies`;
        const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(wish) });
        const text = await response.text();
        assert.equal(response.status, 200, text);
        return text;
      },
      portal: ask('/portal/v1', portalToken, 'electricity-application'),
      audit: ask('/audit/v1', auditToken, 'audit'),
    });
  } finally {
    await server.close();
    await marketing.close();
    stop.abort();
    await recording;
    await hub.close();
  }
}

const portalScopes = ['packages:read', 'packages:write', 'transfers:read', 'transfers:write', 'consents:write'];
