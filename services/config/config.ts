// Configuration, read once: pure, and every problem told together.
import { HubError } from './domain/errors.ts';

export interface Config {
  dataDirectory: string;
  host: string;
  port: number;
  simulatorPort: number;
  platform: { url: string | null; requesterId: string; secret: string };
  token: { issuer: string; audience: string; jwks: { kind: 'embedded' } | { kind: 'url'; url: string } | { kind: 'file'; file: string } };
  /** 32 bytes; the same key in two installations gives the same pseudonyms. */
  pseudonymKey: Uint8Array | null;
  logLevel: string;
}

/** Every variable the hub knows, and what it is for; the README's table is compared with this. */
export const environmentVariables = {
  HUB_DATA: 'data directory (default ./data)',
  HUB_HOST: 'address to listen on (default 127.0.0.1)',
  HUB_PORT: 'port of the portal and audit APIs (default 8080; 0 for any free one)',
  HUB_SIMULATOR_PORT: 'port of the simulated registries (default 8090; 0 for any free one)',
  HUB_PLATFORM_URL: 'base address of the data-sharing platform to pull from (default: none, nothing is pulled)',
  HUB_PLATFORM_RID: 'requester id (请求者身份标识) on that platform',
  HUB_PLATFORM_SECRET: 'secret that signs calls to that platform',
  HUB_TOKEN_ISSUER: 'issuer that bearer tokens must name (default hub-embedded)',
  HUB_TOKEN_AUDIENCE: 'audience that bearer tokens must name (default hub)',
  HUB_JWKS_URL: 'where the keys that sign bearer tokens are published (default: a key of our own in the data directory)',
  HUB_JWKS_FILE: 'file with those keys, instead of an address',
  HUB_PSEUDONYM_KEY: 'HMAC key of pseudonyms, 64 hexadecimal digits (default: made on first use)',
  HUB_LOG_LEVEL: 'error, warn, info or debug (default info)',
} as const;

type Environment = Partial<Record<keyof typeof environmentVariables, string>>;

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
  const url = (name: 'HUB_PLATFORM_URL' | 'HUB_JWKS_URL'): string | null => {
    const text = env[name];
    if (text === undefined) return null;
    if (!/^https?:\/\//.test(text) || !URL.canParse(text)) problems.push(`${name} is no http address`);
    return text;
  };
  if (env.HUB_JWKS_URL !== undefined && env.HUB_JWKS_FILE !== undefined) problems.push('HUB_JWKS_URL and HUB_JWKS_FILE exclude each other');
  if (env.HUB_PSEUDONYM_KEY !== undefined && !/^[0-9a-fA-F]{64}$/.test(env.HUB_PSEUDONYM_KEY))
    problems.push('HUB_PSEUDONYM_KEY is not 64 hexadecimal digits');
  const logLevel = env.HUB_LOG_LEVEL ?? 'info';
  if (!['error', 'warn', 'info', 'debug'].includes(logLevel)) problems.push('HUB_LOG_LEVEL is none of error, warn, info, debug');
  const jwksUrl = url('HUB_JWKS_URL');
  const config: Config = {
    dataDirectory: overrides.data ?? env.HUB_DATA ?? 'data',
    host: env.HUB_HOST ?? '127.0.0.1',
    port: port('HUB_PORT', 8080),
    simulatorPort: port('HUB_SIMULATOR_PORT', 8090),
    platform: { url: url('HUB_PLATFORM_URL'), requesterId: env.HUB_PLATFORM_RID ?? 'hub', secret: env.HUB_PLATFORM_SECRET ?? '' },
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
    pseudonymKey: env.HUB_PSEUDONYM_KEY === undefined ? null : Buffer.from(env.HUB_PSEUDONYM_KEY, 'hex'),
    logLevel,
  };
  if (problems.length > 0) throw new HubError('CONFIG_INVALID', problems.join('; '));
  return config;
}
