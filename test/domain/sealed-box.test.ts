// Boxes, pseudonyms and tokens, against values worked out by other means: what is stored must stay readable for ever.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import fc from 'fast-check';
import { HubError } from '../../services/domain/errors.ts';
import { checkOf, digestOf, openBox, plaintextOf, pseudonymOf, sealBox, tokenOf } from '../../services/domain/sealed-box.ts';
import type { PersonalData } from '../../services/domain/facts.ts';

const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
const nonce = Buffer.from(Array.from({ length: 12 }, (_, i) => 100 + i));
const data: PersonalData = { name: '金丝雀', idType: 'citizen-id', idNumber: '1', phone: null, address: null };

describe('a sealed box', () => {
  it('is a nonce, then AES-256-GCM with the person as additional data', async () => {
    const box = sealBox(key, nonce, 'p-1', plaintextOf(data));
    assert.deepEqual(Buffer.from(box.subarray(0, 12)), nonce);
    const secret = await webcrypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
    const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: Buffer.from('p-1') };
    const opened = await webcrypto.subtle.decrypt(algorithm, secret, box.subarray(12));
    assert.deepEqual(JSON.parse(Buffer.from(opened).toString()), data);
  });

  it('gives back what was sealed, to the same person and key only, and only unaltered', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
    const property = fc.property(bytes(32), bytes(12), fc.string({ unit: 'grapheme' }), fc.nat(), (anyKey, anyNonce, name, n) => {
      const box = sealBox(anyKey, anyNonce, 'p-1', plaintextOf({ ...data, name }));
      assert.deepEqual(openBox(anyKey, 'p-1', box), { ...data, name });
      const altered = Buffer.from(box);
      altered[n % box.length]! ^= 1 + (n % 255);
      const corrupt = (error: unknown): boolean => error instanceof HubError && error.code === 'STORE_CORRUPT';
      assert.throws(() => openBox(anyKey, 'p-1', altered), corrupt);
      assert.throws(() => openBox(anyKey, 'p-2', box), corrupt);
      assert.equal(openBox(anyKey, 'p-1', box.subarray(0, n % 28)), null);
    });
    fc.assert(property, { numRuns: 50 });
  });
});

describe('what hides a person', () => {
  it('is HMAC-SHA-256 under a label each', () => {
    assert.equal(pseudonymOf(key, 'citizen-id', '11010119700101001X'), 'p-Zl0jjmt_wryM4OuxOMI50A');
    assert.equal(tokenOf(key, 'place:模拟路'), 'H2kegmu_NDy6');
    assert.equal(digestOf(key, plaintextOf(data)).toString('hex'), '8c6eaed7c3b3ba46123281eb2a50d28a');
    assert.equal(checkOf(key).toString('hex'), '4dbc0b662b9043db529d495b843ece6a8e8600a3ca3b7a0b1a8d7405247cf311');
  });
});
