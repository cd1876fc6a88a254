// Verifies a copy of a package: with the public keys alone, and without any data directory.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { HubError } from '../domain/errors.ts';
import { dateAt } from '../domain/time.ts';
import { verifyCopy } from '../drivers/http/verify-copy.ts';
import { publicSigningKeys } from './copies.ts';
import { filesOf } from './open-hub.ts';
import type { Config } from '../config/config.ts';
import type { KeySource } from '../drivers/http/key-source.ts';
import type { VerifiedCopy } from '../drivers/http/verify-copy.ts';

export type { VerifiedCopy };

/** Larger than any copy. */
const largest = 1_000_000;

/**
 * Verifies the copy in a file. `jwks` is a file or an address; without it, keys of the data directory there is.
 * Errors: FILE_UNREADABLE, USAGE without any keys, CONFIG_INVALID for keys that cannot be used, SOURCE_UNAVAILABLE.
 */
export async function verifyFile(
  file: string,
  { jwks, config, now }: { jwks: string | undefined; config: Config; now: number },
): Promise<VerifiedCopy> {
  return verifyCopy(readCopy(file), await keysFrom(jwks, config), dateAt(now));
}

async function keysFrom(jwks: string | undefined, config: Config): Promise<KeySource> {
  if (jwks !== undefined) return /^https?:\/\//.test(jwks) ? { kind: 'url', url: jwks } : { kind: 'file', file: jwks };
  if (config.signingKeyFile === null && !existsSync(filesOf(config.dataDirectory).signingKeys))
    throw new HubError('USAGE', 'name the public keys with --jwks, a file or the address of /.well-known/jwks.json 请用 --jwks 指定公钥');
  return { kind: 'jwks', jwks: await publicSigningKeys(config, { rotate: false }) };
}

function readCopy(file: string): string {
  try {
    if (statSync(file).size > largest) throw new HubError('FILE_UNREADABLE', `${file} is too large to be a copy of a package`);
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    if (cause instanceof HubError) throw cause;
    throw new HubError('FILE_UNREADABLE', `${file} cannot be read`, { cause });
  }
}
