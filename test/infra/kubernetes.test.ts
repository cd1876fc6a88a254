// infra/kubernetes: manifests that the API server would take, with the environment that the hub takes.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readConfig } from '../../services/config/config.ts';
import { serviceNames } from '../../services/hub/services.ts';
import { projectRoot } from '../support/project.ts';
import {
  enginesOf,
  isPinned,
  isVariable,
  parseEnv,
  readInfra,
  readYaml,
  readYamlDocuments,
  secrets,
  secretsOf,
  utilityTokens,
} from './files.ts';
import type { ServiceName } from '../../services/hub/services.ts';

type Labels = Record<string, string>;
interface Probe {
  httpGet: { path: string; port: string };
}
interface Container {
  name: string;
  image: string;
  args: string[];
  ports: { name: string; containerPort: number }[];
  envFrom: { configMapRef: { name: string } }[];
  env: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string; optional?: true } } }[];
  startupProbe: Probe;
  livenessProbe: Probe;
  readinessProbe: Probe;
  resources: Record<'requests' | 'limits', { cpu: string; memory: string }>;
  securityContext: { allowPrivilegeEscalation: boolean; readOnlyRootFilesystem: boolean; capabilities: { drop: string[] } };
  volumeMounts: { name: string; mountPath: string }[];
}
interface Pod {
  serviceAccountName: string;
  automountServiceAccountToken: boolean;
  terminationGracePeriodSeconds: number;
  securityContext: { runAsNonRoot: boolean; runAsUser: number; seccompProfile: { type: string } };
  containers: [Container];
  volumes: { name: string; secret?: { secretName: string; defaultMode: number } }[];
}
interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels: Labels; namespace?: string };
  spec: {
    replicas?: number;
    strategy: { type: string };
    selector: { matchLabels: Labels } & Labels;
    template: { metadata: { labels: Labels; annotations: Labels }; spec: Pod };
    podSelector: { matchExpressions?: { key: string; values: string[] }[] };
    egress?: { to: unknown[]; ports: { port: number }[] }[];
    policyTypes: string[];
    ports: { port: number; targetPort: string }[];
    scaleTargetRef: { kind: string; name: string };
    minReplicas: number;
    maxReplicas: number;
    maxUnavailable: number;
  };
}
interface Kustomization {
  resources: string[];
  configMapGenerator: { name: string; behavior?: string; envs: string[] }[];
  images?: { name: string; newName: string; newTag: string }[];
  patches?: { path: string; target?: { kind: string; name: string } }[];
  replicas?: { name: string; count: number }[];
}

const base = readYaml('kubernetes', 'base', 'kustomization.yaml') as Kustomization;
const manifests = base.resources.flatMap((file) => readYamlDocuments<Manifest>('kubernetes', 'base', file));
const ofKind = (kind: string): Manifest[] => manifests.filter((manifest) => manifest.kind === kind);
const deployment = (name: string): Manifest => ofKind('Deployment').find(({ metadata }) => metadata.name === name)!;
const overlays = readdirSync(join(projectRoot, 'infra', 'kubernetes', 'overlays'));
const baseEnv = parseEnv(readInfra('kubernetes', 'base', 'hub.env'));
const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };

/** The only versions of these kinds that current clusters serve. */
const apiVersions: Record<string, string> = {
  Deployment: 'apps/v1',
  Service: 'v1',
  ServiceAccount: 'v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  PodDisruptionBudget: 'policy/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
};

const mebibytes = (quantity: string): number => {
  const [, number, unit] = /^(\d+)(Mi|Gi)$/.exec(quantity)!;
  return Number(number) * (unit === 'Gi' ? 1024 : 1);
};
const cores = (quantity: string): number => (quantity.endsWith('m') ? Number.parseInt(quantity, 10) / 1000 : Number(quantity));
const selects = (selector: Labels, labels: Labels): boolean => Object.entries(selector).every(([name, value]) => labels[name] === value);

