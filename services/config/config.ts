// Configuration, read once: pure, and every problem told together.
import type { environmentVariables } from './environment.ts';
import { HubError } from '../domain/errors.ts';
import { readKafka } from './kafka.ts';
import { readUtilities } from './utilities.ts';
import type { Environment } from './environment.ts';
import type { KafkaConfig } from './kafka.ts';
import type { UtilityAddress } from './utilities.ts';

export interface Config {
  dataDirectory: string;
  host: string;
  port: number;
  simulatorPort: number;
  platform: { url: string | null; requesterId: string; secret: string };
  token: { issuer: string; audience: string; jwks: { kind: 'embedded' } | { kind: 'url'; url: string } | { kind: 'file'; file: string } };
  /** Keys that sign copies of packages; null for our own in the data directory. */
  signingKeyFile: string | null;
  /** 32 bytes; the same key in two installations gives the same pseudonyms. */
  pseudonymKey: Uint8Array | null;
  logLevel: string;
  /** The engines; null where the embedded driver serves. */
  kafka: KafkaConfig | null;
  eventStoreUrl: string | null;
  databaseUrl: string | null;
  keysUrl: string | null;
  /** Where the utilities' marketing systems (营销系统) are; requests go to those named here alone. */
  utilities: UtilityAddress[];
}

/** Errors: CONFIG_INVALID naming every variable that cannot be used; values are not repeated, since some are secret. */
export function readConfig(environment: Environment, overrides: { data?: string | undefined } = {}): Config {
  // Environment files write what is not set as empty.
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== '')) as Environment;
  const problems: string[] = [];
  if (overrides.data === '') problems.push('--data names no directory');
  const port = (name: 'HUB_PORT' | 'HUB_SIMULATOR_PORT', otherwise: number): number => {
    const text = env[name];
    if (text === undefined) return otherwise;
    if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) problems.push(`${name} is no port`);
    return Number(text);
  };
  const url = (name: keyof typeof environmentVariables, schemes: RegExp, kind: string): string | null => {
    const text = env[name];
    if (text === undefined) return null;
    // An EventStoreDB cluster is several hosts in one address, which only its own client can parse.
    if (!schemes.test(text) || (!text.includes(',') && !URL.canParse(text))) problems.push(`${name} is no ${kind} address`);
    return text;
  };
  const http = (name: keyof typeof environmentVariables): string | null => url(name, /^https?:\/\//, 'http');
  if (env.HUB_JWKS_URL !== undefined && env.HUB_JWKS_FILE !== undefined) problems.push('HUB_JWKS_URL and HUB_JWKS_FILE exclude each other');
  if (env.HUB_PSEUDONYM_KEY !== undefined && !/^[0-9a-fA-F]{64}$/.test(env.HUB_PSEUDONYM_KEY))
    problems.push('HUB_PSEUDONYM_KEY is not 64 hexadecimal digits');
  const logLevel = env.HUB_LOG_LEVEL ?? 'info';
  if (!['error', 'warn', 'info', 'debug'].includes(logLevel)) problems.push('HUB_LOG_LEVEL is none of error, warn, info, debug');
  const jwksUrl = http('HUB_JWKS_URL');
  const config: Config = {
    dataDirectory: overrides.data ?? env.HUB_DATA ?? 'data',
    host: env.HUB_HOST ?? '127.0.0.1',
    port: port('HUB_PORT', 8080),
    simulatorPort: port('HUB_SIMULATOR_PORT', 8090),
    platform: { url: http('HUB_PLATFORM_URL'), requesterId: env.HUB_PLATFORM_RID ?? 'hub', secret: env.HUB_PLATFORM_SECRET ?? '' },
    token: {
      issuer: env.HUB_TOKEN_ISSUER ?? 'hub-embedded',
      audience: env.HUB_TOKEN_AUDIENCE ?? 'hub',
      jwks:
        jwksUrl !== null
          ? { kind: 'url', url: jwksUrl }
          : env.HUB_JWKS_FILE !== undefined
            ? { kind: 'file', file: env.HUB_JWKS_FILE }
            : { kind: 'embedded' },
    },
    signingKeyFile: env.HUB_SIGNING_KEY_FILE ?? null,
    pseudonymKey: env.HUB_PSEUDONYM_KEY === undefined ? null : Buffer.from(env.HUB_PSEUDONYM_KEY, 'hex'),
    logLevel,
    kafka: readKafka(env, problems),
    eventStoreUrl: url('EVENTSTORE_URL', /^esdb(\+discover)?:\/\//, 'esdb'),
    databaseUrl: url('DATABASE_URL', /^postgres(ql)?:\/\//, 'postgres'),
    keysUrl: url('KEYS_URL', /^postgres(ql)?:\/\//, 'postgres'),
    utilities: readUtilities(env, problems),
  };
  if (problems.length > 0) throw new HubError('CONFIG_INVALID', problems.join('; '));
  return config;
}

/** The same installation without engines: everything in its data directory. */
export const embedded = (config: Config): Config => ({
  ...config,
  kafka: null,
  eventStoreUrl: null,
  databaseUrl: null,
  keysUrl: null,
  utilities: [],
});
