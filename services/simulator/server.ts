// Serves simulated registries over HTTP as the national data-exchange platform would (DOMAIN §7.1). Loopback only.
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { HubError } from '../domain/errors.ts';
import { signPlatformRequest } from '../domain/platform-sign.ts';
import { frontPage } from './front-page.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Simulation } from './simulation.ts';
import type { SimulatedUtilities } from './utilities.ts';

export interface SimulatorOptions {
  simulation: Simulation;
  /** 0 takes any free port. */
  port: number;
  /** Where each source is served, as its contract says; without it `/api/<source>/records`. */
  paths?: Readonly<Record<string, string>>;
  /** Secret of each service; `simulated` where none is given. */
  secrets?: Readonly<Record<string, string>>;
  /** Closes the simulator when aborted. */
  signal?: AbortSignal;
  /** Milliseconds since the epoch. */
  now?: () => number;
  /** Served under `/utilities/`. */
  utilities?: Pick<SimulatedUtilities, 'handle'>;
  /** Every nth page fails, by turns with HTTP 500 and with code -1. */
  faults?: { failEvery?: number };
}

/** Who may ask, and the secret of a simulated service unless another is given: neither protects anything real. */
export const simulatedRequester = 'simulated-hub';
export const simulatedSecret = 'simulated';

const clockTolerance = 10 * 60_000;
const [defaultLimit, longestPage] = [500, 5000];

/** A failure as the platform words it; `reason` says more than the real one does. */
interface Refusal {
  status: number;
  code: '-1' | 'E-106';
  reason: string;
}

/** Starts serving on 127.0.0.1. Errors: CONFIG_INVALID when the port cannot be had. */
export async function startSimulator(options: SimulatorOptions): Promise<{ url: string; close(): Promise<void> }> {
  const { simulation, port, paths = {}, secrets = {}, signal, now = Date.now, faults = {}, utilities } = options;
  const sourceAt = new Map(simulation.sources.map((source) => [paths[source] ?? `/api/${source}/records`, source]));
  const front = frontPage(simulation, sourceAt);
  let pages = 0;
  let failures = 0;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    if (utilities?.handle(request, response)) return;
    const target = `http://127.0.0.1${request.url ?? '/'}`;
    if (request.method !== 'GET') return refuse(response, { status: 405, code: '-1', reason: 'only GET is served' });
    if (!URL.canParse(target)) return refuse(response, { status: 400, code: '-1', reason: 'this is no path' });
    const url = new URL(target);
    if (url.pathname === '/') return send(response, 200, 'text/html; charset=utf-8', front());
    const source = sourceAt.get(url.pathname);
    if (source === undefined) return refuse(response, { status: 404, code: '-1', reason: 'nothing is served here' });
    const refusal = checkCall(request, source, secrets[source] ?? simulatedSecret, now()) ?? fault();
    if (refusal) return refuse(response, refusal);
    const limit = Math.min(Number(url.searchParams.get('limit') ?? defaultLimit), longestPage);
    try {
      const data = simulation.page(source, url.searchParams.get('cursor') || null, limit);
      send(response, 200, 'application/json; charset=utf-8', JSON.stringify({ code: '0', message: '成功', simulated: true, data }));
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      refuse(response, { status: 400, code: '-1', reason: error.message });
    }
  }

  function fault(): Refusal | null {
    pages++;
    if (faults.failEvery === undefined || pages % faults.failEvery !== 0) return null;
    return { status: ++failures % 2 === 1 ? 500 : 200, code: '-1', reason: 'a failure asked for' };
  }

  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new HubError('CONFIG_INVALID', `the simulator cannot listen on port ${port}`, { cause })));
    server.listen(port, '127.0.0.1', resolve);
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }));
  if (signal?.aborted) await close();
  else signal?.addEventListener('abort', () => void close(), { once: true });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo | null)?.port ?? port}`, close };
}

/** Why a call is not served, or null: its four headers must name us and the source and be signed, recently. */
function checkCall(request: IncomingMessage, source: string, secret: string, now: number): Refusal | null {
  const header = (name: string): string => {
    const value = request.headers[`gjgxjhpt_${name}`];
    return typeof value === 'string' ? value : '';
  };
  const [rid, sid, rtime] = [header('rid'), header('sid'), header('rtime')];
  if (!same(header('sign'), signPlatformRequest({ secret, sid, rid, rtime })))
    return { status: 401, code: '-1', reason: 'the signature does not match' };
  if (rid !== simulatedRequester || sid !== source)
    return { status: 403, code: 'E-106', reason: 'the requester is not authorised for this service' };
  if (!/^\d{1,15}$/.test(rtime) || Math.abs(now - Number(rtime)) > clockTolerance)
    return { status: 401, code: '-1', reason: 'the request time is too far from now' };
  return null;
}

/** Compares in constant time: digests are of one length whatever was sent. */
function same(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function refuse(response: ServerResponse, { status, code, reason }: Refusal): void {
  const body = { code, data: '', message: code === 'E-106' ? '不在授权列表中' : '接口调用失败', simulated: true, reason };
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(body));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'X-Simulated': 'true', 'Cache-Control': 'no-store' });
  response.end(body);
}
