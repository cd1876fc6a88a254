// The HMAC key that gives pseudonyms and tokens: given, or made on first use; one set of keys is never used with two.
import { randomBytes } from 'node:crypto';
import { HubError } from '../../domain/errors.ts';
import { checkOf, keyBytes } from '../../domain/sealed-box.ts';
import { sqlState } from './postgres-error.ts';
import type { Database } from './database.ts';

/** Errors: CONFIG_INVALID for another key than these persons were begun with. */
export async function readPseudonymKey(database: Database, schema: string, given: Uint8Array | undefined): Promise<Buffer> {
  async function secret(name: string): Promise<Buffer | undefined> {
    return (await database.query<{ value: Buffer }>(`SELECT value FROM ${schema}.secret WHERE name = $1`, [name]))[0]?.value;
  }
  /** The secret of this name; `make` where there is none. */
  async function secretOr(name: string, make: () => Buffer): Promise<Buffer> {
    const found = await secret(name);
    if (found) return found;
    try {
      await database.query(`INSERT INTO ${schema}.secret VALUES ($1, $2) ON CONFLICT DO NOTHING`, [name, make()]);
    } catch (error) {
      if (!(error instanceof HubError) || !['42501', '25006'].includes(sqlState(error.cause) ?? '')) throw error;
      // Those who may only read wait for one who may write.
      throw new HubError('ENGINE_UNAVAILABLE', `no adapter has begun the keys in PostgreSQL at ${database.where} yet`, { cause: error });
    }
    return (await secret(name))!;
  }

  const check = await secret('check');
  const key = given ? Buffer.from(given) : check ? await secret('pseudonym') : await secretOr('pseudonym', () => randomBytes(keyBytes));
  if (key && checkOf(key).equals(check ?? (await secretOr('check', () => checkOf(key))))) return key;
  throw new HubError(
    'CONFIG_INVALID',
    `the keys in PostgreSQL at ${database.where} were begun with another HUB_PSEUDONYM_KEY; set that one`,
  );
}
