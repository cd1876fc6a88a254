// What infra/ holds, read for the tests of it, and what each service needs there.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { environmentVariables } from '../../services/config/environment.ts';
import { projectRoot } from '../support/project.ts';
import type { VariableName } from '../../services/config/environment.ts';
import type { ServiceName } from '../../services/hub/services.ts';

export const readInfra = (...parts: string[]): string => readFileSync(join(projectRoot, 'infra', ...parts), 'utf8');

export const infraFiles = (): string[] =>
  readdirSync(join(projectRoot, 'infra'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(projectRoot, 'infra').length + 1));

/** Merge keys (`<<`) are those of YAML 1.1, which Compose has. */
export const readYaml = (...parts: string[]): unknown => parse(readInfra(...parts), { merge: true });

export const readYamlDocuments = <T>(...parts: string[]): T[] =>
  parseAllDocuments(readInfra(...parts)).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    return document.toJS() as T;
  });

/** Lines `NAME=value`; with `commented`, also those that are commented out. */
export function parseEnv(text: string, { commented = false } = {}): Record<string, string> {
  const line = commented ? /^#?([A-Z][A-Z_0-9]*)=(.*)$/gm : /^([A-Z][A-Z_0-9]*)=(.*)$/gm;
  return Object.fromEntries([...text.matchAll(line)].map((match) => [match[1]!, match[2]!]));
}

/** What is secret in the environment of a service, as an operator may have filled it in. */
export const secrets: Partial<Record<VariableName, string>> = {
  KAFKA_PASSWORD: 'filled-in',
  EVENTSTORE_URL: 'esdb://account:filled-in@eventstore-1:2113,eventstore-2:2113?tls=true',
  DATABASE_URL: 'postgres://role:filled-in@postgres:5432/hub',
  KEYS_URL: 'postgres://role:filled-in@postgres-keys:5432/hub_keys',
  HUB_PSEUDONYM_KEY: '00'.repeat(32),
  HUB_PLATFORM_RID: 'filled-in',
  HUB_PLATFORM_SECRET: 'filled-in',
  HUB_ELECTRICITY_TOKEN: 'filled-in',
  HUB_WATER_TOKEN: 'filled-in',
  HUB_GAS_TOKEN: 'filled-in',
  HUB_HEAT_TOKEN: 'filled-in',
  HUB_BROADCAST_TOKEN: 'filled-in',
};

/** Tokens of utilities: of those that have an address, and so needed by no installation. */
export const utilityTokens = Object.keys(secrets).filter((name) => /^HUB_[A-Z]+_TOKEN$/.test(name)) as VariableName[];

export const isVariable = (name: string): name is VariableName => name in environmentVariables;

/** Engines that a service speaks to: what it is given a login for, and what it may reach. */
export const enginesOf: Record<ServiceName, readonly ('kafka' | 'eventstore' | 'postgres' | 'keys')[]> = {
  adapters: ['kafka', 'postgres', 'keys'],
  recorder: ['kafka', 'eventstore'],
  projector: ['kafka', 'eventstore', 'postgres', 'keys'],
  portal: ['kafka', 'eventstore', 'postgres', 'keys'],
  audit: ['eventstore', 'postgres'],
  dispatcher: ['kafka', 'eventstore', 'postgres', 'keys'],
  supervisor: ['kafka', 'eventstore', 'postgres'],
};

/** What a service is told in secret, and nothing more. */
export function secretsOf(service: ServiceName): VariableName[] {
  const logins = { kafka: 'KAFKA_PASSWORD', eventstore: 'EVENTSTORE_URL', postgres: 'DATABASE_URL', keys: 'KEYS_URL' } as const;
  return [
    ...enginesOf[service].map((engine) => logins[engine]),
    // The projector destroys keys and the dispatcher opens boxes with them; neither gives pseudonyms.
    ...(service === 'adapters' || service === 'portal' ? (['HUB_PSEUDONYM_KEY'] as const) : []),
    ...(service === 'adapters' ? (['HUB_PLATFORM_RID', 'HUB_PLATFORM_SECRET'] as const) : []),
    ...(service === 'dispatcher' ? utilityTokens : []),
  ].sort();
}

/** An image named by digest, or by the whole of its version: Postgres has two numbers, others three. */
export function isPinned(image: string): boolean {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return true;
  const version = /^postgres:/.test(image) ? /^\d+\.\d+(-[\w.-]+)?$/ : /^\d+\.\d+\.\d+(-[\w.-]+)?$/;
  return version.test(/:([^:/]+)$/.exec(image)?.[1] ?? '');
}