/** What a container of `service` is told, where `env` is what its ConfigMap holds; of utilities, the tokens of those that have an address. */
function environmentOf(service: ServiceName, env: Record<string, string>): Record<string, string> {
  const own = deployment(service)
    .spec.template.spec.containers[0].env.filter(
      ({ name }) => !utilityTokens.some((token) => token === name) || name.replace('_TOKEN', '_URL') in env,
    )
    .map(({ name, value }) => [name, value ?? (secrets as Labels)[name]!]);
  return { ...env, ...(Object.fromEntries(own) as Labels) };
}

describe('infra/kubernetes', () => {
  it('has what every manifest must have, of kinds and versions that are known', () => {
    for (const { kind, apiVersion, metadata, spec } of manifests) {
      assert.equal(apiVersion, apiVersions[kind], `${kind} ${metadata?.name}`);
      assert.match(metadata.name, /^[a-z][a-z0-9-]{0,52}$/);
      assert.equal(metadata.namespace, undefined, 'the kustomization says in which namespace');
      assert.equal(metadata.labels['app.kubernetes.io/name'], 'hub');
      assert.ok(kind === 'ServiceAccount' || spec);
    }
    const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(ofKind('Secret'), []);
  });

  it('lists every file that lies beside a kustomization, and none that does not', () => {
    for (const folder of ['base', ...overlays.map((name) => join('overlays', name))]) {
      const { resources, configMapGenerator, patches = [] } = readYaml('kubernetes', folder, 'kustomization.yaml') as Kustomization;
      const listed = [
        'kustomization.yaml',
        ...resources,
        ...configMapGenerator.flatMap(({ envs }) => envs),
        ...patches.map(({ path }) => path),
      ];
      const here = readdirSync(join(projectRoot, 'infra', 'kubernetes', folder));
      assert.deepEqual(listed.filter((file) => !file.startsWith('..')).toSorted(), here.toSorted(), folder);
      for (const other of listed.filter((file) => file.startsWith('..')))
        assert.ok(existsSync(join(projectRoot, 'infra', 'kubernetes', folder, other, 'kustomization.yaml')), other);
    }
  });

  for (const name of serviceNames) {
    it(`tells ${name} what the hub knows and accepts, and its own secrets only by reference`, () => {
      const { env, envFrom, args, image, ports } = deployment(name).spec.template.spec.containers[0];
      assert.deepEqual(envFrom, [{ configMapRef: { name: base.configMapGenerator[0]!.name } }]);
      const told = environmentOf(name, baseEnv);
      assert.deepEqual(
        Object.keys(told).filter((key) => !isVariable(key)),
        [],
      );
      const config = readConfig(told);
      assert.equal(config.kafka?.sasl?.username, enginesOf[name].includes('kafka') ? `hub-${name}` : undefined);
      assert.deepEqual([config.host, config.port], ['0.0.0.0', ports[0]!.containerPort]);
      const referred = env.filter(({ valueFrom }) => valueFrom).map((one) => [one.name, one.valueFrom!.secretKeyRef]);
      assert.deepEqual(
        referred.toSorted(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
        secretsOf(name).map((key) => [key, { name: `hub-${name}`, key, ...(utilityTokens.includes(key) ? { optional: true } : {}) }]),
      );
      assert.deepEqual(args, ['start', name]);
      assert.ok(isPinned(image) && image.endsWith(`:${version}`), image);
    });

    it(`gives ${name} no more rights than it needs, and bounds what it takes`, () => {
      const pod = deployment(name).spec.template.spec;
      const [{ securityContext, resources, volumeMounts }] = pod.containers;
      assert.deepEqual([pod.serviceAccountName, pod.automountServiceAccountToken], ['hub', false]);
      assert.ok(pod.securityContext.runAsNonRoot && pod.securityContext.runAsUser >= 1000);
      assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault');
      assert.deepEqual(securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      // The heap may take 1,024 MB; code, stacks and buffers come on top.
      assert.ok(mebibytes(resources.limits.memory) >= 1024 + 256);
      assert.ok(mebibytes(resources.requests.memory) <= mebibytes(resources.limits.memory));
      assert.ok(cores(resources.requests.cpu) <= cores(resources.limits.cpu));
      assert.deepEqual(volumeMounts.map((mount) => mount.name).toSorted(), pod.volumes.map((volume) => volume.name).toSorted());
      assert.ok(volumeMounts.some(({ mountPath }) => mountPath === baseEnv['HUB_DATA']));
      // Ten seconds for answers in flight, and the batch under way.
      assert.ok(pod.terminationGracePeriodSeconds >= 30);
    });

    it(`asks ${name} how it is where it answers`, () => {
      const { metadata, spec } = deployment(name).spec.template;
      const [{ ports, startupProbe, livenessProbe, readinessProbe }] = spec.containers;
      assert.deepEqual(
        [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet),
        [
          { path: '/health/live', port: 'http' },
          { path: '/health/live', port: 'http' },
          { path: '/health/ready', port: 'http' },
        ],
      );
      assert.equal(metadata.annotations['prometheus.io/path'], '/metrics');
      assert.deepEqual(ports, [{ name: 'http', containerPort: Number(metadata.annotations['prometheus.io/port']) }]);
    });
  }

  it('has a deployment a service, each selecting its own pods', () => {
    assert.deepEqual(
      ofKind('Deployment')
        .map(({ metadata }) => metadata.name)
        .toSorted(),
      serviceNames.toSorted(),
    );
    for (const { metadata, spec } of ofKind('Deployment')) {
      assert.ok(selects(spec.selector.matchLabels, spec.template.metadata.labels));
      assert.equal(spec.selector.matchLabels['app.kubernetes.io/component'], metadata.name);
    }
    // One leads, and one stands by, also while they are replaced.
    for (const name of ['projector', 'dispatcher', 'supervisor'] as const) {
      const { replicas, strategy } = deployment(name).spec;
      assert.deepEqual([replicas, strategy], [2, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } }], name);
    }
    // Never two at once, also while one replaces the other.
    assert.deepEqual([deployment('adapters').spec.replicas, deployment('adapters').spec.strategy.type], [1, 'Recreate']);
    // Its number is the autoscaler's.
    assert.equal(deployment('portal').spec.replicas, undefined);
  });

  it('keeps one of each when nodes are drained, and scales what is there', () => {
    for (const name of serviceNames) {
      const budget = ofKind('PodDisruptionBudget').find(({ metadata }) => metadata.name === name)!;
      assert.deepEqual(budget.spec.selector.matchLabels, deployment(name).spec.selector.matchLabels);
      assert.equal(budget.spec.maxUnavailable, 1);
    }
    const [{ spec }] = ofKind('HorizontalPodAutoscaler') as [Manifest];
    assert.deepEqual([spec.scaleTargetRef.kind, spec.scaleTargetRef.name], ['Deployment', 'portal']);
    assert.ok(spec.minReplicas >= 2 && spec.minReplicas < spec.maxReplicas);
    for (const service of ofKind('Service')) {
      assert.ok(selects(service.spec.selector, deployment(service.metadata.name).spec.template.metadata.labels));
      assert.deepEqual(service.spec.ports, [{ name: 'http', port: 8080, targetPort: 'http' }]);
    }
  });

  it('mounts the key that signs copies into the portal alone, readable by no other user', () => {
    for (const name of serviceNames) {
      const { volumes, containers } = deployment(name).spec.template.spec;
      const [{ env, volumeMounts }] = containers;
      const mounted = volumes.filter(({ secret }) => secret);
      const file = env.find((one) => one.name === 'HUB_SIGNING_KEY_FILE')?.value;
      if (name !== 'portal') {
        assert.deepEqual([mounted, file], [[], undefined], name);
        continue;
      }
      assert.deepEqual(mounted, [{ name: 'signing', secret: { secretName: 'hub-signing', defaultMode: 0o440 } }]);
      assert.equal(dirname(file!), volumeMounts.find((mount) => mount.name === 'signing')!.mountPath);
    }
  });

  it('lets each service reach its engines, and no other', () => {
    const ports = { kafka: 9093, eventstore: 2113, postgres: 5432 } as const;
    for (const [engine, port] of Object.entries(ports)) {
      const policy = ofKind('NetworkPolicy').find(({ metadata }) => metadata.name === engine)!;
      assert.deepEqual(
        policy.spec.egress!.flatMap((rule) => rule.ports.map((one) => one.port)),
        [port],
      );
      const those = serviceNames.filter((name) =>
        enginesOf[name].some((own) => own === engine || (engine === 'postgres' && own === 'keys')),
      );
      assert.deepEqual(policy.spec.podSelector.matchExpressions![0]!.values.toSorted(), those.toSorted(), engine);
    }
    const outside = ofKind('NetworkPolicy').filter(({ spec }) => spec.egress?.some((rule) => rule.ports.some(({ port }) => port === 443)));
    assert.deepEqual(
      outside.map(({ metadata, spec }) => [metadata.name, spec.podSelector.matchExpressions![0]!.values]),
      [
        ['https', ['adapters', 'portal', 'audit']],
        ['utilities', ['dispatcher']],
      ],
    );
    const all = ofKind('NetworkPolicy').find(({ metadata }) => metadata.name === 'hub')!;
    assert.deepEqual([all.spec.podSelector.matchExpressions, all.spec.policyTypes], [undefined, ['Ingress', 'Egress']]);
    const [, kafkaPort] = /:(\d+)$/.exec(baseEnv['KAFKA_BROKERS']!)!;
    assert.equal(Number(kafkaPort), ports.kafka);
  });

  for (const overlay of overlays) {
    it(`overlays ${overlay} on it, with what is there to overlay`, () => {
      const own = readYaml('kubernetes', 'overlays', overlay, 'kustomization.yaml') as Kustomization;
      const env = Object.assign(
        {},
        ...own.configMapGenerator.flatMap(({ envs }) => envs).map((file) => parseEnv(readInfra('kubernetes', 'overlays', overlay, file))),
      ) as Labels;
      assert.ok(own.configMapGenerator.every(({ name, behavior }) => name === 'hub' && behavior === 'merge'));
      for (const name of serviceNames) {
        const { utilities } = readConfig(environmentOf(name, { ...baseEnv, ...env }));
        // Whoever is given tokens has one for each address.
        if (name === 'dispatcher') assert.ok(utilities.length > 0 && utilities.every(({ token }) => token !== null));
      }
      assert.deepEqual(
        Object.keys(env).filter((key) => !isVariable(key)),
        [],
      );
      for (const { name, newName, newTag } of own.images ?? []) {
        assert.ok(
          manifests.some(({ spec }) => spec?.template?.spec.containers[0].image.startsWith(`${name}:`)),
          name,
        );
        assert.ok(isPinned(`${newName}:${newTag}`));
      }
      for (const { name } of own.replicas ?? []) assert.ok(deployment(name).spec.replicas !== undefined, name);
      for (const { path, target } of own.patches ?? []) {
        const names = target?.name.split('|') ?? [(readYaml('kubernetes', 'overlays', overlay, path) as Manifest).metadata.name];
        const kind = target?.kind ?? (readYaml('kubernetes', 'overlays', overlay, path) as Manifest).kind;
        for (const name of names)
          assert.ok(
            ofKind(kind).some(({ metadata }) => metadata.name === name),
            `${kind} ${name}`,
          );
      }
    });
  }
});
