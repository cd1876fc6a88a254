// The hub's own token key, for when no identity provider is configured: made on first run, and tokens signed with it.
import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import { HubError } from '../../domain/errors.ts';
import { ownSecret } from './secret-file.ts';
import type { CryptoKey, JSONWebKeySet, JWK } from 'jose';

export interface TokenKey {
  kid: string;
  privateKey: CryptoKey;
  /** The public half, for {@link openAuthentication}. */
  jwks: JSONWebKeySet;
}

export interface TokenRequest {
  key: TokenKey;
  /** Scopes, separated by blanks. */
  scope: string;
  /** A consumer of `contracts/consumers/`. */
  consumer: string;
  issuer: string;
  audience: string;
  expiresInSeconds: number;
  /** Milliseconds since the epoch; the system's clock unless given. */
  now?: () => number;
}

/**
 * Opens the ES256 key in `file` (a private JWK, mode 0600), making it when there is none.
 * Errors: CONFIG_INVALID when it cannot be used or others may read it, DATA_DIRECTORY when it cannot be written.
 */
export async function openTokenKey(file: string): Promise<TokenKey> {
  const text = await ownSecret(file, async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    return JSON.stringify(await exportJWK(privateKey));
  });
  try {
    const { d, ...open } = JSON.parse(text) as JWK;
    const privateKey = (await importJWK({ ...open, ...(d !== undefined && { d }) }, 'ES256')) as CryptoKey;
    const kid = await calculateJwkThumbprint(open);
    if (privateKey.type !== 'private') throw new Error('it is not a private key');
    return { kid, privateKey, jwks: { keys: [{ kty: open.kty!, crv: open.crv!, x: open.x!, y: open.y!, kid, alg: 'ES256', use: 'sig' }] } };
  } catch (cause) {
    // The message of the cause could repeat parts of the key.
    throw new HubError('CONFIG_INVALID', `${file} does not hold a usable ES256 key; delete it to have a new one made`, { cause });
  }
}

/** Signs a token of the shape that the authentication checks. */
export async function issueToken({
  key,
  scope,
  consumer,
  issuer,
  audience,
  expiresInSeconds,
  now = Date.now,
}: TokenRequest): Promise<string> {
  const issuedAt = Math.floor(now() / 1000);
  return new SignJWT({ client_id: consumer, scope })
    .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(consumer)
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + expiresInSeconds)
    .sign(key.privateKey);
}
