// infra/Dockerfile: built from what the build is given, run as what it was meant to be; and the probes, on a real server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startHttp } from '../../services/drivers/http/server.ts';
import { serviceNames } from '../../services/hub/services.ts';
import { projectRoot } from '../support/project.ts';
import { isPinned, readInfra, readYaml, readYamlDocuments } from './files.ts';
import type { HttpServer } from '../../services/drivers/http/server.ts';

const dockerfile = readInfra('Dockerfile').replaceAll(/\\\n\s*/g, '');
const instructions = dockerfile
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ name: line.split(' ')[0]!, rest: line.slice(line.indexOf(' ') + 1) }));
const last = (name: string): string => instructions.findLast((one) => one.name === name)!.rest;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('infra/Dockerfile', () => {
  it('is built on exact versions of a Node.js that the hub runs on', () => {
    const { engines } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { engines: { node: string } };
    const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node)!;
    for (const { rest } of instructions.filter(({ name }) => name === 'FROM')) {
      const [image] = rest.split(' ') as [string];
      assert.ok(isPinned(image), image);
      const [, ownMajor, ownMinor] = /^node:(\d+)\.(\d+)\./.exec(image)!;
      assert.equal(ownMajor, major);
      assert.ok(Number(ownMinor) >= Number(minor));
    }
    assert.match(last('FROM'), /-slim$/);
  });

  it('copies what is there and what .dockerignore lets in', () => {
    const allowed = readFileSync(join(projectRoot, '.dockerignore'), 'utf8').split('\n');
    assert.ok(allowed.includes('*'));
    for (const { rest } of instructions.filter(({ name, rest: text }) => name === 'COPY' && !text.startsWith('--from='))) {
      for (const source of rest.split(' ').slice(0, -1)) {
        assert.ok(existsSync(join(projectRoot, source)), source);
        assert.ok(allowed.includes(`!${source.replace(/^\.\//, '')}`), `.dockerignore keeps ${source} out`);
      }
    }
    const files = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { files: string[] };
    const stage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
    const copied = stage
      .filter(({ name }) => name === 'COPY')
      .map(({ rest }) => rest)
      .join(' ');
    for (const wanted of [...files.files, 'node_modules', 'package.json']) assert.ok(copied.includes(wanted), wanted);
  });

  it('runs the hub as nobody in particular, with the heap that keeps memory flat', () => {
    assert.equal(last('USER'), '1000:1000');
    assert.deepEqual(JSON.parse(last('ENTRYPOINT')), ['node', '--max-old-space-size=1024', '/opt/hub/dist/main.js']);
    assert.deepEqual(JSON.parse(last('CMD')), ['start']);
    assert.equal(last('WORKDIR'), '/opt/hub');
    const [heap] = /--max-old-space-size=\d+/.exec(readFileSync(join(projectRoot, 'services', 'main.ts'), 'utf8'))!;
    assert.ok(last('ENTRYPOINT').includes(heap));
  });
});

describe('the probes', () => {
  let server: HttpServer;
  let reasons: string[] = [];
  const health = { live: () => [], ready: () => reasons };
  const metrics = async (): Promise<{ type: string; text: string }> => ({ type: 'text/plain', text: '' });
  before(async () => {
    server = await startHttp({ host: '127.0.0.1', port: 0, mounts: [], health, metrics, logger: silent });
  });
  after(() => server.close());
  beforeEach(() => {
    reasons = [];
  });

  const exitOf = (command: readonly string[]): Promise<number | null> =>
    new Promise((resolve, reject) => {
      const own = command.slice(1).map((argument) => argument.replace('http://127.0.0.1:8080', server.url));
      spawn(command[0]!, own, { stdio: 'ignore' }).once('exit', resolve).once('error', reject);
    });

  it('of the image is green while the process answers', async () => {
    const command = JSON.parse(/CMD (\[.*\])$/.exec(last('HEALTHCHECK'))![1]!) as string[];
    reasons = ['recorder: Kafka cannot be reached'];
    assert.match(command.join(' '), /127\.0\.0\.1:8080\/health\/live/);
    assert.equal(await exitOf(command), 0);
  });

  it('of Compose is red while a service waits, and green again', async () => {
    const compose = readYaml('compose', 'compose.yaml') as { 'x-hub': { healthcheck: { test: string[] } } };
    const [kind, ...command] = compose['x-hub'].healthcheck.test;
    assert.equal(kind, 'CMD');
    reasons = ['recorder: Kafka cannot be reached'];
    assert.equal(await exitOf(command), 1);
    reasons = [];
    assert.equal(await exitOf(command), 0);
  });

  it('of Kubernetes ask for paths that the server has', async () => {
    const paths = new Set<string>();
    const collect = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if ((key === 'path' || key === 'prometheus.io/path') && typeof inner === 'string' && inner.startsWith('/')) paths.add(inner);
        collect(inner);
      }
    };
    for (const name of serviceNames) readYamlDocuments('kubernetes', 'base', `${name}.yaml`).forEach(collect);
    assert.deepEqual([...paths].toSorted(), ['/health/live', '/health/ready', '/metrics']);
    for (const path of paths) assert.equal((await fetch(server.url + path)).status, 200, path);
  });
});
