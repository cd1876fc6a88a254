// contracts/topics.yaml: what is promised of the topics is what the driver does.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import { families } from '../../../services/domain/events.ts';
import { toMessage } from '../../../services/drivers/kafka/headers.ts';
import { resultMessage } from '../../../services/drivers/kafka/result-log.ts';
import { eventTopics, resultTopics, topicsOf } from '../../../services/drivers/kafka/topics.ts';
import { smallEvent } from '../../support/events.ts';
import { codec, projectRoot } from '../../support/project.ts';
import type { ValidateFunction } from 'ajv/dist/2020.js';

interface Node {
  [key: string]: Node;
}
const contracts = join(projectRoot, 'contracts');
const document = parse(readFileSync(join(contracts, 'topics.yaml'), 'utf8')) as Node;

function resolve(ref: string): unknown {
  const [file, pointer = ''] = ref.split('#') as [string, string?];
  const root = file === '' ? document : (JSON.parse(readFileSync(join(contracts, file), 'utf8')) as Node);
  return pointer
    .split('/')
    .filter((part) => part !== '')
    .reduce<Node | undefined>((node, part) => node?.[part], root);
}

function refsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(refsIn);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [value as string] : refsIn(value)));
}

const textOf = (node: Node | undefined): string => node as unknown as string;
const follow = (node: Node | undefined): Node => (node?.['$ref'] === undefined ? node! : (resolve(textOf(node['$ref'])) as Node));

describe('contracts/topics.yaml', () => {
  const channels = Object.values(document['channels']!);
  const addressOf = (channel: Node): string => textOf(channel['address']);
  const { events, deadLetter, packages, transferRequests } = topicsOf('');

  it('is an AsyncAPI 3.0 document of the parts that such a document has', () => {
    assert.match(textOf(document['asyncapi']), /^3\.0\.\d+$/);
    assert.deepEqual(Object.keys(document).sort(), ['asyncapi', 'channels', 'components', 'defaultContentType', 'info', 'operations']);
    for (const channel of channels)
      assert.deepEqual(Object.keys(channel).sort(), ['address', 'bindings', 'description', 'messages', 'title']);
    for (const operation of Object.values(document['operations']!)) {
      assert.equal(textOf(operation['action']), 'send');
      assert.ok(channels.includes(resolve(textOf(operation['channel']!['$ref'])) as Node));
    }
  });

  it('refers only to what is there', () => {
    const refs = refsIn(document);
    assert.ok(refs.length > 40);
    assert.deepEqual(
      refs.filter((ref) => resolve(ref) === undefined),
      [],
    );
  });

  it('has every topic that the driver makes, and no other', () => {
    assert.deepEqual(channels.map(addressOf).sort(), [...events, deadLetter, packages, transferRequests].sort());
    const options = { topicPrefix: '', partitions: 3, replication: 3, retentionMs: -1 };
    for (const { topic, configEntries } of [...eventTopics(options), ...resultTopics(options)]) {
      const channel = channels.find((one) => addressOf(one) === topic)!;
      const policies = follow(channel['bindings']!['kafka'])['topicConfiguration']!['cleanup.policy'] as unknown as string[];
      assert.deepEqual(policies, [configEntries.find(({ name }) => name === 'cleanup.policy')!.value]);
    }
  });

  for (const family of families)
    it(`says what the value of ${family} is by the newest schema of that family`, () => {
      const channel = channels.find((one) => addressOf(one) === topicsOf('').ofType(`${family}.changed`))!;
      const payload = follow(channel['messages']!['event'])['payload']!;
      const file = textOf(payload['schema']!['$ref']);
      assert.ok(existsSync(join(contracts, file)), file);
      const newest = readdirSync(join(projectRoot, 'schemas'))
        .filter((name) => name.startsWith(`${family}.v`))
        .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
        .at(-1);
      assert.equal(file, `../schemas/${newest}`);
    });

  const ajv = formats.default(new Ajv2020({ strict: false }));
  const validator = (name: string): ValidateFunction => ajv.compile(document['components']!['schemas']![name]!);

  it('describes the headers that events have', () => {
    const fits = validator('eventHeaders');
    for (const event of [smallEvent(1), smallEvent(2, { sequence: null, traceparent: '00-a-b-01', time: -5, subject: '某主体' })]) {
      const { headers } = toMessage(event, 'topic', codec.schemaOf);
      assert.ok(fits(headers), JSON.stringify(fits.errors));
      const known = Object.keys(document['components']!['schemas']!['eventHeaders']!['properties']!);
      assert.deepEqual(
        Object.keys(headers).filter((name) => !known.includes(name)),
        [],
      );
    }
    assert.equal(fits({ ...toMessage(smallEvent(1), 'topic', codec.schemaOf).headers, ce_id: '1' }), false);
  });

  it('describes the headers that results have', () => {
    const fits = validator('resultHeaders');
    for (const body of ['{}', null]) {
      const result = { kind: 'transfer-request', id: '例', body, digest: body && 'sha256:00', cursor: '7' } as const;
      const { headers } = resultMessage(result, topicsOf(''));
      assert.ok(fits(headers), JSON.stringify(fits.errors));
    }
    assert.equal(fits({}), false);
  });
});
