// Verifies a copy of a package with public keys alone.
import { compactVerify, decodeProtectedHeader, errors } from 'jose';
import { copyType, problemsOfCopy } from '../../domain/copies/copy.ts';
import { HubError } from '../../domain/errors.ts';
import { openKeys } from './key-source.ts';
import type { ProtectedHeaderParameters } from 'jose';
import type { Copy, CopyProblem } from '../../domain/copies/copy.ts';
import type { KeySource } from './key-source.ts';

export interface VerifiedCopy {
  problems: (CopyProblem | 'altered' | 'key-unknown')[];
  /** Null when nothing in it can be trusted. */
  copy: Copy | null;
  kid: string | null;
}

/**
 * What a compact JWS is worth on a date `YYYY-MM-DD`. Errors: CONFIG_INVALID for keys that cannot be used,
 * SOURCE_UNAVAILABLE when they cannot be fetched.
 */
export async function verifyCopy(jws: string, keys: KeySource, today: string): Promise<VerifiedCopy> {
  const key = openKeys(keys, 600);
  const header = headerOf(jws);
  const kid = typeof header?.kid === 'string' ? header.kid : null;
  try {
    if (header?.typ !== copyType) return { problems: ['malformed'], copy: null, kid };
    // The algorithms of our keys, and never what the header alone asks for.
    const { payload } = await compactVerify(jws, key, { algorithms: ['ES256', 'EdDSA'] });
    const copy = JSON.parse(Buffer.from(payload).toString()) as Copy;
    const problems = problemsOfCopy(copy, today);
    return { problems, copy: problems.includes('malformed') ? null : copy, kid };
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return { problems: ['altered'], copy: null, kid };
    if (error instanceof errors.JWKSNoMatchingKey) return { problems: ['key-unknown'], copy: null, kid };
    if (
      error instanceof errors.JWSInvalid ||
      error instanceof errors.JOSEAlgNotAllowed ||
      error instanceof errors.JOSENotSupported ||
      error instanceof SyntaxError
    )
      return { problems: ['malformed'], copy: null, kid };
    throw new HubError('SOURCE_UNAVAILABLE', 'the public keys cannot be had from where they are said to be', { cause: error });
  }
}

function headerOf(jws: string): ProtectedHeaderParameters | null {
  try {
    return decodeProtectedHeader(jws);
  } catch {
    return null;
  }
}
