// Bearer tokens: what lets in, and everything that must not.
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { mock } from 'node:test';
import { exportJWK, exportSPKI, importJWK, importPKCS8, SignJWT } from 'jose';
import { openAuthentication } from '../../../services/drivers/http/authenticate.ts';
import { isHttpProblem } from '../../../services/drivers/http/problems.ts';
import { HubError } from '../../../services/domain/errors.ts';
import { audience, issuer, keepLog, newKey, openFolder } from './fixture.ts';
import type { AddressInfo } from 'node:net';
import type { CryptoKey, JSONWebKeySet } from 'jose';
import type { AuthenticationOptions } from '../../../services/drivers/http/authenticate.ts';
import type { ConsumerContract } from '../../../services/drivers/http/consumers.ts';
import type { TokenKey } from '../../../services/drivers/http/keys.ts';
import type { HttpProblem } from '../../../services/drivers/http/problems.ts';

const noon = Date.UTC(2025, 5, 1, 12);
const seconds = noon / 1000;
const portal: ConsumerContract = {
  id: 'portal',
  version: 1,
  title: { zh: '门户', en: 'Portal' },
  legalBasis: '无',
  scopes: ['packages:read'],
  purposes: ['electricity-application'],
};

describe('authentication', () => {
  let key: TokenKey;
  before(async () => {
    key = await newKey();
  });

  const claims = {
    iss: issuer,
    aud: audience,
    client_id: 'portal',
    sub: 'somebody',
    scope: 'packages:read audit:read',
    iat: seconds,
    exp: seconds + 600,
  };
  const sign = (payload: object, header: object = {}, by: CryptoKey = key.privateKey): Promise<string> =>
    new SignJWT({ ...payload }).setProtectedHeader({ alg: 'ES256', kid: key.kid, ...header }).sign(by);
  const open = (more: Partial<AuthenticationOptions> = {}) =>
    openAuthentication({
      issuer,
      audience,
      keys: { kind: 'jwks', jwks: key.jwks },
      consumers: [portal],
      logger: keepLog(),
      now: () => noon,
      ...more,
    });
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  async function refusal(token: string | undefined, more: Partial<AuthenticationOptions> = {}): Promise<HttpProblem> {
    const { error } = await attempt(open(more), token === undefined ? undefined : `Bearer ${token}`);
    assert.ok(isHttpProblem(error), 'is refused');
    return error;
  }
  async function attempt(authenticate: ReturnType<typeof open>, header: string | undefined): Promise<{ error?: unknown }> {
    try {
      await authenticate(header);
      return {};
    } catch (error) {
      return { error };
    }
  }

  it('lets a good token in, with the scopes that both token and contract allow', async () => {
    const consumer = await open()(`Bearer ${await sign(claims)}`);
    assert.deepEqual(consumer, { id: 'portal', scopes: ['packages:read'], purposes: new Set(['electricity-application']) });
  });

  it('names the consumer by client_id before azp, and never by sub, which may be a user', async () => {
    const consumers = ['by-client', 'by-azp', 'by-sub'].map((id) => ({ ...portal, id }));
    const nobody = { ...claims, client_id: undefined, sub: 'by-sub' };
    const who = async (payload: object) => (await open({ consumers })(`Bearer ${await sign({ ...nobody, ...payload })}`)).id;
    assert.deepEqual([await who({ azp: 'by-azp', client_id: 'by-client' }), await who({ azp: 'by-azp' })], ['by-client', 'by-azp']);
    assert.equal((await refusal(await sign({ ...claims, client_id: undefined, sub: 'portal' }))).problem, 'CONSUMER_UNKNOWN');
  });

  it('refuses a request without a token, with a bare challenge', async () => {
    const problem = await refusal(undefined);
    assert.deepEqual([problem.problem, problem.headers['WWW-Authenticate']], ['UNAUTHENTICATED', 'Bearer realm="hub"']);
  });

  it('refuses an unsigned token', async () => {
    assert.equal((await refusal(`${part({ alg: 'none' })}.${part(claims)}.`)).reason, 'algorithm');
    assert.equal((await refusal(`${part({ alg: 'none', kid: key.kid })}.${part(claims)}.AAAA`)).reason, 'algorithm');
  });

  it('refuses an HMAC made with the public key', async () => {
    const publicKey = (await importJWK(key.jwks.keys[0]!, 'ES256', { extractable: true })) as CryptoKey;
    for (const secret of [await exportSPKI(publicKey), JSON.stringify(key.jwks.keys[0])]) {
      const text = `${part({ alg: 'HS256', kid: key.kid })}.${part(claims)}`;
      assert.equal((await refusal(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`)).reason, 'algorithm');
    }
  });

  it('refuses a key that travels in the token', async () => {
    const own = await newKey();
    assert.equal((await refusal(await sign(claims, { jwk: own.jwks.keys[0], kid: own.kid }, own.privateKey))).reason, 'key-unknown');
    assert.equal((await refusal(await sign(claims, { jwk: own.jwks.keys[0] }, own.privateKey))).reason, 'signature');
  });

  it('refuses an algorithm that is not configured, though its key is known', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwks: JSONWebKeySet = { keys: [{ ...(await exportJWK(publicKey)), kid: 'rsa' }] };
    const rsa = await importPKCS8(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'RS256');
    const token = await sign(claims, { alg: 'RS256', kid: 'rsa' }, rsa);
    assert.equal((await refusal(token, { keys: { kind: 'jwks', jwks }, algorithms: ['ES256'] })).reason, 'algorithm');
    assert.equal((await open({ keys: { kind: 'jwks', jwks } })(`Bearer ${token}`)).id, 'portal');
  });

  const wrong: [string, object, string][] = [
    ['another issuer', { iss: 'https://other.test' }, 'claim-iss'],
    ['another audience', { aud: 'other' }, 'claim-aud'],
    ['no audience', { aud: undefined }, 'claim-aud'],
    ['an end that has passed', { exp: seconds - 31 }, 'expired'],
    ['no end', { exp: undefined }, 'claim-exp'],
    ['a beginning that has not come', { nbf: seconds + 31 }, 'not-yet-valid'],
  ];
  for (const [what, payload, reason] of wrong) {
    it(`refuses a token with ${what}`, async () => {
      const problem = await refusal(await sign({ ...claims, ...payload }));
      assert.deepEqual([problem.problem, problem.reason], ['UNAUTHENTICATED', reason]);
      assert.match(problem.headers['WWW-Authenticate']!, /^Bearer realm="hub", error="invalid_token"/);
    });
  }

  it('allows clocks to differ by half a minute', async () => {
    await open()(`Bearer ${await sign({ ...claims, exp: seconds - 29, nbf: seconds + 29 })}`);
  });

  it('refuses an unknown key, a wrong signature, a changed payload, and what is no token', async () => {
    const other = await newKey();
    const [head, , signature] = (await sign(claims)).split('.');
    const changed = `${head}.${part({ ...claims, scope: 'audit:read' })}.${signature}`;
    const reasons = [];
    for (const token of [
      await sign(claims, { kid: other.kid }, other.privateKey),
      await sign(claims, {}, other.privateKey),
      changed,
      'abc',
      'a.b.c',
    ]) {
      reasons.push((await refusal(token)).reason);
    }
    assert.deepEqual(reasons, ['key-unknown', 'signature', 'signature', 'malformed', 'malformed']);
  });

  it('refuses a consumer without a contract, and one of no name', async () => {
    assert.equal((await refusal(await sign({ ...claims, client_id: 'stranger' }))).problem, 'CONSUMER_UNKNOWN');
    assert.equal((await refusal(await sign({ ...claims, client_id: undefined }))).problem, 'CONSUMER_UNKNOWN');
  });

  it('does not let a remembered token outlive its end', async () => {
    let now = noon;
    const authenticate = open({ now: () => now });
    const header = `Bearer ${await sign({ ...claims, exp: seconds + 60 })}`;
    await authenticate(header);
    assert.ok(!(authenticate(header) instanceof Promise), 'is remembered');
    now = noon + 91_000;
    const { error } = await attempt(authenticate, header);
    assert.ok(isHttpProblem(error) && error.reason === 'expired');
  });

  it('logs a reason once a minute, and never the token', async () => {
    const log = keepLog();
    let now = noon;
    const authenticate = open({ logger: log, now: () => now });
    const token = await sign({ ...claims, aud: 'other' });
    for (let i = 0; i < 5; i++) await attempt(authenticate, `Bearer ${token}`);
    now += 61_000;
    await attempt(authenticate, `Bearer ${token}`);
    assert.deepEqual(
      log.lines.map(({ level, meta }) => [level, meta]),
      [
        ['warn', { reason: 'claim-aud', times: 1 }],
        ['warn', { reason: 'claim-aud', times: 5 }],
      ],
    );
    assert.ok(!JSON.stringify(log.lines).includes(token.split('.')[1]!));
  });

  describe('with keys from a URL', () => {
    it('fails closed once the keys are too old and the issuer is away', async () => {
      let now = noon;
      let up = true;
      let asked = 0;
      const issuerServer = createServer((_req, res) => {
        asked++;
        res.statusCode = up ? 200 : 503;
        res.end(JSON.stringify(key.jwks));
      });
      await new Promise<void>((resolve) => issuerServer.listen(0, '127.0.0.1', resolve));
      try {
        const url = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}/jwks`;
        // Keys that are never fresh: each token that is not remembered asks again.
        const authenticate = open({ keys: { kind: 'url', url }, cacheSeconds: 0, now: () => now });
        const token = async (): Promise<string> => `Bearer ${await sign({ ...claims, jti: String(now++) })}`;
        await authenticate(await token());
        up = false;
        const { error } = await attempt(authenticate, await token());
        assert.ok(isHttpProblem(error));
        assert.deepEqual([error.problem, error.reason, asked], ['KEYS_UNAVAILABLE', 'keys-unavailable', 2]);
        up = true;
        await authenticate(await token());
      } finally {
        issuerServer.closeAllConnections();
        issuerServer.close();
      }
      const { error } = await attempt(open({ keys: { kind: 'url', url: 'http://127.0.0.1:1/jwks' } }), `Bearer ${await sign(claims)}`);
      assert.ok(isHttpProblem(error) && error.problem === 'KEYS_UNAVAILABLE');
    });

    it('lets every good token in while keys are rotated, and none of a withdrawn key', async () => {
      const next = await newKey();
      let published: JSONWebKeySet = key.jwks;
      const issuerServer = createServer((_req, res) => res.end(JSON.stringify(published)));
      await new Promise<void>((resolve) => issuerServer.listen(0, '127.0.0.1', resolve));
      let at = noon;
      const clock = mock.method(Date, 'now', () => at);
      try {
        const url = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}/jwks`;
        const authenticate = open({ keys: { kind: 'url', url }, cacheSeconds: 600, now: Date.now });
        let jti = 0;
        const tokenOf = ({ kid, privateKey }: TokenKey): Promise<string> =>
          sign({ ...claims, exp: seconds + 7200, jti: String(++jti) }, { kid }, privateKey).then((token) => `Bearer ${token}`);
        /** Many tokens at once, each seen for the first time. */
        const refused = async (by: TokenKey): Promise<number> => {
          const tokens = await Promise.all(Array.from({ length: 40 }, () => tokenOf(by)));
          const outcomes = await Promise.all(tokens.map((token) => attempt(authenticate, token)));
          return outcomes.filter(({ error }) => error !== undefined).length;
        };
        const remembered = await tokenOf(key);
        assert.deepEqual([await attempt(authenticate, remembered), await refused(key)], [{}, 0]);
        // Published first, signed with half a minute later at the earliest: that long the hub does not ask again.
        published = { keys: [...key.jwks.keys, ...next.jwks.keys] };
        at += 30_000;
        assert.deepEqual([await refused(next), await refused(key)], [0, 0]);
        published = next.jwks;
        at += 600_000;
        assert.deepEqual([await refused(next), await refused(key)], [0, 40]);
        assert.ok(isHttpProblem((await attempt(authenticate, remembered)).error), 'also one that was remembered');
      } finally {
        clock.mock.restore();
        issuerServer.closeAllConnections();
        issuerServer.close();
      }
    });

    it('does not ask over a wire that others can read', () => {
      assert.throws(
        () => open({ keys: { kind: 'url', url: 'http://issuer.test/jwks' } }),
        (error) => error instanceof HubError && error.code === 'CONFIG_INVALID',
      );
    });
  });

  describe('with keys from a file', () => {
    it('takes public keys and nothing else', async () => {
      const { folder, remove } = openFolder();
      try {
        const file = join(folder, 'jwks.json');
        const source = { keys: { kind: 'file', file } } as const;
        writeFileSync(file, JSON.stringify(key.jwks));
        await open(source)(`Bearer ${await sign(claims)}`);
        for (const text of [
          '{',
          '{}',
          JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }),
          JSON.stringify({ keys: [{ kty: 'EC', d: 'x' }] }),
        ]) {
          writeFileSync(file, text);
          assert.throws(
            () => open(source),
            (error) => error instanceof HubError && error.code === 'CONFIG_INVALID' && !error.message.includes('\n'),
          );
        }
      } finally {
        remove();
      }
    });
  });
});
