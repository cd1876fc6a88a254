// Derived event ids: the same record always gets the same one, and ids rise with time.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { changeOf, deriveEventId, familyOf, formatUuid, parseUuid, streamOf } from '../../services/domain/events.ts';

const time = fc.integer({ min: -(2 ** 45), max: 2 ** 47 });
const part = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0'));
const record = fc.record({ time, source: part, id: part, sequence: fc.option(fc.nat()), content: fc.uint8Array({ maxLength: 60 }) });
type Parts = typeof record extends fc.Arbitrary<infer T> ? T : never;
const idOf = ({ time: at, source, id, sequence, content }: Parts): string => deriveEventId(at, source, id, sequence, content);

describe('an event id', () => {
  it('is the same for the same record', () => {
    fc.assert(fc.property(record, (parts) => assert.equal(idOf(parts), idOf({ ...parts, content: Uint8Array.from(parts.content) }))));
  });

  it('is another when source, record, version or content is another', () => {
    fc.assert(
      fc.property(record, record, (one, other) => {
        for (const name of ['source', 'id', 'sequence', 'content'] as const) {
          const changed = { ...one, [name]: other[name] };
          const same = name === 'content' ? Buffer.compare(one.content, other.content) === 0 : one[name] === other[name];
          assert.equal(idOf(changed) === idOf(one), same, name);
        }
      }),
    );
  });

  it('cannot be made equal by moving text from one part to the next', () => {
    assert.notEqual(deriveEventId(0, 'a', 'bc', 1, Buffer.from('x')), deriveEventId(0, 'ab', 'c', 1, Buffer.from('x')));
    assert.notEqual(deriveEventId(0, 'a', 'b', 12, Buffer.from('x')), deriveEventId(0, 'a', 'b1', 2, Buffer.from('x')));
    assert.notEqual(deriveEventId(0, 'a', 'b', null, Buffer.from('x')), deriveEventId(0, 'a', 'b', 0, Buffer.from('x')));
  });

  it('is a UUID of version 8 and of the variant of RFC 9562', () => {
    fc.assert(
      fc.property(record, (parts) => assert.match(idOf(parts), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)),
    );
  });

  it('begins with the time, so that ids rise with it', () => {
    fc.assert(
      fc.property(record, record, (one, other) => {
        const [a, b] = [idOf(one), idOf(other)].map((id) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16));
        assert.equal(a, Math.max(0, one.time));
        assert.equal((a ?? 0) < (b ?? 0), Math.max(0, one.time) < Math.max(0, other.time));
      }),
    );
  });

  it('counts times before 1970 as the first moment, and times past 48 bits as the last', () => {
    assert.match(deriveEventId(-1, 'a', 'b', 1, Buffer.alloc(0)), /^00000000-0000-8/);
    assert.match(deriveEventId(-8.64e15, 'a', 'b', 1, Buffer.alloc(0)), /^00000000-0000-8/);
    assert.match(deriveEventId(8.64e15, 'a', 'b', 1, Buffer.alloc(0)), /^ffffffff-ffff-8/);
  });

  it('is written and read back', () => {
    fc.assert(fc.property(record, (parts) => assert.equal(formatUuid(parseUuid(idOf(parts))), idOf(parts))));
  });
});

describe('an event type', () => {
  it('names family and change, and with the subject the stream', () => {
    assert.equal(familyOf('business-licence.revoked'), 'business-licence');
    assert.equal(changeOf('business-licence.listed-abnormal'), 'listed-abnormal');
    assert.equal(streamOf({ type: 'property-right.seized', subject: 'a-b.c' }), 'property-right-a-b.c');
  });
});
