// Serving an OpenAPI file: handlers and operations match, requests and answers are checked, and every refusal is a problem.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApi } from '../../../services/drivers/http/api.ts';
import { problemCodes } from '../../../services/drivers/http/problems.ts';
import { HubError } from '../../../services/domain/errors.ts';
import { keepLog, openFolder, root, serve } from './fixture.ts';
import type { Served } from './fixture.ts';
import type { ApiRequest, Operations } from '../../../services/ports/http.ts';

const canary = '110101199003070812';
const nothing: Operations = Object.fromEntries(
  openApi(join(root, 'contracts/http/portal.yaml')).operationIds.map((id) => [
    id,
    async () => ({ status: 200, body: { items: [], next: null } }),
  ]),
);

describe('an API', () => {
  let served: Served;
  let asked: ApiRequest[];
  let answer: () => Promise<{ status: number; body: unknown }>;
  before(async () => {
    const handler = (request: ApiRequest) => {
      asked.push(request);
      return answer();
    };
    served = await serve('portal', { ...nothing, listPackages: handler, findSubject: handler, listChanges: handler });
  });
  beforeEach(() => {
    asked = [];
    served.log.lines.length = 0;
    answer = async () => ({ status: 200, body: { items: [], next: null } });
  });
  after(() => served.close());

  it('starts only when every operation has a handler and every handler an operation', () => {
    const api = openApi(join(root, 'contracts/http/portal.yaml'));
    const options = { authenticate: () => assert.fail('nobody asks'), logger: keepLog() };
    const { getPackage: _dropped, ...fewer } = nothing;
    const refused = (message: RegExp) => (error: unknown) =>
      error instanceof HubError && error.code === 'CONTRACT_INVALID' && message.test(error.message);
    assert.throws(() => api.mount(fewer, options), refused(/no handler for getPackage/));
    assert.throws(() => api.mount({ ...nothing, extra: nothing['getPackage']! }, options), refused(/no operation for extra/));
  });

  it('refuses an OpenAPI file that cannot be read, has bad schemas, or lets anybody in', () => {
    const { folder, remove } = openFolder();
    const file = join(folder, 'api.yaml');
    const api = (operation: string): string =>
      `openapi: 3.1.0\nservers: [{url: /x}]\npaths: {/a/{id}: {get: ${operation}}}\ncomponents: {}\n`;
    const id = 'operationId: a, security: [{bearer: [s]}]';
    const cases = [
      'openapi: [',
      'openapi: 3.0.3',
      api('{security: [{bearer: [s]}], responses: {}}'),
      api('{operationId: a, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {}}'),
      api('{operationId: a, security: [{}], responses: {}}'),
      api(`{${id}, responses: {}}`),
      api(`{${id}, parameters: [{$ref: '#/components/parameters/None'}], responses: {}}`),
      api(`{${id}, parameters: [{name: id, in: path, required: true, schema: {type: text}}], responses: {}}`),
    ];
    try {
      for (const text of cases) {
        writeFileSync(file, text);
        assert.throws(
          () => openApi(file),
          (error) =>
            error instanceof HubError && error.code === 'CONTRACT_INVALID' && error.message.startsWith('contracts/http/api.yaml: '),
          text,
        );
      }
    } finally {
      remove();
    }
  });

  it('hands over what was asked, with defaults and numbers filled in', async () => {
    const { status } = await served.ask('/packages?subject=p-1&limit=7');
    const [request] = asked;
    assert.equal(status, 200);
    assert.deepEqual({ ...request!.query }, { subject: 'p-1', limit: 7 });
    assert.deepEqual([request!.consumer.id, request!.purpose], ['developer', 'electricity-application']);
    await served.ask('/packages?premises=x');
    assert.deepEqual({ ...asked[1]!.query }, { premises: 'x', limit: 100 });
  });

  it('refuses queries that do not fit, saying where and never what', async () => {
    const queries = [
      'limit=0',
      'limit=501',
      'limit=abc',
      'limit=1e2',
      'limit=',
      `subjet=${canary}`,
      'subject=a&subject=b',
      'status=good',
      `after=${canary}!`,
      'subject=',
    ];
    for (const query of queries) {
      const { status, json, text } = await served.ask(`/packages?${query}`);
      assert.deepEqual([status, json['code']], [400, 'REQUEST_INVALID'], query);
      assert.ok(!text.includes(canary), query);
    }
    assert.deepEqual((await served.ask('/packages?limit=501')).json['errors'], [
      { in: 'query', pointer: '/limit', detail: 'must be <= 500' },
    ]);
    assert.equal(asked.length, 0);
  });

  it('refuses bodies that do not fit, are too large, no JSON, or called something else', async () => {
    const post = async (body: unknown, headers = {}) => {
      const { status, json, text } = await served.ask('/subjects', { method: 'POST', body, headers });
      assert.ok(!text.includes(canary));
      return [status, json['code']];
    };
    assert.deepEqual(await post({ idType: 'citizen-id' }), [400, 'REQUEST_INVALID']);
    assert.deepEqual(await post({ idType: 'stamp', idNumber: canary }), [400, 'REQUEST_INVALID']);
    assert.deepEqual(await post({ idType: 'citizen-id', idNumber: canary, more: 1 }), [400, 'REQUEST_INVALID']);
    assert.deepEqual(await post(`{"idNumber":"${canary}`), [400, 'BODY_MALFORMED']);
    assert.deepEqual(await post(''), [400, 'REQUEST_INVALID']);
    assert.deepEqual(await post(JSON.stringify({ idType: 'citizen-id', idNumber: 'x'.repeat(20_000) })), [413, 'BODY_TOO_LARGE']);
    assert.deepEqual(await post('a=b', { 'Content-Type': 'application/x-www-form-urlencoded' }), [415, 'MEDIA_TYPE_UNSUPPORTED']);
    assert.deepEqual(await post('{}', { 'Content-Type': 'application/json; charset=gbk' }), [415, 'MEDIA_TYPE_UNSUPPORTED']);
    assert.equal(asked.length, 0);
  });

  it('holds back an answer that does not fit, and logs where, not what', async () => {
    for (const body of [
      { items: [{ id: canary }], next: null },
      { items: [], next: null, [canary]: canary },
      { items: [], next: 1 },
    ]) {
      answer = async () => ({ status: 200, body });
      const { status, json, text } = await served.ask('/packages?subject=a');
      assert.deepEqual([status, json['code']], [500, 'RESPONSE_INVALID']);
      assert.ok(!text.includes(canary));
    }
    answer = async () => ({ status: 204, body: null });
    assert.equal((await served.ask('/packages?subject=a')).json['code'], 'RESPONSE_INVALID');
    const errors = served.log.lines
      .filter(({ level }) => level === 'error')
      .map(({ meta }) => [meta['operationId'], meta['pointer'], meta['keyword']]);
    assert.deepEqual(errors, [
      ['listPackages', '/items/0', 'required'],
      ['listPackages', '', 'additionalProperties'],
      ['listPackages', '/next', 'type'],
      ['listPackages', null, 'status'],
    ]);
    assert.ok(!JSON.stringify(served.log.lines).includes(canary));
  });

  it('holds back what does not fit each time, and a good answer of another status', async () => {
    const body = { items: [], next: 1 };
    for (let i = 0; i < 3; i++) {
      answer = async () => ({ status: 200, body });
      assert.equal((await served.ask('/packages?subject=a')).json['code'], 'RESPONSE_INVALID');
    }
    for (const [status, expected] of [
      [200, 200],
      [200, 200],
      [203, 500],
    ] as const) {
      answer = async () => ({ status, body: { items: [], next: 'YQ' } });
      assert.equal((await served.ask('/packages?subject=a')).status, expected);
    }
  });

  it('tells nothing of a failure inside, and logs its kind alone', async () => {
    answer = async () => {
      throw new TypeError(`cannot read ${canary}`);
    };
    const { status, json, text } = await served.ask('/packages?subject=a');
    assert.deepEqual([status, json['code'], json['detail']], [500, 'INTERNAL', 'the failure was logged']);
    assert.ok(!text.includes(canary) && !/\bat .*\.ts/.test(text));
    const [line] = served.log.lines.filter(({ level }) => level === 'error');
    assert.deepEqual([line!.meta['operationId'], line!.meta['error']], ['listPackages', 'TypeError']);
    assert.ok(!JSON.stringify(served.log.lines).includes(canary));
  });

  it('gives the codes of the hub their place', async () => {
    const cases: [HubError, number, string, string | null][] = [
      [new HubError('NOT_FOUND', 'there is no such thing'), 404, 'NOT_FOUND', 'there is no such thing'],
      [new HubError('USAGE', 'ask otherwise'), 400, 'REQUEST_INVALID', 'ask otherwise'],
      [new HubError('STORE_CORRUPT', `/data/${canary} is damaged`), 500, 'STORE_CORRUPT', null],
      [new HubError('DISK_FULL', `/data/${canary}`), 503, 'DISK_FULL', null],
    ];
    for (const [error, status, code, detail] of cases) {
      answer = () => Promise.reject(error);
      const got = await served.ask('/packages?subject=a');
      assert.deepEqual([got.status, got.json['code']], [status, code]);
      if (detail !== null) assert.equal(got.json['detail'], detail);
      assert.ok(!got.text.includes(canary));
      assert.equal(got.headers.get('retry-after'), status === 503 ? '5' : null);
    }
  });

  it('refuses who may not', async () => {
    const cases: [Parameters<Served['ask']>[1], number, string][] = [
      [{ headers: { Authorization: null } }, 401, 'UNAUTHENTICATED'],
      [{ headers: { Authorization: 'Basic YTpi' } }, 401, 'UNAUTHENTICATED'],
      [{ scope: 'transfers:read' }, 403, 'SCOPE_MISSING'],
      [{ scope: '' }, 403, 'SCOPE_MISSING'],
      [{ consumer: 'auditor' }, 403, 'SCOPE_MISSING'],
      [{ consumer: 'stranger' }, 403, 'CONSUMER_UNKNOWN'],
      [{ headers: { Purpose: null } }, 400, 'PURPOSE_MISSING'],
      [{ headers: { Purpose: 'curiosity' } }, 400, 'PURPOSE_MISSING'],
      [{ consumer: 'application-portal', headers: { Purpose: 'development' } }, 403, 'PURPOSE_FORBIDDEN'],
    ];
    for (const [options, status, code] of cases) {
      const got = await served.ask('/packages?subject=a', options);
      assert.deepEqual([got.status, got.json['code']], [status, code], JSON.stringify(options));
      if (status === 401) assert.match(got.headers.get('www-authenticate')!, /^Bearer realm="hub"/);
      if (code === 'SCOPE_MISSING') assert.match(got.headers.get('www-authenticate')!, /error="insufficient_scope", scope="packages:read"/);
    }
    assert.equal(asked.length, 0);
  });

  it('lets in with any of the scopes that would do', async () => {
    answer = async () => ({ status: 200, body: { items: [], next: 'MA', more: false } });
    for (const [scope, status] of [
      ['packages:read', 200],
      ['transfers:read', 200],
      ['audit:read', 403],
    ] as const) {
      assert.equal((await served.ask('/changes', { scope })).status, status, scope);
    }
  });

  it('answers unknown routes with 404 and wrong methods with 405 and what is allowed', async () => {
    for (const path of ['/nothing', '/packages/', '/Packages', '/packages/a/b', ''])
      assert.deepEqual((await served.ask(path)).json['code'], 'ROUTE_UNKNOWN', path);
    const cases: [string, string, string][] = [
      ['/packages', 'POST', 'GET, HEAD'],
      ['/subjects', 'GET', 'POST'],
      ['/packages/a', 'DELETE', 'GET, HEAD'],
      ['/packages', 'OPTIONS', 'GET, HEAD'],
    ];
    for (const [path, method, allow] of cases) {
      const got = await served.ask(path, { method });
      assert.deepEqual([got.status, got.json['code'], got.headers.get('allow')], [405, 'METHOD_NOT_ALLOWED', allow]);
    }
    assert.deepEqual((await served.ask('/packages/%zz')).json['code'], 'REQUEST_INVALID');
  });

  it('answers every problem in the same form', async () => {
    for (const path of ['/nothing', '/packages?limit=0', '/packages/%E0%A4%A']) {
      const { status, headers, json } = await served.ask(path);
      assert.equal(headers.get('content-type'), 'application/problem+json');
      const code = json['code'] as keyof typeof problemCodes;
      assert.deepEqual([json['status'], json['title'], json['titles']], [status, problemCodes[code].title.en, problemCodes[code].title]);
      assert.match(json['type'] as string, /^urn:hub:problem:[a-z-]+$/);
    }
  });

  it('sends headers that keep JSON where it belongs', async () => {
    for (const path of ['/packages?subject=a', '/nothing']) {
      const { headers } = await served.ask(path);
      const sent = ['x-content-type-options', 'cache-control', 'content-security-policy', 'x-powered-by', 'etag'].map((name) =>
        headers.get(name),
      );
      assert.deepEqual(sent, ['nosniff', 'no-store', "default-src 'none'; frame-ancestors 'none'", null, null]);
    }
    const head = await served.ask('/packages?subject=a', { method: 'HEAD' });
    assert.deepEqual([head.status, head.text, head.headers.get('content-length')], [200, '', '24']);
  });
});
