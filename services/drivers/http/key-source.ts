// Where the public keys that verify tokens come from: a URL of the issuer, a file, or the hub's own key.
import { readFileSync } from 'node:fs';
import { createLocalJWKSet, createRemoteJWKSet } from 'jose';
import { HubError } from '../../domain/errors.ts';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';

/** Where the public keys come from. A URL must be https, or plain http on this machine itself. */
export type KeySource = { kind: 'url'; url: string } | { kind: 'file'; file: string } | { kind: 'jwks'; jwks: JSONWebKeySet };

/** Errors: CONFIG_INVALID. A URL is asked when the first token comes, and again when its keys are older than the cache allows. */
export function openKeys(source: KeySource, cacheSeconds: number): JWTVerifyGetKey {
  try {
    if (source.kind === 'jwks') return createLocalJWKSet(publicKeysOnly(source.jwks));
    if (source.kind === 'file') return createLocalJWKSet(publicKeysOnly(parseKeys(readFileSync(source.file, 'utf8'))));
    const url = new URL(source.url);
    const here = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && here)) throw new Error('the JWKS URL must be https');
    return createRemoteJWKSet(url, { timeoutDuration: 3_000, cooldownDuration: 30_000, cacheMaxAge: cacheSeconds * 1000 });
  } catch (cause) {
    throw new HubError('CONFIG_INVALID', `the keys to verify tokens cannot be used: ${(cause as Error).message.split('\n')[0]}`, { cause });
  }
}

function parseKeys(text: string): JSONWebKeySet {
  try {
    return JSON.parse(text) as JSONWebKeySet;
  } catch {
    // The parser's own words repeat what it read, which may be a secret put there by mistake.
    throw new Error('the file is not JSON');
  }
}

/** A secret among the keys to verify with is a mistake of whoever set it up, and would invite others. */
function publicKeysOnly(jwks: JSONWebKeySet): JSONWebKeySet {
  if (!Array.isArray(jwks.keys)) throw new Error('not a JSON Web Key Set');
  if (jwks.keys.some((key) => key.kty === 'oct' || 'd' in key)) throw new Error('it holds a secret key; give public keys only');
  return jwks;
}
