// Signed copies over the portal: recorded before they leave, and verified by jose alone, by Python alone, and by `hub verify`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { canonicalJson, digestOf } from '../../services/domain/canonical.ts';
import { formatInstant, startOfDay } from '../../services/domain/time.ts';
import { noSigner } from '../../services/drivers/http/signing-keys.ts';
import { verifyCopy } from '../../services/drivers/http/verify-copy.ts';
import { portalOperations } from '../../services/portal/portal.ts';
import { serve } from '../drivers/http/fixture.ts';
import { commit, packageOf, packageRow, propertyEvent } from './fixture.ts';
import { home, idNumber, servePortal, unit } from './served-portal.ts';
import type { Copy } from '../../services/domain/copies/copy.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { Answer } from '../drivers/http/fixture.ts';
import type { ServedPortal } from './served-portal.ts';

const wish = { case: 'GZ-2025-0001', validUntil: '2025-03-31', maker: '网上国网 <b>门户</b>' };
const hostile = '张三"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e&amp;';

/** Nothing of ours: what an auditor with Python might write. Prints the digest that it found. */
const python = `
import base64, hashlib, json, sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
raw = lambda text: base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))
jws, keys = open(sys.argv[1]).read().strip(), json.load(open(sys.argv[2]))['keys']
head, body, signature = jws.split('.')
kid = json.loads(raw(head))['kid']
key = next(key for key in keys if key['kid'] == kid)
number = lambda name: int.from_bytes(raw(key[name]), 'big')
public = ec.EllipticCurvePublicNumbers(number('x'), number('y'), ec.SECP256R1()).public_key()
r, s = (int.from_bytes(half, 'big') for half in (raw(signature)[:32], raw(signature)[32:]))
public.verify(utils.encode_dss_signature(r, s), f'{head}.{body}'.encode(), ec.ECDSA(hashes.SHA256()))
payload = json.loads(raw(body))
canonical = json.dumps(payload['package'], sort_keys=True, separators=(',', ':'), ensure_ascii=False)
digest = 'sha256:' + hashlib.sha256(canonical.encode()).hexdigest()
assert digest == payload['digest'], 'digest'
print(digest)
`;

