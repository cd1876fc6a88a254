// The embedded key store: one AES-256 key a person in a file of its own, so that destroying a row erases the person.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { HubError } from '../../domain/errors.ts';
import { openDatabase, sqliteCall } from './database.ts';
import type { PersonalData } from '../../domain/facts.ts';
import type { PersonKeys } from '../../ports/person-keys.ts';

const nonceBytes = 12;
const tagBytes = 16;

/**
 * Opens the keys in `file`. `pseudonymKey` (32 bytes) fixes the HMAC key, so that two installations give the same
 * pseudonyms; otherwise one is made on first use and kept in the file. A file is never used with two: CONFIG_INVALID,
 * at once, or for a reader when it first asks for a pseudonym.
 */
export function openSqlitePersonKeys(file: string, options: { pseudonymKey?: Uint8Array; readOnly?: boolean } = {}): PersonKeys {
  // secure_delete overwrites what is deleted: a destroyed key must not be readable from free pages.
  const db = openDatabase(file, { durable: true, secureDelete: true });
  sqliteCall(file, () =>
    db.exec(`
    CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS person (pseudonym TEXT PRIMARY KEY, key BLOB, erasedtime INTEGER) STRICT, WITHOUT ROWID;`),
  );
  const select = db.prepare('SELECT key FROM person WHERE pseudonym = ?').pluck();
  const insert = db.prepare('INSERT OR IGNORE INTO person (pseudonym, key) VALUES (?, ?)');
  const destroy = db.prepare('UPDATE person SET key = NULL, erasedtime = ? WHERE pseudonym = ? AND key IS NOT NULL');
  const tombstone = db.prepare('INSERT OR IGNORE INTO person (pseudonym, key, erasedtime) VALUES (?, NULL, ?)');
  const secret = db.prepare('SELECT value FROM secret WHERE name = ?').pluck();
  const keepSecret = db.prepare('INSERT OR IGNORE INTO secret VALUES (?, ?)');
  const hmacKey = pseudonymKey();
  const recent = new LRUCache<string, Buffer>({ max: 10_000 });
  const unsaved = new Map<string, Buffer>();

  /** The key given, or one made on first use; null when the file was begun with another, which must never be mixed with it. */
  function pseudonymKey(): Buffer | null {
    const given = options.pseudonymKey && Buffer.from(options.pseudonymKey);
    if (!given && secret.get('check') === undefined) keepSecret.run('pseudonym', randomBytes(32));
    const key = given ?? (secret.get('pseudonym') as Buffer | undefined);
    if (!key) return null;
    const check = createHmac('sha256', key).update('check').digest();
    keepSecret.run('check', check);
    return check.equals(secret.get('check') as Buffer) ? key : null;
  }
  function requireKey(): Buffer {
    if (hmacKey) return hmacKey;
    throw new HubError('CONFIG_INVALID', 'this data directory was begun with another HUB_PSEUDONYM_KEY; set that one');
  }
  if (!options.readOnly) requireKey();
  const hmac = (label: string, text: string): Buffer => createHmac('sha256', requireKey()).update(`${label}\0${text}`).digest();

  /** The person's key, made when there is none; null when it was destroyed. */
  function keyFor(person: string): Buffer | null {
    const cached = unsaved.get(person) ?? recent.get(person);
    if (cached) return cached;
    const stored = select.get(person) as Buffer | null | undefined;
    if (stored === null) return null;
    const key = stored ?? randomBytes(32);
    if (stored) recent.set(person, key);
    else unsaved.set(person, key);
    return key;
  }

  return {
    pseudonym: (idType, idNumber) => `p-${hmac('person', `${idType}\0${idNumber}`).subarray(0, 16).toString('base64url')}`,
    token: (text) => hmac('token', text).subarray(0, 9).toString('base64url'),
    seal(person, data) {
      const plaintext = Buffer.from(JSON.stringify(data));
      const digest = hmac('sealed', plaintext.toString('base64')).subarray(0, 16);
      const key = keyFor(person);
      if (!key) return { digest, box: Buffer.alloc(0) };
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(person));
      return { digest, box: Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]) };
    },
    save() {
      if (unsaved.size === 0) return;
      sqliteCall(file, () =>
        db
          .transaction(() => {
            for (const [person, key] of unsaved) insert.run(person, key);
          })
          .immediate(),
      );
      for (const [person, key] of unsaved) recent.set(person, key);
      unsaved.clear();
    },
    open(person, box) {
      // Never from the cache: another process may have destroyed the key a moment ago.
      const key = select.get(person) as Buffer | null | undefined;
      if (!key || box.byteLength < nonceBytes + tagBytes) return null;
      const bytes = Buffer.from(box);
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes)).setAAD(Buffer.from(person));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      try {
        const plaintext = Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
        return JSON.parse(plaintext.toString()) as PersonalData;
      } catch (cause) {
        throw new HubError('STORE_CORRUPT', 'sealed personal data was altered, or sealed under another key', { cause });
      }
    },
    state(person) {
      const key = select.get(person) as Buffer | null | undefined;
      return key === undefined ? 'unknown' : key === null ? 'erased' : 'present';
    },
    erase(person, at) {
      recent.delete(person);
      unsaved.delete(person);
      return sqliteCall(file, () => {
        const known = select.get(person) as Buffer | null | undefined;
        if (known === null) return 'already-erased';
        // Unknown persons get a tombstone too, so that a later record of theirs makes no key.
        if (known) destroy.run(at, person);
        else tombstone.run(person, at);
        // The key also stood in the write-ahead log: fold it in and empty it.
        db.pragma('wal_checkpoint(TRUNCATE)');
        return known ? 'erased' : 'unknown';
      });
    },
    close() {
      db.close();
    },
  };
}
