// Portal reads beside bare Express returning the same JSON behind the same authentication. The load comes from a process of its own.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import express from 'express';
import { openAuthentication } from '../../services/drivers/http/authenticate.ts';
import { readConsumers } from '../../services/drivers/http/consumers.ts';
import { openTokenKey } from '../../services/drivers/http/keys.ts';
import { filesOf, projectFolder } from '../../services/hub/open-hub.ts';
import { startServices } from '../../services/hub/start.ts';
import { developmentToken } from '../../services/hub/token.ts';
import { measurePair } from './measure.ts';
import type { AddressInfo } from 'node:net';
import type { Hub } from '../../services/hub/open-hub.ts';
import type { Pair } from './measure.ts';

const run = promisify(execFile);
const seconds = 3;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function benchPortal(hub: Hub, turns: number): Promise<Pair> {
  const token = await developmentToken(hub.config, ['packages:read'], 'developer', 3600);
  const headers = { authorization: `Bearer ${token}`, purpose: 'electricity-application' };
  const [row] = await hub.views.list('package', { limit: 1 });
  const path = `/portal/v1/packages/${encodeURIComponent(row!.key)}`;
  const stop = new AbortController();
  const portal = await startServices(hub, ['recorder', 'portal'], null, silent, stop.signal);
  const answer = await (await fetch(`${portal.url}${path}`, { headers })).text();
  const bare = await serveBare(hub, answer);
  const load = async (url: string): Promise<number> => {
    const cli = createRequire(import.meta.url).resolve('autocannon');
    const args = [
      '-j',
      '-c',
      '16',
      '-d',
      String(seconds),
      ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]),
      url + path,
    ];
    const { stdout } = await run(process.execPath, [cli, ...args], { maxBuffer: 1e7 });
    const result = JSON.parse(stdout) as { '2xx': number; non2xx: number };
    if (result.non2xx > 0) throw new Error(`${result.non2xx} requests failed`);
    return result['2xx'];
  };
  const pair = await measurePair({
    name: 'portal read',
    unit: 'requests',
    ceiling: 'bare Express, same JSON, same authentication',
    wanted: 0.6,
    turns,
    raw: () => load(bare.url),
    hub: () => load(portal.url),
  });
  stop.abort();
  await portal.stopped;
  bare.close();
  return pair;
}

async function serveBare(hub: Hub, answer: string): Promise<{ url: string; close(): void }> {
  const { config } = hub;
  const authenticate = openAuthentication({
    issuer: config.token.issuer,
    audience: config.token.audience,
    logger: silent,
    keys: { kind: 'jwks', jwks: (await openTokenKey(filesOf(config.dataDirectory).tokenKey)).jwks },
    consumers: readConsumers(join(projectFolder, 'contracts', 'consumers')),
  });
  const value = JSON.parse(answer) as object;
  const app = express().disable('etag').disable('x-powered-by');
  app.get('/portal/v1/packages/:id', async (req, res) => {
    await authenticate(req.headers.authorization);
    res.json(value);
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}
