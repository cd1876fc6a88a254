// The hub's own token key: made once, kept secret, and good for tokens that the authentication lets in.
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openAuthentication } from '../../../services/drivers/http/authenticate.ts';
import { readConsumers } from '../../../services/drivers/http/consumers.ts';
import { issueToken, openTokenKey } from '../../../services/drivers/http/keys.ts';
import { HubError } from '../../../services/domain/errors.ts';
import { audience, issuer, keepLog, openFolder, root } from './fixture.ts';

describe('the token key', () => {
  let folder: string;
  let remove: () => void;
  beforeEach(() => {
    ({ folder, remove } = openFolder());
  });
  afterEach(() => remove());

  it('is made on the first run, readable by its owner alone, and the same ever after', async () => {
    const file = join(folder, 'token-key.jwk');
    const first = await openTokenKey(file);
    const second = await openTokenKey(file);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(second.jwks, first.jwks);
    assert.deepEqual(readdirSync(folder), ['token-key.jwk']);
  });

  it('is one key when several processes start at once', async () => {
    const file = join(folder, 'token-key.jwk');
    const keys = await Promise.all([1, 2, 3, 4].map(() => openTokenKey(file)));
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, 1);
  });

  it('gives away its public half only', async () => {
    const file = join(folder, 'token-key.jwk');
    const { jwks } = await openTokenKey(file);
    assert.deepEqual(Object.keys(jwks.keys[0]!).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  it('is refused when others may read it, and when it is no key, without repeating it', async () => {
    const file = join(folder, 'token-key.jwk');
    await openTokenKey(file);
    chmodSync(file, 0o644);
    await assert.rejects(
      openTokenKey(file),
      (error) => error instanceof HubError && error.code === 'CONFIG_INVALID' && /chmod 600/.test(error.message),
    );
    const { d } = JSON.parse(readFileSync(file, 'utf8')) as { d: string };
    for (const text of [`{"d":"${d}"`, `{"kty":"EC","crv":"P-256","d":"${d}"}`]) {
      writeFileSync(file, text);
      chmodSync(file, 0o600);
      await assert.rejects(
        openTokenKey(file),
        (error) => error instanceof HubError && error.code === 'CONFIG_INVALID' && !error.message.includes(d),
      );
    }
    await assert.rejects(
      openTokenKey(join(folder, 'none', 'key.jwk')),
      (error) => error instanceof HubError && error.code === 'DATA_DIRECTORY',
    );
  });

  it('signs tokens that let in', async () => {
    const key = await openTokenKey(join(folder, 'token-key.jwk'));
    const token = await issueToken({ key, scope: 'audit:read', consumer: 'auditor', issuer, audience, expiresInSeconds: 60 });
    const consumers = readConsumers(join(root, 'contracts/consumers'));
    const authenticate = openAuthentication({ issuer, audience, keys: { kind: 'jwks', jwks: key.jwks }, consumers, logger: keepLog() });
    const consumer = await authenticate(`Bearer ${token}`);
    assert.deepEqual([consumer.id, consumer.scopes], ['auditor', ['audit:read']]);
  });
});