describe('copies', () => {
  let portal: ServedPortal;
  let pack: Package;
  beforeEach(async () => {
    portal = await servePortal();
    pack = packageOf({ kind: 'person', id: portal.zhang }, unit);
    await commit(portal.views, [packageRow(pack, { [portal.zhang]: portal.box(portal.zhang, hostile) })]);
    await portal.keys.save();
  });
  afterEach(() => portal.close());
  const ask = (body: object = wish, headers: Record<string, string> = {}): Promise<Answer> =>
    portal.ask(`/packages/${encodeURIComponent(pack.id)}/copies`, { method: 'POST', body, headers });
  const today = (): string => portal.clock.today();
  const keys = () => ({ kind: 'jwks', jwks: portal.signing.jwks }) as const;

  it('hold the package, what it was made for, and all that it takes to read it, under a signature that jose alone verifies', async () => {
    const { status, headers, text } = await ask();
    assert.deepEqual([status, headers.get('content-type')], [200, 'application/jose']);
    assert.deepEqual(decodeProtectedHeader(text), { alg: 'ES256', kid: portal.signing.jwks.keys[0]!.kid, typ: 'hub-package+jwt' });
    const { payload } = await jwtVerify<Copy>(text, createLocalJWKSet(portal.signing.jwks), {
      typ: 'hub-package+jwt',
      issuer: 'hub-test',
      currentDate: new Date(portal.clock.now()),
    });
    assert.deepEqual(payload.package, pack);
    assert.equal(payload.digest, digestOf(canonicalJson(pack)));
    assert.deepEqual([payload.sub, payload.iat, payload.exp], [pack.id, portal.clock.now() / 1000, startOfDay('2025-04-01') / 1000]);
    assert.deepEqual(payload.copy, {
      ...wish,
      purpose: 'electricity-application',
      consumer: 'developer',
      basis: 'developer@1 a clause',
      position: 9,
      date: '2025-01-02',
      madeAt: formatInstant(portal.clock.now()),
    });
    assert.deepEqual(payload.subject, { kind: 'person', id: portal.zhang, name: hostile });
    assert.deepEqual(payload.premises, { key: unit, address: home });
    assert.deepEqual(payload.texts.title, { zh: '低压居民新装', en: 'Low-voltage residential' });
    assert.deepEqual(payload.texts.rules['held-by-applicant@2'], { zh: '权利人须为申请人', en: 'the holder must be the applicant' });
    assert.equal(payload.texts.rules['gone@1'], null);
    assert.equal(payload.texts.sources[propertyEvent]!.zh.length > 0, true);
    assert.ok(!text.includes(Buffer.from(idNumber).toString('base64url')) && !JSON.stringify(payload).includes(idNumber));
  });

  it('are each recorded as exported, under the id of the copy, before they are answered', async () => {
    const first = await ask();
    const second = await ask();
    const ids = [first, second].map(({ text }) => (JSON.parse(Buffer.from(text.split('.')[1]!, 'base64url').toString()) as Copy).jti);
    const events = await portal.accesses(pack.id);
    assert.deepEqual(
      events.map(({ type, record, case: number, digest, time }) => ({ type, record, number, digest, time })),
      ids.map((record) => ({
        ...{ type: 'access.exported', record, number: wish.case, digest: digestOf(canonicalJson(pack)) },
        time: portal.clock.now(),
      })),
    );
    assert.notEqual(ids[0], ids[1]);
  });

  it('are not given when that cannot be recorded, nor when nothing can sign', async () => {
    const silent = await serve('portal', portalOperations({ ...portal.ports, signer: noSigner }));
    const unsigned = await silent.ask(`/packages/${encodeURIComponent(pack.id)}/copies`, { method: 'POST', body: wish });
    await silent.close();
    assert.deepEqual([unsigned.status, unsigned.json['code']], [500, 'CONFIG_INVALID']);
    assert.equal(await portal.store.head(), 0);
    await portal.stopRecorder();
    const { status, json, headers, text } = await ask();
    assert.deepEqual([status, json['code'], headers.get('retry-after')], [503, 'NOT_RECORDED', '5']);
    assert.ok(!text.includes('张三'));
  });

  it('are verified by Python with the published keys alone', async function () {
    try {
      execFileSync('python3', ['-c', 'import cryptography'], { stdio: 'ignore' });
    } catch {
      if (process.env['CI']) throw new Error('python3 with cryptography is missing');
      this.test!.title += ' (skipped: no python3 with cryptography)';
      return this.skip();
    }
    const { text } = await ask();
    const [jws, jwks, script] = ['copy.jws', 'jwks.json', 'verify.py'].map((name) => join(portal.folder, name)) as [string, string, string];
    writeFileSync(jwks, JSON.stringify(portal.signing.jwks));
    writeFileSync(script, python);
    const run = (copy: string): string => {
      writeFileSync(jws, copy);
      return execFileSync('python3', [script, jws, jwks], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    };
    assert.equal(run(text), digestOf(canonicalJson(pack)));
    assert.throws(() => run(altered(text, (copy) => ({ ...copy, copy: { ...copy.copy, validUntil: '2099-01-01' } }))));
  });

  it('are told apart: good, altered, expired, of an unknown key, not fitting their digest, and no copy at all', async () => {
    const { text } = await ask();
    const problems = async (copy: string, date = today(), source: Parameters<typeof verifyCopy>[1] = keys()) =>
      (await verifyCopy(copy, source, date)).problems;
    assert.deepEqual(await problems(text), []);
    assert.deepEqual(await problems(text, '2025-03-31'), []);
    assert.deepEqual(await problems(text, '2025-04-01'), ['expired']);
    assert.deepEqual(await problems(altered(text, (copy) => ({ ...copy, package: { ...copy.package, status: 'lapsed' } }))), ['altered']);
    assert.deepEqual(await problems(`${text.slice(0, -4)}AAAA`), ['altered']);
    assert.deepEqual(await problems(text, today(), { kind: 'jwks', jwks: { keys: [] } }), ['key-unknown']);
    const copy = JSON.parse(Buffer.from(text.split('.')[1]!, 'base64url').toString()) as Copy;
    const { signing } = portal;
    assert.deepEqual(await problems(await signing.sign({ ...copy, package: { ...copy.package, premises: 'x' } }, 'hub-package+jwt')), [
      'digest',
    ]);
    assert.deepEqual(await problems(await signing.sign(copy, 'JWT')), ['malformed'], 'a token is no copy');
    for (const junk of ['', 'x', 'a.b.c', '{}', await signing.sign({}, 'hub-package+jwt')])
      assert.deepEqual(await problems(junk), ['malformed']);
    const none = `${Buffer.from('{"alg":"none","typ":"hub-package+jwt"}').toString('base64url')}.${text.split('.')[1]}.`;
    assert.equal((await problems(none)).length, 1);
  });

  it('come as one page to print where HTML is asked for, with every name escaped and nothing that runs', async () => {
    const { status, headers, text } = await ask(wish, { Accept: 'text/html' });
    assert.deepEqual([status, headers.get('content-type')], [200, 'text/html; charset=utf-8']);
    assert.match(headers.get('content-security-policy')!, /^default-src 'none'; style-src 'sha256-[\w+/=]+'; frame-ancestors 'none'$/);
    assert.ok(text.startsWith('<!doctype html>'));
    for (const bad of ['<script', '<img', '<b>', 'onerror=alert(2)>', '\u202e', 'http://', 'javascript:'])
      assert.ok(!text.replaceAll('http://www.w3.org/2000/svg', '').includes(bad), bad);
    assert.doesNotMatch(text, /<[^>]*\s(?:src|href|on\w+|style)\s*=/);
    for (const part of [
      '低压居民新装',
      '张三&quot;&gt;&lt;script&gt;',
      home,
      '仅限用于：办电申请',
      wish.case,
      wish.validUntil,
      digestOf(canonicalJson(pack)),
      '<svg',
    ])
      assert.ok(text.includes(part), part);
    assert.equal((await portal.accesses(pack.id)).at(-1)!.change, 'exported');
  });

  it('are refused for a date that is past, too far or none, for a person’s number as case, and for nothing at all', async () => {
    const bad = [
      { ...wish, validUntil: '2025-02-28' },
      { ...wish, validUntil: '2026-04-01' },
      { ...wish, validUntil: '2025-02-30' },
      { ...wish, case: idNumber },
      { ...wish, case: '一' },
      { ...wish, maker: '' },
      { case: wish.case },
    ];
    for (const body of bad) assert.equal((await ask(body)).status, 400, JSON.stringify(body));
    assert.equal((await portal.ask('/packages/nothing/copies', { method: 'POST', body: wish })).status, 404);
    assert.equal((await portal.ask('/packages/nothing/copies', { method: 'POST', body: wish, scope: 'transfers:read' })).status, 403);
    assert.equal(await portal.store.head(), 0);
  });
});

/** The same copy with another payload, under the old signature. */
function altered(jws: string, change: (copy: Copy) => object): string {
  const [head, body, signature] = jws.split('.') as [string, string, string];
  const copy = JSON.parse(Buffer.from(body, 'base64url').toString()) as Copy;
  return [head, Buffer.from(JSON.stringify(change(copy))).toString('base64url'), signature].join('.');
}
