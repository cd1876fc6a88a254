// The keys that sign copies of packages: the first of a JWK Set signs, the public halves of all are published.
import express from 'express';
import { calculateJwkThumbprint, CompactSign, exportJWK, generateKeyPair, importJWK } from 'jose';
import { HubError } from '../../domain/errors.ts';
import { accessNote } from './access-log.ts';
import { sendText } from './respond.ts';
import { ownSecret, readIfThere, refuseReadable, replaceSecret } from './secret-file.ts';
import type { JSONWebKeySet, JWK } from 'jose';
import type { Signer } from '../../ports/signing.ts';
import type { Mount } from './api.ts';

export interface SigningKeys extends Signer {
  /** Public keys: of the one that signs, and of those that did. */
  jwks: JSONWebKeySet;
}

/**
 * Opens a JWK Set whose first private key (EC P-256 or Ed25519) signs; a single JWK will do. `ours` is made when there is
 * none, and for its owner alone; a file that is handed over may be for a group too, as secrets are mounted.
 * Errors: CONFIG_INVALID when it cannot be used or others may read it, DATA_DIRECTORY when it cannot be written.
 */
export async function openSigningKeys(file: string, { ours }: { ours: boolean }): Promise<SigningKeys> {
  const keys = keysIn(file, ours ? await ownSecret(file, async () => JSON.stringify({ keys: [await newKey()] })) : handedOver(file));
  try {
    const secret = keys.find(({ d }) => d !== undefined);
    if (!secret) throw new Error('there is no private key in it');
    const { alg, kid } = (await publicHalf(secret)) as { alg: string; kid: string };
    const key = await importJWK(secret, alg);
    const jwks = { keys: await Promise.all(keys.map(publicHalf)) };
    return {
      jwks,
      sign: (payload, typ) => new CompactSign(Buffer.from(JSON.stringify(payload))).setProtectedHeader({ alg, kid, typ }).sign(key),
    };
  } catch (cause) {
    // The message of the cause could repeat parts of the key.
    throw new HubError('CONFIG_INVALID', `${file} holds no key that signs with ES256 or EdDSA`, { cause });
  }
}

/** Lets a new key sign from now on; of those before, the public halves stay, so that what they signed can be verified. */
export async function rotateSigningKeys(file: string): Promise<SigningKeys> {
  const { jwks } = await openSigningKeys(file, { ours: true });
  replaceSecret(file, JSON.stringify({ keys: [await newKey(), ...jwks.keys] }));
  return openSigningKeys(file, { ours: true });
}

/** Where no key is configured nothing is signed, rather than with a key that other processes do not know. */
export const noSigner: Signer = {
  sign: () =>
    Promise.reject(new HubError('CONFIG_INVALID', 'HUB_SIGNING_KEY_FILE is not set: beside Kafka every process signs with the same key')),
};

/** Serves public keys at `/.well-known/jwks.json`, to anybody: they are what copies are verified with. */
export function jwksMount(jwks: JSONWebKeySet): Mount {
  const text = JSON.stringify(jwks);
  const router = express.Router({ caseSensitive: true, strict: true });
  router.get('/jwks.json', (_req, res) => {
    accessNote(res).operationId = 'jwks';
    sendText(res, 200, 'application/jwk-set+json', text);
  });
  return { path: '/.well-known', router };
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return exportJWK(privateKey);
}

function handedOver(file: string): string {
  const text = readIfThere(file);
  if (text === null) throw new HubError('CONFIG_INVALID', `${file} is not there`);
  refuseReadable(file, 0o007);
  return text;
}

function keysIn(file: string, text: string): JWK[] {
  try {
    const value = JSON.parse(text) as JWK | JSONWebKeySet;
    return Array.isArray((value as JSONWebKeySet).keys) ? (value as JSONWebKeySet).keys : [value as JWK];
  } catch (cause) {
    throw new HubError('CONFIG_INVALID', `${file} is not JSON`, { cause });
  }
}

async function publicHalf({ kty, crv, x, y }: JWK): Promise<JWK> {
  const alg = kty === 'EC' && crv === 'P-256' ? 'ES256' : kty === 'OKP' && crv === 'Ed25519' ? 'EdDSA' : null;
  if (alg === null || x === undefined) throw new Error('no key of ES256 or EdDSA');
  const open: JWK = { kty: kty!, crv: crv!, x, ...(y !== undefined && { y }) };
  return { ...open, kid: await calculateJwkThumbprint(open), alg, use: 'sig' };
}
