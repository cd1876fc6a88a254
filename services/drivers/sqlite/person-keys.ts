// The embedded key store: one AES-256 key a person in a file of its own, so that destroying a row erases the person.
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { HubError } from '../../domain/errors.ts';
import { checkOf, digestOf, keyBytes, nonceBytes, openBox, plaintextOf, pseudonymOf, sealBox, tokenOf } from '../../domain/sealed-box.ts';
import { openDatabase, sqliteCall } from './database.ts';
import { createWriteGuard } from './write-guard.ts';
import type { PersonKeys } from '../../ports/person-keys.ts';

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
  const write = createWriteGuard(file);
  const select = db.prepare('SELECT key FROM person WHERE pseudonym = ?').pluck();
  const insert = db.prepare('INSERT OR IGNORE INTO person (pseudonym, key) VALUES (?, ?)');
  const destroy = db.prepare('UPDATE person SET key = NULL, erasedtime = ? WHERE pseudonym = ? AND key IS NOT NULL');
  const tombstone = db.prepare('INSERT OR IGNORE INTO person (pseudonym, key, erasedtime) VALUES (?, NULL, ?)');
  const secret = db.prepare('SELECT value FROM secret WHERE name = ?').pluck();
  const keepSecret = db.prepare('INSERT OR IGNORE INTO secret VALUES (?, ?)');
  const hmacKey = pseudonymKey();
  const recent = new LRUCache<string, Buffer>({ max: 10_000 });
  const unsaved = new Map<string, Buffer>();
  /** Changes when another connection has written to the file, not when this one has. */
  const dataVersion = (): unknown => db.pragma('data_version', { simple: true });
  let seen = dataVersion();

  /** The key given, or one made on first use; null when the file was begun with another, which must never be mixed with it. */
  function pseudonymKey(): Buffer | null {
    const given = options.pseudonymKey && Buffer.from(options.pseudonymKey);
    if (!given && secret.get('check') === undefined) keepSecret.run('pseudonym', randomBytes(keyBytes));
    const key = given ?? (secret.get('pseudonym') as Buffer | undefined);
    if (!key) return null;
    const check = checkOf(key);
    keepSecret.run('check', check);
    return check.equals(secret.get('check') as Buffer) ? key : null;
  }
  function requireKey(): Buffer {
    if (hmacKey) return hmacKey;
    throw new HubError('CONFIG_INVALID', 'this data directory was begun with another HUB_PSEUDONYM_KEY; set that one');
  }
  if (!options.readOnly) requireKey();

  /** The person's key, made when there is none; null when it was destroyed. */
  function keyFor(person: string): Buffer | null {
    const cached = unsaved.get(person) ?? recent.get(person);
    if (cached) return cached;
    const stored = select.get(person) as Buffer | null | undefined;
    if (stored === null) return null;
    const key = stored ?? randomBytes(keyBytes);
    if (stored) recent.set(person, key);
    else unsaved.set(person, key);
    return key;
  }

  return {
    ready: async () => undefined,
    pseudonym: (idType, idNumber) => pseudonymOf(requireKey(), idType, idNumber),
    token: (text) => tokenOf(requireKey(), text),
    seal(person, data) {
      const plaintext = plaintextOf(data);
      const digest = digestOf(requireKey(), plaintext);
      const key = keyFor(person);
      return { digest, box: key ? sealBox(key, randomBytes(nonceBytes), person, plaintext) : Buffer.alloc(0) };
    },
    async save() {
      if (unsaved.size === 0 && dataVersion() === seen) return 'saved';
      const kept = write(() =>
        db
          .transaction(() => {
            // Another process destroyed or made keys meanwhile: none that is remembered is certain any more.
            if (dataVersion() !== seen) return false;
            for (const [person, key] of unsaved) insert.run(person, key);
            return true;
          })
          .immediate(),
      );
      if (kept) for (const [person, key] of unsaved) recent.set(person, key);
      else recent.clear();
      unsaved.clear();
      seen = dataVersion();
      return kept ? 'saved' : 'again';
    },
    async open(person, box) {
      // Never from the cache: another process may have destroyed the key a moment ago.
      const key = select.get(person) as Buffer | null | undefined;
      return key ? openBox(key, person, box) : null;
    },
    async state(person) {
      const key = select.get(person) as Buffer | null | undefined;
      return key === undefined ? 'unknown' : key === null ? 'erased' : 'present';
    },
    async erase(person, at) {
      recent.delete(person);
      unsaved.delete(person);
      return write(() => {
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
    async close() {
      db.close();
    },
  };
}
