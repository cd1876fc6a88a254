// CRC-64-AVRO and Parsing Canonical Form, against the vectors of the Avro project (share/test/data/schema-tests.txt).
import assert from 'node:assert/strict';
import { canonicalForm, crc64Avro } from '../../../services/drivers/avro/fingerprint.ts';

type Schema = Parameters<typeof canonicalForm>[0];
const record = (rest: object): Schema => ({ type: 'record', name: 'foo', fields: [], ...rest });

const vectors: [schema: Schema, canonical: string, fingerprint: bigint][] = [
  ['null', '"null"', 7195948357588979594n],
  [{ type: 'null' }, '"null"', 7195948357588979594n],
  ['boolean', '"boolean"', -6970731678124411036n],
  ['int', '"int"', 8247732601305521295n],
  ['long', '"long"', -3434872931120570953n],
  ['float', '"float"', 5583340709985441680n],
  ['double', '"double"', -8181574048448539266n],
  ['bytes', '"bytes"', 5746618253357095269n],
  [{ type: 'string' }, '"string"', -8142146995180207161n],
  [[], '[]', -1241056759729112623n],
  [['int'], '["int"]', -5232228896498058493n],
  [['int', { type: 'boolean' }], '["int","boolean"]', 5392556393470105090n],
  [record({}), '{"name":"foo","type":"record","fields":[]}', -4824392279771201922n],
  [record({ doc: 'Useful info', aliases: ['bar'] }), '{"name":"foo","type":"record","fields":[]}', -4824392279771201922n],
  [record({ namespace: 'x.y' }), '{"name":"x.y.foo","type":"record","fields":[]}', 5916914534497305771n],
  [record({ name: 'a.b.foo', namespace: 'x.y' }), '{"name":"a.b.foo","type":"record","fields":[]}', -4616218487480524110n],
  [
    record({ fields: [{ type: { type: 'boolean' }, name: 'f1', doc: 'x' }] }),
    '{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"}]}',
    7843277075252814651n,
  ],
  [{ type: 'enum', name: 'foo', symbols: ['A1'] }, '{"name":"foo","type":"enum","symbols":["A1"]}', -6342190197741309591n],
  [
    { namespace: 'x.y.z', type: 'enum', name: 'foo', symbols: ['A1', 'A2'] },
    '{"name":"x.y.z.foo","type":"enum","symbols":["A1","A2"]}',
    -4448647247586288245n,
  ],
  [{ name: 'foo', type: 'fixed', size: 15 }, '{"name":"foo","type":"fixed","size":15}', 1756455273707447556n],
  [{ type: 'array', items: 'null' }, '{"type":"array","items":"null"}', -589620603366471059n],
  [{ type: 'map', values: 'string' }, '{"type":"map","values":"string"}', -8732877298790414990n],
];

describe('fingerprint of an Avro schema', () => {
  for (const [schema, canonical, fingerprint] of vectors) {
    it(`is the published one for ${JSON.stringify(schema)}`, () => {
      assert.equal(canonicalForm(schema), canonical);
      assert.equal(BigInt.asIntN(64, crc64Avro(Buffer.from(canonical))), fingerprint);
    });
  }

  it('names types within a namespace in full', () => {
    const inner = { type: 'record', name: 'Inner', fields: [{ name: 'again', type: ['null', 'Inner'] }] };
    const outer = { type: 'record', name: 'Outer', namespace: 'hub', fields: [{ name: 'inner', type: inner }] };
    assert.equal(
      canonicalForm(outer),
      '{"name":"hub.Outer","type":"record","fields":[{"name":"inner","type":{"name":"hub.Inner","type":"record","fields":[{"name":"again","type":["null","hub.Inner"]}]}}]}',
    );
  });
});
