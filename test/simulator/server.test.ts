// The simulated platform over real HTTP.
import assert from 'node:assert/strict';
import { signPlatformRequest } from '../../services/domain/platform-sign.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { startSimulator } from '../../services/simulator/server.ts';
import type { SimulatorOptions } from '../../services/simulator/server.ts';

const noon = 1_780_000_000_000;
const simulation = createSimulation({ seed: 1, subjects: 80 });

interface Reply {
  code: string;
  message: string;
  simulated: boolean;
  data: { records: object[]; nextCursor: string };
}

async function withSimulator(options: Partial<SimulatorOptions>, use: (url: string) => Promise<void>): Promise<void> {
  const { url, close } = await startSimulator({ simulation, port: 0, now: () => noon, ...options });
  try {
    await use(url);
  } finally {
    await close();
  }
}

function call(
  url: string,
  source: string,
  { path = `/api/${source}/records`, query = '', secret = 'simulated', rid = 'simulated-hub', rtime = String(noon), sign = '' } = {},
): Promise<Response> {
  const signature = sign || signPlatformRequest({ secret, sid: source, rid, rtime });
  return fetch(url + path + query, {
    headers: { gjgxjhpt_rid: rid, gjgxjhpt_sid: source, gjgxjhpt_rtime: rtime, gjgxjhpt_sign: signature },
  });
}

const bodyOf = async (response: Response): Promise<Reply> => (await response.json()) as Reply;

describe('simulated platform', () => {
  it('serves every source page by page as the simulation has it', async () => {
    await withSimulator({}, async (url) => {
      for (const source of simulation.sources) {
        const all: object[] = [];
        for (let query = '?limit=7'; ;) {
          const reply = await bodyOf(await call(url, source, { query }));
          assert.deepEqual([reply.code, reply.message, reply.simulated], ['0', '成功', true]);
          if (reply.data.records.length === 0) break;
          all.push(...reply.data.records);
          query = `?limit=7&cursor=${reply.data.nextCursor}`;
        }
        assert.deepEqual(all, [...simulation.records(source)]);
      }
    });
  });

  it('serves a source where its contract says and under its own secret', async () => {
    await withSimulator({ paths: { 'meter-account': '/elsewhere' }, secrets: { 'meter-account': 'other' } }, async (url) => {
      assert.equal((await bodyOf(await call(url, 'meter-account', { path: '/elsewhere', secret: 'other' }))).code, '0');
      assert.equal((await call(url, 'meter-account', { path: '/elsewhere' })).status, 401);
      assert.equal((await call(url, 'meter-account')).status, 404);
    });
  });

  it('refuses calls that are unsigned, wrongly signed, late or by a stranger', async () => {
    await withSimulator({}, async (url) => {
      const outcomes = [
        await fetch(`${url}/api/meter-account/records`),
        await call(url, 'meter-account', { secret: 'guessed' }),
        await call(url, 'meter-account', { sign: 'short' }),
        await call(url, 'meter-account', { rtime: String(noon - 11 * 60_000) }),
        await call(url, 'meter-account', { rtime: 'now' }),
        await call(url, 'meter-account', { rid: 'somebody' }),
        await call(url, 'property-right', { path: '/api/meter-account/records' }),
      ];
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        [401, 401, 401, 401, 401, 403, 403],
      );
      const [unsigned, , , , , stranger] = await Promise.all(outcomes.map(bodyOf));
      assert.deepEqual([unsigned?.code, unsigned?.data, unsigned?.message], ['-1', '', '接口调用失败']);
      assert.equal(stranger?.code, 'E-106');
    });
  });

  it('answers what it cannot serve without falling over', async () => {
    await withSimulator({}, async (url) => {
      for (const query of ['?cursor=x', '?limit=0', '?limit=many', '?limit=1.5']) {
        const response = await call(url, 'meter-account', { query });
        assert.equal(response.status, 400);
        assert.equal((await bodyOf(response)).code, '-1');
      }
      assert.equal((await fetch(url, { method: 'POST' })).status, 405);
      assert.equal((await fetch(`${url}//`)).status, 404);
    });
  });

  it('says on every answer that it is simulated', async () => {
    await withSimulator({}, async (url) => {
      for (const response of [await fetch(url), await fetch(`${url}/nothing`), await call(url, 'meter-account')]) {
        assert.equal(response.headers.get('x-simulated'), 'true');
      }
    });
  });

  it('tells visitors in two languages what is served here', async () => {
    await withSimulator({}, async (url) => {
      const page = await (await fetch(url)).text();
      assert.match(page, /一切都是模拟的/);
      assert.match(page, /Everything here is simulated/);
      for (const source of simulation.sources)
        assert.ok(
          page.includes(`<td>${source}</td><td><code>/api/${source}/records</code></td><td>${[...simulation.records(source)].length}</td>`),
        );
    });
  });

  it('fails every nth page when asked to, in both ways of failing', async () => {
    await withSimulator({ faults: { failEvery: 2 } }, async (url) => {
      const outcomes: [number, string][] = [];
      for (let i = 0; i < 4; i++) {
        const response = await call(url, 'meter-account');
        outcomes.push([response.status, (await bodyOf(response)).code]);
      }
      assert.deepEqual(outcomes, [
        [200, '0'],
        [500, '-1'],
        [200, '0'],
        [200, '-1'],
      ]);
    });
  });

  it('closes when aborted, and twice', async () => {
    const controller = new AbortController();
    const { url, close } = await startSimulator({ simulation, port: 0, signal: controller.signal });
    controller.abort();
    await close();
    await close();
    await assert.rejects(fetch(url));
  });

  it('says so when the port is taken', async () => {
    await withSimulator({}, async (url) => {
      await assert.rejects(startSimulator({ simulation, port: Number(new URL(url).port) }), { code: 'CONFIG_INVALID' });
    });
  });
});
