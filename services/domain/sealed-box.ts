// How personal data is hidden: sealed boxes, pseudonyms and tokens. Keys and nonces come as arguments.
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { HubError } from './errors.ts';
import type { PersonalData } from './facts.ts';

export const keyBytes = 32;
export const nonceBytes = 12;
const tagBytes = 16;

const hmac = (hmacKey: Uint8Array, label: string, text: string): Buffer =>
  createHmac('sha256', hmacKey).update(`${label}\0${text}`).digest();

/** The pseudonym of an identity document: `p-` and 22 characters. */
export const pseudonymOf = (hmacKey: Uint8Array, idType: string, idNumber: string): string =>
  `p-${hmac(hmacKey, 'person', `${idType}\0${idNumber}`).subarray(0, 16).toString('base64url')}`;

/** A keyed token of a text: 12 characters. */
export const tokenOf = (hmacKey: Uint8Array, text: string): string => hmac(hmacKey, 'token', text).subarray(0, 9).toString('base64url');

/** Tells one HMAC key from another without giving it away. */
export const checkOf = (hmacKey: Uint8Array): Buffer => createHmac('sha256', hmacKey).update('check').digest();

/** Personal data as the bytes that are sealed. */
export const plaintextOf = (data: PersonalData): Buffer => Buffer.from(JSON.stringify(data));

/** 16 bytes that tell whether two boxes hold the same, whatever their keys and nonces. */
export const digestOf = (hmacKey: Uint8Array, plaintext: Buffer): Buffer =>
  hmac(hmacKey, 'sealed', plaintext.toString('base64')).subarray(0, 16);

/** AES-256-GCM for one person: nonce, ciphertext, tag. A nonce is used once with a key. */
export function sealBox(key: Uint8Array, nonce: Uint8Array, person: string, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(person));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** What a box holds; null for one that is empty, as those of erased persons are. Errors: STORE_CORRUPT. */
export function openBox(key: Uint8Array, person: string, box: Uint8Array): PersonalData | null {
  if (box.byteLength < nonceBytes + tagBytes) return null;
  const bytes = Buffer.from(box);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes)).setAAD(Buffer.from(person));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const plaintext = Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    return JSON.parse(plaintext.toString()) as PersonalData;
  } catch (cause) {
    throw new HubError('STORE_CORRUPT', 'sealed personal data was altered, or sealed under another key', { cause });
  }
}
