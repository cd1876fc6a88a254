// Simulated marketing systems (营销系统) of utilities: they take joint transfers, and misbehave on demand. Loopback only.
import { createServer } from 'node:http';
import { HubError } from '../domain/errors.ts';
import { utilities } from '../domain/own-facts.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Utility } from '../domain/own-facts.ts';

/** What a simulated system does instead of answering as it should. */
export type Misbehaviour =
  | 'time-out-after' // does it, and never answers
  | 'time-out-before' // does nothing, and never answers
  | 'drop-after' // does it, and breaks the connection
  | 'error-after' // does it, and answers 500
  | 'error' // does nothing, and answers 500
  | 'busy' // does nothing, and answers 429
  | 'nonsense' // does it, and answers something the contract does not know
  | 'refuse' // answers 422
  | 'arrears' // takes it, and returns it at once
  | 'slow'; // does it, and answers late

export interface SimulatedCall {
  utility: Utility;
  operation: 'submit' | 'query' | 'cancel';
  key: string;
  /** How many calls of this operation came under this key, from 1. */
  nth: number;
}

export interface TakenApplication {
  utility: Utility;
  key: string;
  applicationNo: string;
  state: 'accepted' | 'returned' | 'completed' | 'cancelled';
  polls: number;
  body: object;
}

export interface UtilityOptions {
  /** After how many questions an application is completed; 0 completes it at once. */
  completeAfter?: number;
  behave?: (call: SimulatedCall) => Misbehaviour | null;
  /** How late `slow` answers, in milliseconds. */
  slowMs?: number;
  /** Checks the bearer token, if given. */
  token?: string;
  /** Hears of every call before it is handled. */
  heard?: (call: SimulatedCall, body: unknown) => void;
}

export interface SimulatedUtilities {
  /** Handles a request under `/utilities/`; false for any other. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  taken(utility: Utility): TakenApplication[];
}

/** How many applications are kept; the oldest beyond are forgotten. */
const keptAtMost = 50_000;
const longestBody = 65_536;

export function simulatedUtilities(options: UtilityOptions = {}): SimulatedUtilities {
  const { completeAfter = 1, behave = () => null, slowMs = 500, heard } = options;
  const applications = new Map<string, TakenApplication>();
  const calls = new Map<string, number>();

  function act(call: SimulatedCall, body: object): TakenApplication | null {
    const id = `${call.utility}/${call.key}`;
    const known = applications.get(id);
    if (call.operation === 'query') {
      if (known?.state === 'accepted' && ++known.polls >= completeAfter) known.state = 'completed';
      return known ?? null;
    }
    const state = call.operation === 'cancel' ? 'cancelled' : completeAfter === 0 ? 'completed' : 'accepted';
    if (known && (call.operation === 'submit' || known.state !== 'accepted')) return known;
    const number = known?.applicationNo ?? `SIM-${call.key.slice(0, 12)}`;
    const taken: TakenApplication = {
      utility: call.utility,
      key: call.key,
      applicationNo: number,
      state,
      polls: 0,
      body: known?.body ?? body,
    };
    applications.set(id, taken);
    for (const oldest of applications.keys()) {
      if (applications.size <= keptAtMost) break;
      applications.delete(oldest);
    }
    return taken;
  }

  function answer(call: SimulatedCall, body: object, response: ServerResponse): void {
    const odd = behave(call);
    if (odd === 'time-out-before') return;
    if (odd === 'error') return send(response, 500, { code: 'ERROR', message: '系统异常' });
    if (odd === 'busy') return send(response, 429, { code: 'BUSY', message: '请求过于频繁' });
    if (odd === 'refuse') return send(response, 422, { code: 'E-422', message: '户名与户号不符' });
    const taken = act(call, body);
    if (odd === 'time-out-after') return;
    if (odd === 'drop-after') return void response.destroy();
    if (odd === 'error-after') return send(response, 500, { code: 'ERROR', message: '系统异常' });
    if (odd === 'nonsense') return send(response, 200, { code: '0000', msg: '成功' });
    if (odd === 'arrears' && taken) taken.state = 'returned';
    if (!taken) return send(response, 404, { code: 'NOT-KNOWN', message: '无此申请' });
    const standing = {
      key: taken.key,
      state: taken.state,
      applicationNo: taken.applicationNo,
      code: taken.state === 'returned' ? 'ARREARS' : '0000',
      message: taken.state === 'returned' ? '原户主欠费未结清' : null,
      simulated: true,
    };
    if (odd !== 'slow') return send(response, 200, standing);
    setTimeout(() => send(response, 200, standing), slowMs).unref();
  }

  return {
    taken: (utility) => [...applications.values()].filter((application) => application.utility === utility),
    handle(request, response) {
      const [, name, rest = ''] = /^\/utilities\/([a-z]+)(\/.*)$/.exec(request.url ?? '') ?? [];
      const utility = utilities.find((known) => known === name);
      if (!utility) return false;
      const [, , inPath, verb] = /^\/applications(\/([0-9a-f]{32})(\/cancellation)?)?$/.exec(rest) ?? [];
      const key = inPath ?? String(request.headers['idempotency-key'] ?? '');
      const operation = request.method === 'GET' ? 'query' : verb ? 'cancel' : 'submit';
      if (options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`)
        return (send(response, 401, { code: 'TOKEN', message: '未授权' }), true);
      if (!/^[0-9a-f]{32}$/.test(key)) return (send(response, 400, { code: 'KEY', message: '缺少幂等键' }), true);
      void readJson(request).then((body) => {
        if (body === null) return send(response, 400, { code: 'BODY', message: '报文有误' });
        const count = `${utility}/${operation}/${key}`;
        calls.set(count, (calls.get(count) ?? 0) + 1);
        if (calls.size > keptAtMost * 3) calls.clear();
        const call: SimulatedCall = { utility, operation, key, nth: calls.get(count) ?? 1 };
        heard?.(call, body);
        answer(call, body, response);
      });
      return true;
    },
  };
}

/** Serves simulated utilities alone on 127.0.0.1; `urlOf` is what `HUB_<UTILITY>_URL` takes. Errors: CONFIG_INVALID. */
export async function startUtilities(
  system: SimulatedUtilities,
  port = 0,
): Promise<{ urlOf(utility: Utility): string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (!system.handle(request, response)) send(response, 404, { code: 'NOTHING', message: 'nothing is served here' });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new HubError('CONFIG_INVALID', `the simulator cannot listen on port ${port}`, { cause })));
    server.listen(port, '127.0.0.1', resolve);
  });
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    urlOf: (utility) => `${at}/utilities/${utility}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The body; an empty object where there is none, null where it is no JSON object. */
async function readJson(request: IncomingMessage): Promise<object | null> {
  let text = '';
  request.setEncoding('utf8');
  try {
    for await (const part of request) {
      text += String(part);
      if (text.length > longestBody) return null;
    }
    const value: unknown = text === '' ? {} : JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'X-Simulated': 'true' });
  response.end(JSON.stringify(body));
}
