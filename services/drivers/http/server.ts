// The HTTP server: mounts routers, tells its health, logs each access, and closes without cutting anybody off.
import { createServer } from 'node:http';
import express from 'express';
import { HubError } from '../../domain/errors.ts';
import { accessNote, failureMeta, logAccess } from './access-log.ts';
import { httpProblem, parserProblem } from './problems.ts';
import { sendProblem, sendText } from './respond.ts';
import type { NextFunction, Request, Response } from 'express';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HttpLogger } from './access-log.ts';
import type { Mount } from './api.ts';

/** Why something is not well; none when it is. Reasons are for operators and hold nothing personal. */
export type HealthCheck = () => Promise<readonly string[]> | readonly string[];

export interface HttpOptions {
  host: string;
  /** 0 for any free one. */
  port: number;
  mounts: readonly Mount[];
  health: { live: HealthCheck; ready: HealthCheck };
  /** What `/metrics` answers. */
  metrics?: () => Promise<{ type: string; text: string }>;
  logger: HttpLogger;
  /** How long requests in flight may take to finish when closing. */
  closeWithinMs?: number;
}

export interface HttpServer {
  url: string;
  /** Stops accepting, lets what is in flight finish, and cuts off what takes longer than allowed. */
  close(): Promise<void>;
}

const largestHeaders = 16_384;

/** Errors: CONFIG_INVALID when the address cannot be listened on. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, mounts, health, metrics, logger, closeWithinMs = 10_000 } = options;
  let closing = false;
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').enable('strict routing');

  for (const { path, router } of mounts) app.use(path, router);
  app.use((_req, res) => {
    accessNote(res).reason = 'ROUTE_UNKNOWN';
    sendProblem(res, httpProblem('ROUTE_UNKNOWN', 'there is no such operation'));
  });
  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    // An address that cannot be decoded (status 400) is the client's mistake; the rest is ours.
    if ((error as { status?: unknown }).status !== 400) logger.error('request failed', failureMeta(error));
    if (res.headersSent) next(error);
    else sendProblem(res, error);
  });
  const limits = { maxHeaderSize: largestHeaders, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 };
  const server = createServer(limits, (req, res) => {
    // Probes come every few seconds for ever, so they are kept out of the log.
    if (req.url === '/health/live') return void tellHealth(res, health.live);
    if (req.url === '/health/ready') return void tellHealth(res, closing ? () => ['closing'] : health.ready);
    if (req.url === '/metrics' && metrics) return void tellMetrics(res, metrics);
    logAccess(req.method ?? '', res, logger);
    if (closing) res.setHeader('Connection', 'close');
    app(req, res);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => refuseUnparsed(error, socket));

  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    close() {
      closing = true;
      return closeServer(server, closeWithinMs);
    },
  };
}

async function tellHealth(res: ServerResponse, check: HealthCheck): Promise<void> {
  let reasons: readonly string[];
  try {
    reasons = await check();
  } catch {
    reasons = ['the check itself failed'];
  }
  const well = reasons.length === 0;
  sendText(res, well ? 200 : 503, 'application/json', JSON.stringify({ status: well ? 'ok' : 'failing', reasons }));
}

async function tellMetrics(res: ServerResponse, metrics: NonNullable<HttpOptions['metrics']>): Promise<void> {
  try {
    const { type, text } = await metrics();
    sendText(res, 200, type, text);
  } catch {
    sendText(res, 500, 'text/plain', 'the metrics could not be had');
  }
}

/** Answers what Node's parser refused before there was a request: too large headers, broken framing. */
function refuseUnparsed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, text } = parserProblem(error.code);
  const head = [
    `HTTP/1.1 ${status} Refused`,
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(new HubError('CONFIG_INVALID', `cannot listen on ${host}:${port} (${cause.code ?? 'unknown'})`, { cause })),
    );
    server.listen(port, host, resolve);
  });
}

function closeServer(server: Server, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    // Connections fall idle one by one as their last answers go out.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    const cut = setTimeout(() => server.closeAllConnections(), withinMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
