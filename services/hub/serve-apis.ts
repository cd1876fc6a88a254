// Serves the APIs of portal and audit, where asked for, and the health and metrics of the process.
import { join } from 'node:path';
import { auditOperations } from '../audit/audit.ts';
import { openApi } from '../drivers/http/api.ts';
import { openAuthentication } from '../drivers/http/authenticate.ts';
import { readConsumers } from '../drivers/http/consumers.ts';
import { openTokenKey } from '../drivers/http/keys.ts';
import { jwksMount } from '../drivers/http/signing-keys.ts';
import { startHttp } from '../drivers/http/server.ts';
import { portalOperations } from '../portal/portal.ts';
import { givingPorts, operator, signingKeysOf } from './copies.ts';
import { historiesOf } from './history.ts';
import { filesOf, isDistributed, projectFolder } from './open-hub.ts';
import { promisesOn } from './promises.ts';
import { redriveBeside } from './quarantine.ts';
import { recordingOn } from './recording.ts';
import { transferDecisionsOn } from './transfer-decisions.ts';
import { supervisionOf } from './supervising.ts';
import type { HttpLogger } from '../drivers/http/access-log.ts';
import type { Mount } from '../drivers/http/api.ts';
import type { KeySource } from '../drivers/http/key-source.ts';
import type { HttpServer } from '../drivers/http/server.ts';
import type { Metrics } from './metrics.ts';
import type { Hub } from './open-hub.ts';
import type { ServiceName } from './services.ts';

export interface ServeOptions {
  logger: HttpLogger;
  metrics: Metrics;
  /** Why the process cannot do its work now; none when it can. */
  ready: () => Promise<string[]>;
}

/** Errors: CONFIG_INVALID when the address cannot be listened on. */
export async function serveApis(hub: Hub, services: readonly ServiceName[], options: ServeOptions): Promise<HttpServer> {
  const { metrics, ready } = options;
  const logger: HttpLogger = {
    info: (message, meta) => options.logger.info(message, meta),
    warn: (message, meta) => options.logger.warn(message, meta),
    error: (message, meta) => options.logger.error(message, meta),
    answered: (access) => metrics.answered(access),
  };
  const { host, port } = hub.config;
  // Whoever runs adapters has what they need: the keys of persons, and the right to publish.
  const redrive = services.includes('adapters') ? redriveBeside({ ...hub, log: metrics.counted(hub.log) }) : null;
  const mounts =
    services.includes('portal') || services.includes('audit') ? await mountsOf(hub, services, { logger, redrive, metrics }) : [];
  return startHttp({ host, port, mounts, health: { live: () => [], ready }, metrics: () => metrics.text(), logger });
}

interface MountOptions {
  logger: HttpLogger;
  redrive: ReturnType<typeof redriveBeside> | null;
  metrics: Metrics;
}

async function mountsOf(hub: Hub, services: readonly ServiceName[], { logger, redrive, metrics }: MountOptions): Promise<Mount[]> {
  const { config, views, store, codec, contracts, now } = hub;
  const folder = join(projectFolder, 'contracts');
  const authenticate = openAuthentication({
    issuer: config.token.issuer,
    audience: config.token.audience,
    keys: await keySource(hub),
    // Development tokens are for the hub's own key alone; operators come without any.
    consumers: readConsumers(join(folder, 'consumers')).filter(
      ({ id }) => id !== operator && (id !== 'developer' || config.token.jwks.kind === 'embedded'),
    ),
    logger,
  });
  const options = { authenticate, logger };
  const portal = async (): Promise<Mount[]> => {
    // Who is given what is recorded first, so without a recorder nothing is given (services/portal/access.ts).
    if (!services.includes('recorder') && !isDistributed(config))
      logger.warn('the portal answers only while another process runs the recorder of this data directory', { service: 'portal' });
    const signing = await signingKeysOf(config);
    const recording = recordingOn(metrics.counted(hub.log));
    const operations = portalOperations({
      ...givingPorts(hub, signing, recording),
      subjects: historiesOf(hub).subjects,
      promises: promisesOn(hub, recording),
      transfers: transferDecisionsOn(hub, recording),
    });
    return [openApi(join(folder, 'http', 'portal.yaml')).mount(operations, options), jwksMount(signing.jwks)];
  };
  const audit = (): ReturnType<typeof auditOperations> =>
    auditOperations({
      ...{ store, views, codec, redrive, now },
      sources: contracts.sources,
      ...historiesOf(hub),
      supervision: supervisionOf(hub),
    });
  return [
    ...(services.includes('portal') ? await portal() : []),
    ...(services.includes('audit') ? [openApi(join(folder, 'http', 'audit.yaml')).mount(audit(), options)] : []),
  ];
}

async function keySource({ config }: Hub): Promise<KeySource> {
  const { jwks } = config.token;
  return jwks.kind === 'embedded' ? { kind: 'jwks', jwks: (await openTokenKey(filesOf(config.dataDirectory).tokenKey)).jwks } : jwks;
}
