// What every event codec does, whichever driver it is: bytes that only the files in schemas/ are needed to read.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { families } from '../../services/domain/events.ts';
import { HubError } from '../../services/domain/errors.ts';
import { openAvroCodec } from '../../services/drivers/avro/event-codec.ts';
import { canonicalForm, crc64Avro } from '../../services/drivers/avro/fingerprint.ts';
import { projectRoot } from '../support/project.ts';
import { arbitraryOf } from './avro-arbitrary.ts';
import type { Family } from '../../services/domain/events.ts';
import type { EventCodec } from '../../services/ports/event-codec.ts';

const folder = join(projectRoot, 'schemas');
const schemaOf = (family: Family): object => JSON.parse(readFileSync(join(folder, `${family}.v1.avsc`), 'utf8')) as object;

/** Values without the classes that a codec may make them of. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'number' && Object.is(inner, -0) ? 0 : inner)));

const corrupt = (error: unknown): boolean => error instanceof HubError && error.code === 'STORE_CORRUPT';

function describeEventCodec(name: string, open: () => EventCodec): void {
  describe(`event codec on ${name}`, () => {
    const codec = open();
    const erasure = { change: 'erased', record: 'p-1', person: 'p-1', basis: null };

    for (const family of families) {
      it(`gives back every ${family} fact as it was`, () => {
        fc.assert(
          fc.property(arbitraryOf(schemaOf(family)), (fact) => {
            const data = codec.encode(family, fact as object);
            assert.deepEqual(plain(codec.decode(data)), plain(fact));
            assert.equal(codec.schemaOf(data), `${family}.v1`);
          }),
          { numRuns: 40 },
        );
      });
    }

    it('gives the same bytes for the same fact', () => {
      fc.assert(
        fc.property(arbitraryOf(schemaOf('property-right')), (fact) => {
          assert.deepEqual(codec.encode('property-right', fact as object), codec.encode('property-right', { ...(fact as object) }));
        }),
        { numRuns: 20 },
      );
    });

    it('writes single-object encoding: the marker, the fingerprint of the schema, the body', () => {
      for (const family of families) {
        const [fact] = fc.sample(arbitraryOf(schemaOf(family)), 1);
        const data = Buffer.from(codec.encode(family, fact as object));
        assert.equal(data.toString('hex', 0, 2), 'c301');
        assert.equal(data.readBigUInt64LE(2), crc64Avro(Buffer.from(canonicalForm(schemaOf(family) as Parameters<typeof canonicalForm>[0]))));
      }
    });

    it('encodes facts larger than any buffer it may keep', () => {
      const basis = '文'.repeat(300_000);
      assert.deepEqual(plain(codec.decode(codec.encode('erasure', { ...erasure, basis }))), { ...erasure, basis });
      assert.deepEqual(plain(codec.decode(codec.encode('erasure', erasure))), erasure);
    });

    it('keeps bytes that were handed out as they were', () => {
      const first = codec.encode('erasure', erasure);
      const copy = Buffer.from(first);
      codec.encode('erasure', { ...erasure, person: 'another person altogether' });
      assert.deepEqual(Buffer.from(first), copy);
    });

    it('names the fields of a family', () => {
      assert.deepEqual(codec.fields('erasure'), ['change', 'record', 'person', 'basis']);
    });

    it('refuses a fact that does not fit, naming the field and never its value', () => {
      for (const fact of [{ ...erasure, person: 5 }, { change: 'erased', record: 'p', basis: null }, { ...erasure, basis: { canary: 1 } }, {}]) {
        assert.throws(
          () => codec.encode('erasure', fact),
          (error) => error instanceof HubError && error.code === 'CONTRACT_INVALID' && !error.message.includes('canary'),
        );
      }
    });

    it('refuses bytes of a schema that it does not know, and bytes that are none of ours', () => {
      const data = Buffer.from(codec.encode('erasure', erasure));
      for (let i = 0; i < 10; i++) {
        const other = Buffer.from(data);
        other[i]! ^= 0x55;
        assert.throws(() => codec.decode(other), corrupt);
        assert.throws(() => codec.schemaOf(other), corrupt);
      }
      for (const bytes of [Buffer.alloc(0), Buffer.from('c301', 'hex'), Buffer.from('{"person":"p-1"}')]) assert.throws(() => codec.decode(bytes), corrupt);
    });

    it('refuses bytes that were cut off or have something behind them', () => {
      const data = Buffer.from(codec.encode('erasure', { ...erasure, basis: 'because' }));
      for (let end = 0; end < data.length; end++) assert.throws(() => codec.decode(data.subarray(0, end)), corrupt, `cut to ${end}`);
      assert.throws(() => codec.decode(Buffer.concat([data, Buffer.from([0])])), corrupt);
    });

    it('gives a value or STORE_CORRUPT for damaged bytes, nothing else, and at once', () => {
      const [fact] = fc.sample(arbitraryOf(schemaOf('house-transfer')), { numRuns: 1, seed: 7 });
      const data = Buffer.from(codec.encode('house-transfer', fact as object));
      const damage = fc.array(fc.tuple(fc.integer({ min: 10, max: Math.max(10, data.length - 1) }), fc.nat(255)), { minLength: 1, maxLength: 4 });
      const property = fc.property(damage, (changes) => {
        const damaged = Buffer.from(data);
        for (const [place, byte] of changes) damaged[place] = byte;
        try {
          codec.decode(damaged);
        } catch (error) {
          assert.ok(corrupt(error), String(error));
        }
      });
      fc.assert(property, { numRuns: 500 });
    });

    it('reads bytes wherever they lie in memory', () => {
      const data = codec.encode('erasure', erasure);
      const around = Buffer.concat([Buffer.from('before'), data, Buffer.from('after')]);
      assert.deepEqual(plain(codec.decode(new Uint8Array(around.buffer, around.byteOffset + 6, data.length))), erasure);
    });
  });
}

describeEventCodec('avro', () => openAvroCodec(folder));
