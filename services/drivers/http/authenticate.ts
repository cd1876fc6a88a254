// Who is asking: a bearer JWT checked against issuer, audience, allowed algorithms and the issuer's public keys.
import { hash } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { openKeys } from './key-source.ts';
import { httpProblem, isHttpProblem } from './problems.ts';
import type { JWTPayload } from 'jose';
import type { Consumer } from '../../ports/http.ts';
import type { HttpLogger } from './access-log.ts';
import type { ConsumerContract } from './consumers.ts';
import type { KeySource } from './key-source.ts';
import type { HttpProblem } from './problems.ts';

export const tokenAlgorithms = ['ES256', 'EdDSA', 'RS256'] as const;
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];

export interface AuthenticationOptions {
  issuer: string;
  audience: string;
  /** What a token may be signed with; never taken from the token alone. */
  algorithms?: readonly TokenAlgorithm[];
  keys: KeySource;
  consumers: readonly ConsumerContract[];
  logger: HttpLogger;
  /** How long fetched keys, and tokens verified with them, are trusted without asking again. */
  cacheSeconds?: number;
  /** Milliseconds since the epoch; the system's clock unless given. */
  now?: () => number;
}

export interface AuthenticatedConsumer extends Consumer {
  purposes: ReadonlySet<string>;
}

/** Tells who sent an Authorization header; throws the problems UNAUTHENTICATED, CONSUMER_UNKNOWN or KEYS_UNAVAILABLE. */
export type Authenticate = (authorization: string | undefined) => AuthenticatedConsumer | Promise<AuthenticatedConsumer>;

const leewaySeconds = 30;
const longestToken = 8_192;

/** Errors: CONFIG_INVALID for keys that cannot be used. */
export function openAuthentication(options: AuthenticationOptions): Authenticate {
  const { issuer, audience, algorithms = tokenAlgorithms, cacheSeconds = 600, now = Date.now } = options;
  const keys = openKeys(options.keys, cacheSeconds);
  const contracts = new Map(options.consumers.map((contract) => [contract.id, contract]));
  const verified = new LRUCache<string, { consumer: AuthenticatedConsumer; until: number }>({ max: 10_000 });
  const logFailure = failureLog(options.logger, now);

  async function verify(token: string, digest: string): Promise<AuthenticatedConsumer> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: leewaySeconds,
        requiredClaims: ['exp'],
        currentDate: new Date(now()),
      });
      const consumer = consumerOf(payload, contracts);
      const until = Math.min((payload.exp! + leewaySeconds) * 1000, now() + cacheSeconds * 1000);
      verified.set(digest, { consumer, until });
      return consumer;
    } catch (error) {
      const problem = isHttpProblem(error) ? error : problemOf(error);
      logFailure(problem.reason);
      throw problem;
    }
  }
  const refused = (reason: string, detail: string): HttpProblem => {
    logFailure(reason);
    return unauthenticated(reason, detail);
  };

  return (authorization) => {
    if (authorization === undefined) throw refused('no-token', 'send a bearer token');
    const token = /^bearer +([\w-]+\.[\w-]*\.[\w-]*) *$/i.exec(authorization)?.[1];
    if (token === undefined || token.length > longestToken)
      throw refused('malformed', 'the Authorization header holds no bearer token of a usable form');
    const digest = hash('sha256', token, 'base64');
    const known = verified.get(digest);
    if (known && now() < known.until) return known.consumer;
    return verify(token, digest);
  };
}

function consumerOf(payload: JWTPayload, contracts: ReadonlyMap<string, ConsumerContract>): AuthenticatedConsumer {
  const id = [payload['client_id'], payload['azp']].find((claim) => typeof claim === 'string');
  const contract = typeof id === 'string' ? contracts.get(id) : undefined;
  if (!contract)
    throw httpProblem('CONSUMER_UNKNOWN', 'no contract in contracts/consumers names the consumer of this token', {
      reason: 'consumer-unknown',
    });
  const claimed = typeof payload['scope'] === 'string' ? payload['scope'].split(' ') : [];
  return { id: contract.id, scopes: contract.scopes.filter((scope) => claimed.includes(scope)), purposes: new Set(contract.purposes) };
}

/** RFC 6750 §3: the challenge says invalid_token only when there was one. */
function unauthenticated(reason: string, detail: string, cause?: unknown): HttpProblem {
  const challenge =
    reason === 'no-token' ? 'Bearer realm="hub"' : `Bearer realm="hub", error="invalid_token", error_description="${detail}"`;
  return httpProblem('UNAUTHENTICATED', detail, { reason, cause, headers: { 'WWW-Authenticate': challenge } });
}

function problemOf(error: unknown): HttpProblem {
  const because = (reason: string, detail: string): HttpProblem => unauthenticated(reason, detail, error);
  if (error instanceof errors.JWTExpired) return because('expired', 'the token has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'nbf'
      ? because('not-yet-valid', 'the token is not valid yet')
      : because(`claim-${knownClaim(error.claim)}`, `the claim ${knownClaim(error.claim)} is not acceptable`);
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return because('algorithm', 'the signature algorithm is not allowed');
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return because('key-unknown', 'no key fits the token');
  if (error instanceof errors.JWSSignatureVerificationFailed) return because('signature', 'the signature does not hold');
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return because('malformed', 'the token cannot be read');
  // Whatever else went wrong lies with the keys: nobody is let in on trust (law 10).
  return httpProblem('KEYS_UNAVAILABLE', 'tokens cannot be verified for the moment; try again later', {
    reason: 'keys-unavailable',
    cause: error,
  });
}

/** Names of claims come from us, save odd ones, which are not repeated. */
const knownClaim = (claim: string): string => (['iss', 'aud', 'exp', 'nbf', 'iat', 'sub'].includes(claim) ? claim : 'other');

/** Once a minute for each reason, with how often it happened since; the access log has every single one. */
function failureLog(logger: HttpLogger, now: () => number): (reason: string) => void {
  const reasons = new Map<string, { at: number; since: number }>();
  return (reason) => {
    const last = reasons.get(reason);
    if (last && now() - last.at < 60_000) {
      last.since++;
      return;
    }
    logger.warn('authentication failed', { reason, times: (last?.since ?? 0) + 1 });
    reasons.set(reason, { at: now(), since: 0 });
  };
}
