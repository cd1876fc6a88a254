// The keys of persons in PostgreSQL, best in a database of their own: one row each, so that emptying it erases the person.
//
// What "destroyed" means here. The moment `erase` has committed no process reads the key again. PostgreSQL keeps the old
// version of a changed row until it is vacuumed, so the table is then written anew without it, if a lock can be had
// quickly, and the old file is deleted. The key also stood in the write-ahead log: it is gone once those segments are
// recycled, and from standbys, archives and base backups when those expire. Keep this database's log archive and
// backups for days, not years, and outside the backups of everything else.
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { HubError } from '../../domain/errors.ts';
import { digestOf, keyBytes, nonceBytes, openBox, plaintextOf, pseudonymOf, sealBox, tokenOf } from '../../domain/sealed-box.ts';
import { openDatabase, schemaName } from './database.ts';
import { tablesOnFirstUse } from './make-tables.ts';
import { readPseudonymKey } from './pseudonym-key.ts';
import { textArray } from './text.ts';
import type { PersonKeys } from '../../ports/person-keys.ts';
import type { PostgresOptions } from './database.ts';

export interface PostgresPersonKeysOptions extends PostgresOptions {
  schema?: string;
  /** Fixes the HMAC key (32 bytes), so that two installations give the same pseudonyms; else one is made on first use. */
  pseudonymKey?: Uint8Array;
}

/** Stands for the key of an erased person. */
const erased = Buffer.alloc(0);

/** Opens the keys at `url` without connecting yet. Errors: CONFIG_INVALID, also from `ready` for another pseudonym key. */
export function openPostgresPersonKeys(options: PostgresPersonKeysOptions): PersonKeys {
  const schema = schemaName(options.schema ?? 'hub_keys');
  const database = openDatabase(options);
  const made = tablesOnFirstUse(
    database,
    schema,
    'person',
    `CREATE TABLE ${schema}.secret (name text PRIMARY KEY, value bytea NOT NULL);
     CREATE TABLE ${schema}.person (pseudonym text COLLATE "C" PRIMARY KEY, key bytea, erasedtime bigint);`,
  );
  let hmacKey: Buffer | null = null;
  // Also holds keys that are not kept yet: `save` compares all that were used with those that are.
  const recent = new LRUCache<string, Buffer>({ max: 50_000 });
  let used = new Map<string, Buffer>();

  function requireKey(): Buffer {
    if (hmacKey) return hmacKey;
    throw new HubError('ENGINE_UNAVAILABLE', `the keys in PostgreSQL at ${database.where} have not been read yet`);
  }
  async function keyOf(person: string): Promise<Buffer | null> {
    await made();
    const text = `SELECT key FROM ${schema}.person WHERE pseudonym = $1`;
    return (await database.query<{ key: Buffer | null }>({ name: 'key', text, values: [person] }))[0]?.key ?? null;
  }
  /** Those of `keys` that are not what is kept, with what is. Keeps what was not there. */
  async function keep(keys: Map<string, Buffer>): Promise<{ pseudonym: string; key: Buffer | null }[]> {
    // In one order everywhere, lest two processes wait for each other.
    const persons = [...keys.keys()].sort();
    const values = [
      textArray(persons),
      textArray(persons.map((person) => (keys.get(person) === erased ? null : keys.get(person)!.toString('hex')))),
    ];
    const given = `SELECT pseudonym, decode(hex, 'hex') AS key FROM unnest($1::text[], $2::text[]) WITH ORDINALITY u (pseudonym, hex, n)`;
    const insert = `INSERT INTO ${schema}.person (pseudonym, key) ${given} WHERE hex IS NOT NULL ORDER BY n ON CONFLICT DO NOTHING`;
    await database.query({ name: 'keep', text: insert, values });
    const differing = `SELECT p.pseudonym, p.key FROM (${given}) g JOIN ${schema}.person p USING (pseudonym) WHERE p.key IS DISTINCT FROM g.key`;
    return database.query({ name: 'differing', text: differing, values });
  }

  return {
    async ready() {
      if (hmacKey) return;
      await made();
      hmacKey = await readPseudonymKey(database, schema, options.pseudonymKey);
    },
    pseudonym: (idType, idNumber) => pseudonymOf(requireKey(), idType, idNumber),
    token: (text) => tokenOf(requireKey(), text),
    seal(person, data) {
      const plaintext = plaintextOf(data);
      const digest = digestOf(requireKey(), plaintext);
      const key = used.get(person) ?? recent.get(person) ?? randomBytes(keyBytes);
      used.set(person, key);
      recent.set(person, key);
      return { digest, box: key === erased ? Buffer.alloc(0) : sealBox(key, randomBytes(nonceBytes), person, plaintext) };
    },
    async save() {
      if (used.size === 0) return 'saved';
      const saving = used;
      used = new Map();
      let differing;
      try {
        await made();
        differing = await keep(saving);
      } catch (error) {
        // Not known to be kept: nobody may seal with them as if they were.
        for (const person of saving.keys()) recent.delete(person);
        throw error;
      }
      for (const { pseudonym, key } of differing) recent.set(pseudonym, key ?? erased);
      return differing.length === 0 ? 'saved' : 'again';
    },
    async open(person, box) {
      // Never from memory: another process may have destroyed the key a moment ago.
      const key = await keyOf(person);
      return key ? openBox(key, person, box) : null;
    },
    async state(person) {
      await made();
      // Erasers may not read keys.
      const text = `SELECT erasedtime IS NOT NULL AS erased FROM ${schema}.person WHERE pseudonym = $1`;
      const [row] = await database.query<{ erased: boolean }>(text, [person]);
      return row === undefined ? 'unknown' : row.erased ? 'erased' : 'present';
    },
    async erase(person, at) {
      recent.delete(person);
      await made();
      // Unknown persons get a tombstone too, so that a later record of theirs makes no key.
      const unknown = await database.query(
        `INSERT INTO ${schema}.person (pseudonym, erasedtime) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1`,
        [person, at],
      );
      if (unknown.length > 0) return 'unknown';
      const known = await database.query(
        `UPDATE ${schema}.person SET key = NULL, erasedtime = $2 WHERE pseudonym = $1 AND erasedtime IS NULL RETURNING 1`,
        [person, at],
      );
      if (known.length === 0) return 'already-erased';
      await rewrite();
      return 'erased';
    },
    close: database.close,
  };

  /** Writes the table anew without old versions of rows; when that cannot be had now, the next erasure does it. */
  async function rewrite(): Promise<void> {
    const session = await database.connect(600_000);
    try {
      await session.query(`SET lock_timeout = '2s'`);
      await session.query(`VACUUM (FULL) ${schema}.person`);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
    } finally {
      await session.close();
    }
  }
}
