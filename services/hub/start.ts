// Runs services until told to stop: each gets the ports it needs, and the first that fails ends them all.
import { join } from 'node:path';
import { pullForever } from '../adapters/pull.ts';
import { auditOperations } from '../audit/audit.ts';
import { HubError } from '../domain/errors.ts';
import { openApi } from '../drivers/http/api.ts';
import { openAuthentication } from '../drivers/http/authenticate.ts';
import { readConsumers } from '../drivers/http/consumers.ts';
import { openTokenKey } from '../drivers/http/keys.ts';
import { startHttp } from '../drivers/http/server.ts';
import { portalOperations } from '../portal/portal.ts';
import { packageHistory } from '../projector/as-of.ts';
import { project } from '../projector/projector.ts';
import { record } from '../recorder/recorder.ts';
import { filesOf, projectFolder } from './open-hub.ts';
import { projectorPorts } from './rebuild.ts';
import type { Platform } from '../adapters/pull.ts';
import type { KeySource } from '../drivers/http/key-source.ts';
import type { HttpLogger } from '../drivers/http/access-log.ts';
import type { HttpServer } from '../drivers/http/server.ts';
import type { Hub } from './open-hub.ts';

export const serviceNames = ['adapters', 'recorder', 'projector', 'portal', 'audit'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Services that write, of which a data directory holds one each. */
export const writers: ReadonlySet<ServiceName> = new Set(['adapters', 'recorder', 'projector']);

/** The names asked for, or all. Errors: USAGE. */
export function servicesNamed(names: readonly string[]): ServiceName[] {
  const unknown = names.filter((name) => !serviceNames.some((known) => known === name));
  if (unknown.length > 0) throw new HubError('USAGE', `there is no service ${unknown.join(', ')}; there are ${serviceNames.join(', ')}`);
  return names.length === 0 ? [...serviceNames] : serviceNames.filter((name) => names.includes(name));
}

export interface RunningHub {
  /** Where the APIs are; null when neither portal nor audit runs. */
  url: string | null;
  /** Resolves when everything has stopped; rejects with what failed. */
  stopped: Promise<void>;
}

/** Starts services. They stop in order when `stop` is aborted: what is under way is finished first. */
export async function startServices(
  hub: Hub,
  services: readonly ServiceName[],
  platform: Platform | null,
  logger: HttpLogger,
  stop: AbortSignal,
): Promise<RunningHub> {
  const failed = new AbortController();
  const signal = AbortSignal.any([stop, failed.signal]);
  const loops: Promise<void>[] = [];
  const run = (name: ServiceName, loop: Promise<void>): void => {
    logger.info('started', { service: name });
    loops.push(
      loop.catch((error: unknown) => {
        if (stop.aborted) return;
        logger.error('failed', { service: name, code: error instanceof HubError ? error.code : 'UNEXPECTED' });
        failed.abort();
        throw error;
      }),
    );
  };
  const on = (name: ServiceName): boolean => services.includes(name);
  // The port first: a service that cannot be reached must not begin to write.
  const server = on('portal') || on('audit') ? await serve(hub, services, logger) : null;
  if (on('recorder')) run('recorder', record(hub, signal));
  if (on('projector')) run('projector', project(projectorPorts(hub), { live: signal }));
  if (on('adapters') && platform) run('adapters', pullAll(hub, platform, signal, logger));
  if (server) loops.push(untilAborted(signal).then(() => server.close()));
  loops.push(untilAborted(signal));
  return { url: server?.url ?? null, stopped: settleAll(loops) };
}

async function pullAll(hub: Hub, platform: Platform, signal: AbortSignal, logger: HttpLogger): Promise<void> {
  const onFailure = (error: HubError): void => void logger.warn('source failed', { code: error.code, reason: error.message });
  await Promise.all([...hub.contracts.sources.values()].map((contract) => pullForever(contract, platform, hub, signal, onFailure)));
}

async function serve(hub: Hub, services: readonly ServiceName[], logger: HttpLogger): Promise<HttpServer> {
  const { config, views, store, codec, keys, contracts, now } = hub;
  const folder = join(projectFolder, 'contracts');
  const authenticate = openAuthentication({
    issuer: config.token.issuer,
    audience: config.token.audience,
    keys: await keySource(hub),
    // Development tokens are for the hub's own key alone.
    consumers: readConsumers(join(folder, 'consumers')).filter(({ id }) => id !== 'developer' || config.token.jwks.kind === 'embedded'),
    logger,
  });
  const options = { authenticate, logger };
  const portal = (): ReturnType<typeof portalOperations> => portalOperations({ views, persons: keys, packages: contracts.packages });
  const { rules } = projectorPorts(hub);
  const audit = (): ReturnType<typeof auditOperations> =>
    auditOperations({ store, views, codec, sources: contracts.sources, now, history: packageHistory({ store, views, codec, rules }) });
  const mounts = [
    ...(services.includes('portal') ? [openApi(join(folder, 'http', 'portal.yaml')).mount(portal(), options)] : []),
    ...(services.includes('audit') ? [openApi(join(folder, 'http', 'audit.yaml')).mount(audit(), options)] : []),
  ];
  // Ready once views have caught up with what was in the store at the start; stale after that is served, and told.
  const goal = await store.head();
  const ready = async (): Promise<string[]> =>
    (await views.checkpoint()).position >= goal ? [] : ['views are catching up with the event store'];
  return startHttp({ host: config.host, port: config.port, mounts, health: { live: () => [], ready }, logger });
}

async function keySource({ config }: Hub): Promise<KeySource> {
  const { jwks } = config.token;
  return jwks.kind === 'embedded' ? { kind: 'jwks', jwks: (await openTokenKey(filesOf(config.dataDirectory).tokenKey)).jwks } : jwks;
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Waits for all, then tells the first failure. */
async function settleAll(loops: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(loops);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
}
