// What HTTP tests share: a key, tokens signed with it, a log that can be read, and a server on a free port.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openApi } from '../../../services/drivers/http/api.ts';
import { openAuthentication } from '../../../services/drivers/http/authenticate.ts';
import { readConsumers } from '../../../services/drivers/http/consumers.ts';
import { issueToken, openTokenKey } from '../../../services/drivers/http/keys.ts';
import { startHttp } from '../../../services/drivers/http/server.ts';
import type { HttpLogger } from '../../../services/drivers/http/access-log.ts';
import type { TokenKey } from '../../../services/drivers/http/keys.ts';
import type { HttpServer } from '../../../services/drivers/http/server.ts';
import type { Operations } from '../../../services/ports/http.ts';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
export const issuer = 'https://issuer.test';
export const audience = 'hub';

export interface LogLine {
  level: string;
  message: string;
  meta: Record<string, unknown>;
}

/** A logger that keeps its lines. */
export function keepLog(): HttpLogger & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (message: string, meta: object) =>
    void lines.push({ level, message, meta: meta as Record<string, unknown> });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}

/** A folder for one test or suite, and what removes it. */
export function openFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'hub-http-'));
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** A key that lives as long as its folder. */
export async function newKey(): Promise<TokenKey> {
  const { folder, remove } = openFolder();
  try {
    return await openTokenKey(join(folder, 'key.jwk'));
  } finally {
    remove();
  }
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: Record<string, unknown>;
}

export interface Served {
  server: HttpServer;
  log: ReturnType<typeof keepLog>;
  /** A token of `developer` unless another consumer is named. */
  token: (scope: string, consumer?: string) => Promise<string>;
  /** Asks with a token of all scopes and the first purpose of the API unless told otherwise; a null header is not sent. */
  ask: (
    path: string,
    options?: { method?: string; body?: unknown; scope?: string; consumer?: string; headers?: Record<string, string | null> },
  ) => Promise<Answer>;
  close: () => Promise<void>;
}

/** Serves one OpenAPI file with these handlers. `path` of `ask` begins behind the API's base path. */
export async function serve(file: 'portal' | 'audit', operations: Operations): Promise<Served> {
  const key = await newKey();
  const log = keepLog();
  const consumers = readConsumers(join(root, 'contracts/consumers'));
  const authenticate = openAuthentication({ issuer, audience, keys: { kind: 'jwks', jwks: key.jwks }, consumers, logger: log });
  const api = openApi(join(root, `contracts/http/${file}.yaml`));
  const mount = api.mount(operations, { authenticate, logger: log });
  const server = await startHttp({ host: '127.0.0.1', port: 0, mounts: [mount], health: { live: () => [], ready: () => [] }, logger: log });
  const token = (scope: string, consumer = 'developer'): Promise<string> =>
    issueToken({ key, scope, consumer, issuer, audience, expiresInSeconds: 600 });
  return {
    server,
    log,
    token,
    async ask(path, { method = 'GET', body, scope = 'packages:read transfers:read audit:read', consumer, headers = {} } = {}) {
      const all: Record<string, string | null> = {
        Authorization: `Bearer ${await token(scope, consumer)}`,
        Purpose: file === 'portal' ? 'electricity-application' : 'audit',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      };
      const sent = Object.entries(all).filter((header): header is [string, string] => header[1] !== null);
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await fetch(`${server.url}${api.basePath}${path}`, {
        method,
        headers: sent,
        ...(body !== undefined && { body: text }),
      });
      return readAnswer(response);
    },
    close: () => server.close(),
  };
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const json = /json/.test(response.headers.get('content-type') ?? '') && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: response.status, headers: response.headers, text, json };
}
