// The keys that sign copies: made once and kept secret, rotated without losing the old, and published in their public half.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compactVerify, createLocalJWKSet, exportJWK, generateKeyPair } from 'jose';
import { HubError } from '../../../services/domain/errors.ts';
import { jwksMount, noSigner, openSigningKeys, rotateSigningKeys } from '../../../services/drivers/http/signing-keys.ts';
import { startHttp } from '../../../services/drivers/http/server.ts';
import { keepLog, openFolder } from './fixture.ts';

const refused = (error: unknown): boolean => error instanceof HubError && error.code === 'CONFIG_INVALID';

describe('signing keys', () => {
  let folder: string;
  let remove: () => void;
  let file: string;
  beforeEach(() => {
    ({ folder, remove } = openFolder());
    file = join(folder, 'signing-keys.json');
  });
  afterEach(() => remove());

  it('are made on the first run, readable by their owner alone, one for all who start at once, the same ever after', async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => openSigningKeys(file, { ours: true })));
    const kids = new Set(all.map(({ jwks }) => jwks.keys[0]!.kid));
    assert.equal(kids.size, 1);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(Object.keys(all[0]!.jwks.keys[0]!).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  it('leave no draft of a process that was killed while it wrote them, and let one that is being written be', async () => {
    const [left, underWay, other] = [`${file}.${randomUUID()}`, `${file}.${randomUUID()}`, `${file}.old`];
    for (const path of [left, underWay, other]) writeFileSync(path, '{}');
    for (const path of [left, other]) utimesSync(path, 1, 1);
    await openSigningKeys(file, { ours: true });
    assert.deepEqual(readdirSync(folder).sort(), [file, underWay, other].map((path) => basename(path)).sort());
  });

  it('let what was signed before a rotation be verified after it', async () => {
    const first = await openSigningKeys(file, { ours: true });
    const before = await first.sign({ said: 'before' }, 'test');
    const second = await rotateSigningKeys(file);
    const third = await rotateSigningKeys(file);
    assert.equal(third.jwks.keys.length, 3);
    const after = await third.sign({ said: 'after' }, 'test');
    const keys = createLocalJWKSet(third.jwks);
    for (const [jws, kid] of [
      [before, first.jwks.keys[0]!.kid],
      [after, third.jwks.keys[0]!.kid],
    ] as const) {
      const { protectedHeader } = await compactVerify(jws, keys);
      assert.deepEqual(protectedHeader, { alg: 'ES256', kid, typ: 'test' });
    }
    assert.notEqual(second.jwks.keys[0]!.kid, third.jwks.keys[0]!.kid);
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { keys: object[] };
    assert.deepEqual(
      kept.keys.map((key) => 'd' in key),
      [true, false, false],
      'secrets of old keys are gone',
    );
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('may be handed over: one JWK or several, ES256 or EdDSA, for a group to read', async () => {
    for (const alg of ['ES256', 'EdDSA']) {
      const { privateKey } = await generateKeyPair(alg, { extractable: true });
      writeFileSync(file, JSON.stringify(await exportJWK(privateKey)));
      chmodSync(file, 0o440);
      const keys = await openSigningKeys(file, { ours: false });
      await compactVerify(await keys.sign({}, 'test'), createLocalJWKSet(keys.jwks));
      assert.equal(keys.jwks.keys[0]!.alg, alg);
      chmodSync(file, 0o600);
    }
  });

  it('are refused when others may read them, when they are missing, and when nothing in them can sign', async () => {
    await assert.rejects(openSigningKeys(file, { ours: false }), refused);
    await openSigningKeys(file, { ours: true });
    chmodSync(file, 0o644);
    await assert.rejects(openSigningKeys(file, { ours: true }), refused);
    await assert.rejects(openSigningKeys(file, { ours: false }), refused);
    chmodSync(file, 0o600);
    const [secret] = (JSON.parse(readFileSync(file, 'utf8')) as { keys: { d: string }[] }).keys;
    for (const text of [
      '{',
      '{}',
      '{"keys":[]}',
      JSON.stringify({ ...secret, d: undefined }),
      JSON.stringify({ ...secret, crv: 'P-384' }),
    ]) {
      writeFileSync(file, text);
      await assert.rejects(
        openSigningKeys(file, { ours: true }),
        (error) => refused(error) && !(error as Error).message.includes(secret!.d),
      );
    }
    await assert.rejects(noSigner.sign({}, 'test'), refused);
  });

  it('are public for anybody at the well-known address, without their secrets', async () => {
    const { jwks } = await openSigningKeys(file, { ours: true });
    const log = keepLog();
    const health = { live: () => [], ready: () => [] };
    const server = await startHttp({ host: '127.0.0.1', port: 0, mounts: [jwksMount(jwks)], health, logger: log });
    try {
      const response = await fetch(`${server.url}/.well-known/jwks.json`);
      assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'application/jwk-set+json']);
      assert.deepEqual(await response.json(), jwks);
      assert.equal((await fetch(`${server.url}/.well-known/jwks.json`, { method: 'POST' })).status, 404);
    } finally {
      await server.close();
    }
  });
});
