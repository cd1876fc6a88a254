// Who may import whom. Types count too: what a file knows of another ties them, run time or not.
const services = 'adapters|recorder|projector|portal|audit|dispatcher|simulator|supervisor';

/** A vendor's package and the only folders that may know it. */
const vendors = {
  'better-sqlite3': '^services/drivers/sqlite/',
  'lru-cache': '^services/drivers/',
  avsc: '^services/drivers/avro/',
  yaml: '^services/drivers/(yaml|http)/',
  ajv: '^services/drivers/(yaml|http)/',
  'ajv-formats': '^services/drivers/(yaml|http)/',
  express: '^services/drivers/http/',
  jose: '^services/drivers/http/',
  winston: '^services/(drivers/|hub/|main\\.ts$)',
  commander: '^services/(cli/|main\\.ts$)',
  'cli-progress': '^services/cli/',
  papaparse: '^services/adapters/',
  kafkajs: '^services/drivers/kafka/',
  '@eventstore/db-client': '^services/drivers/eventstore/',
  pg: '^services/drivers/postgres/',
  'prom-client': '^services/hub/',
  qr: '^services/drivers/qr/',
  '@marcbachmann/cel-js': '^services/domain/packages/',
  canonicalize: '^services/domain/',
};
const packagePath = (name) => `(^|/)node_modules/(@types/)?${name}/`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'domain-is-pure',
      comment: 'The domain imports itself, two pure packages and hashing.',
      severity: 'error',
      from: { path: '^services/domain/' },
      to: { pathNot: ['^services/domain/', packagePath('(@marcbachmann/cel-js|canonicalize)'), '^(node:)?crypto$'] },
    },
    {
      name: 'ports-know-the-domain-only',
      severity: 'error',
      from: { path: '^services/ports/' },
      to: { pathNot: ['^services/(domain|ports)/'] },
    },
    {
      name: 'service-stands-alone',
      comment: 'A service imports domain, ports and itself: never a driver, never another service.',
      severity: 'error',
      from: { path: `^services/(${services})/` },
      to: { path: '^services/', pathNot: ['^services/(domain|ports)/', '^services/$1/'] },
    },
    {
      name: 'driver-knows-ports-and-domain',
      comment: 'Drivers do not know each other either: a port is what joins them.',
      severity: 'error',
      from: { path: '^services/drivers/([^/]+)/' },
      to: { path: '^services/', pathNot: ['^services/(domain|ports)/', '^services/drivers/$1/'] },
    },
    {
      name: 'configuration-is-plain',
      severity: 'error',
      from: { path: '^services/config/' },
      to: { path: '^services/', pathNot: ['^services/(domain|config)/'] },
    },
    {
      name: 'cli-is-handed-the-hub',
      comment: 'Commands get an open hub by argument; they may name its type.',
      severity: 'error',
      from: { path: '^services/cli/' },
      to: { path: '^services/', pathNot: ['^services/(domain|ports|cli)/', '^services/hub/', '^services/config/'] },
    },
    {
      name: 'root-is-imported-by-nobody',
      comment: 'The composition root sees both sides, so only main.ts may see it.',
      severity: 'error',
      from: { path: '^services/', pathNot: ['^services/(hub|cli)/', '^services/main\\.ts$'] },
      to: { path: '^services/(hub|cli)/' },
    },
    { name: 'cli-is-for-main', severity: 'error', from: { path: '^services/hub/' }, to: { path: '^services/(cli/|main\\.ts$)' } },
    ...Object.entries(vendors).map(([name, home]) => ({
      name: `${name.replace(/^.*\//, '')}-in-its-place`,
      comment: `Only ${home} knows this vendor.`,
      severity: 'error',
      from: { path: '^services/', pathNot: home },
      to: { path: packagePath(name) },
    })),
    {
      name: 'every-vendor-has-a-place',
      comment: 'A package that the table above does not hold is not used by services.',
      severity: 'error',
      from: { path: '^services/' },
      to: { path: '(^|/)node_modules/', pathNot: packagePath(`(${Object.keys(vendors).join('|')})`) },
    },
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphan',
      comment: 'A file that nobody imports and that imports nothing is not part of anything.',
      severity: 'error',
      from: { orphan: true, path: '^(services|test)/' },
      to: {},
    },
    {
      name: 'reachable-from-main',
      comment: 'What only tests import is not part of the hub.',
      severity: 'error',
      from: { path: '^services/main\\.ts$' },
      to: { path: '^services/', reachable: false },
    },
    { name: 'services-do-not-know-tests', severity: 'error', from: { path: '^services/' }, to: { path: '^test/' } },
    {
      name: 'no-development-package',
      severity: 'error',
      from: { path: '^services/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
    { name: 'declared-packages-only', severity: 'error', from: {}, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
    skipAnalysisNotInRules: true,
  },
};
