// The server: health, the access log, refusals before there is a request, and an end that cuts nobody off.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import express from 'express';
import { startHttp } from '../../../services/drivers/http/server.ts';
import { HubError } from '../../../services/domain/errors.ts';
import { keepLog, readAnswer } from './fixture.ts';
import type { HttpOptions, HttpServer } from '../../../services/drivers/http/server.ts';

const canary = '110101199003070812';

describe('the HTTP server', () => {
  const open: HttpServer[] = [];
  async function start(more: Partial<HttpOptions> = {}) {
    const log = keepLog();
    const server = await startHttp({
      host: '127.0.0.1',
      port: 0,
      mounts: [],
      health: { live: () => [], ready: () => [] },
      logger: log,
      ...more,
    });
    open.push(server);
    return { server, log, get: async (path: string, init?: RequestInit) => readAnswer(await fetch(`${server.url}${path}`, init)) };
  }
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });

  /** What a socket is sent in return for these bytes. */
  async function raw(url: string, bytes: string): Promise<string> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end(bytes);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await once(socket, 'close');
    return text;
  }

  it('tells that it lives and whether it is ready, with reasons', async () => {
    let reasons: string[] = ['projector is 10 events behind'];
    const { get, log } = await start({ health: { live: () => [], ready: () => reasons } });
    assert.deepEqual((await get('/health/live')).json, { status: 'ok', reasons: [] });
    const failing = await get('/health/ready');
    assert.deepEqual([failing.status, failing.json], [503, { status: 'failing', reasons: ['projector is 10 events behind'] }]);
    reasons = [];
    assert.equal((await get('/health/ready')).status, 200);
    assert.deepEqual(log.lines, []);
  });

  it('is not ready when the check itself fails', async () => {
    const ready = () => Promise.reject(new Error(canary));
    const { get } = await start({ health: { live: () => [], ready } });
    const { status, text } = await get('/health/ready');
    assert.deepEqual([status, text.includes(canary)], [503, false]);
  });

  it('refuses oversized headers and broken requests with a problem', async () => {
    const { server, get } = await start();
    const large = await raw(server.url, `GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'a'.repeat(20_000)}\r\n\r\n`);
    assert.match(large, /^HTTP\/1\.1 431 [\s\S]*application\/problem\+json[\s\S]*"code":"HEADERS_TOO_LARGE"/);
    assert.match(await raw(server.url, `NONSENSE ${canary}\r\n\r\n`), /^HTTP\/1\.1 400 (?![\s\S]*110101)[\s\S]*"code":"REQUEST_INVALID"/);
    assert.equal((await get('/health/live')).status, 200);
  });

  it('logs each access without path, query or body', async () => {
    const { get, log } = await start();
    await get(`/portal/v1/packages/${canary}?subject=${canary}`, { method: 'POST', body: canary });
    const [line] = log.lines;
    assert.deepEqual(
      { ...line!.meta, ms: typeof line!.meta['ms'] },
      { method: 'POST', operationId: null, status: 404, ms: 'number', consumer: null, purpose: null, reason: 'ROUTE_UNKNOWN' },
    );
    assert.ok(!JSON.stringify(log.lines).includes(canary));
  });

  it('says which address it cannot listen on', async () => {
    const { server } = await start();
    const port = Number(new URL(server.url).port);
    await assert.rejects(
      start({ port }),
      (error) => error instanceof HubError && error.code === 'CONFIG_INVALID' && error.message.includes('EADDRINUSE'),
    );
  });

  it('finishes what is in flight before it closes, and takes nothing new', async () => {
    const router = express.Router();
    let release = (): void => undefined;
    const begun = new Promise<void>((started) => {
      router.get('/slow', (_req, res) => {
        release = () => res.end('done');
        started();
      });
    });
    const { server, get } = await start({ mounts: [{ path: '/x', router }] });
    const answer = get('/x/slow');
    await begun;
    const closed = server.close();
    await assert.rejects(fetch(`${server.url}/health/live`));
    release();
    assert.equal((await answer).text, 'done');
    await closed;
  });

  it('cuts off what takes longer than allowed', async () => {
    const router = express.Router();
    const begun = new Promise<void>((started) => router.get('/stuck', () => started()));
    const { server, get } = await start({ mounts: [{ path: '/x', router }], closeWithinMs: 20 });
    const answer = get('/x/stuck').catch(() => 'cut off');
    await begun;
    await server.close();
    assert.equal(await answer, 'cut off');
  });
});
