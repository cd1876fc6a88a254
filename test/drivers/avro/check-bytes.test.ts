// Bytes are told to be sound without being decoded: the answer is always the one that decoding gives.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { HubError } from '../../../services/domain/errors.ts';
import { createCheck } from '../../../services/drivers/avro/check-bytes.ts';
import { openAvroCodec } from '../../../services/drivers/avro/event-codec.ts';
import { arbitraryOf } from '../../contracts/avro-arbitrary.ts';
import { projectRoot } from '../../support/project.ts';
import type { Family } from '../../../services/domain/events.ts';

const folder = join(projectRoot, 'schemas');
const codec = openAvroCodec(folder);

/** What a call says of the bytes: that they are sound, or the code and text of its error. */
function verdict(call: (data: Uint8Array) => unknown, data: Uint8Array): string {
  try {
    call(data);
    return 'sound';
  } catch (error) {
    assert.ok(error instanceof HubError, String(error));
    return `${error.code} ${error.message}`;
  }
}

interface Damage {
  at: number;
  remove: number;
  add: Uint8Array;
}

/** Ways to spoil a body: bytes changed, put in, taken out. */
const damages = fc.array(
  fc.record<Damage>({ at: fc.nat(400), remove: fc.integer({ min: 0, max: 3 }), add: fc.uint8Array({ maxLength: 12 }) }),
  {
    maxLength: 3,
  },
);

function damaged(data: Uint8Array, changes: readonly Damage[]): Buffer {
  let bytes = Buffer.from(data);
  for (const { at, remove, add } of changes) {
    const place = Math.min(bytes.length, 10 + (at % (bytes.length - 9)));
    bytes = Buffer.concat([bytes.subarray(0, place), add, bytes.subarray(place + remove)]);
  }
  return bytes;
}

describe('check of bytes', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.avsc'))) {
    it(`says of ${file} what decoding says`, () => {
      const schema = JSON.parse(readFileSync(join(folder, file), 'utf8')) as object;
      const family = file.slice(0, file.indexOf('.v')) as Family;
      let [sound, unsound] = [0, 0];
      fc.assert(
        fc.property(arbitraryOf(schema), damages, (fact, changes) => {
          const data = damaged(codec.encode(family, fact as object), changes);
          const said = verdict(codec.check, data);
          assert.equal(said, verdict(codec.decode, data));
          if (said === 'sound') sound++;
          else unsound++;
        }),
        { numRuns: 300 },
      );
      assert.ok(sound >= 20 && unsound >= 20, `${sound} sound, ${unsound} not`);
    });
  }

  it('says of bytes that name no schema what decoding says', () => {
    for (const data of [Buffer.alloc(0), Buffer.from('c301', 'hex'), Buffer.alloc(40, 7)]) {
      assert.match(verdict(codec.check, data), /^STORE_CORRUPT /);
      assert.equal(verdict(codec.check, data), verdict(codec.decode, data));
    }
  });

  const bodies: Readonly<Record<string, { type: unknown; sound: string[]; unsound: string[] }>> = {
    'a number, as far as decoding reads it': {
      type: 'long',
      sound: ['00', '7f', '8001', 'fcffffffffffff1f'],
      unsound: ['', '80', 'feffffffffffff1f', 'ffffffffffffffffff01', `${'ff'.repeat(200)}00`],
    },
    'a name of a list of names': {
      type: { type: 'enum', name: 'E', symbols: ['a', 'b'] },
      sound: ['00', '02'],
      unsound: ['01', '04', '8202'],
    },
    'one of several types': { type: ['null', 'boolean'], sound: ['00', '0201'], unsound: ['01', '04', '02'] },
    'a text of any length': {
      type: 'string',
      sound: ['00', '0261', `c801${'61'.repeat(100)}`],
      unsound: ['01', '0461', 'c701', `c801${'61'.repeat(99)}`],
    },
    // 01: one element, with the size of the block behind it.
    'a list in blocks': {
      type: { type: 'array', items: 'string' },
      sound: ['00', '02026100', '02026102026200', '0104026100', `81018201${'00'.repeat(66)}`],
      unsound: ['040261', '020261', '01026100'],
    },
    'a list that takes no room, no longer than its bytes': {
      type: { type: 'array', items: 'null' },
      sound: ['00', '0200'],
      unsound: ['0400', 'feffffffffffff1f00', `${'ff'.repeat(200)}00`],
    },
  };
  for (const [what, { type, sound, unsound }] of Object.entries(bodies)) {
    it(`walks along ${what}`, () => {
      const check = createCheck({ type: 'record', name: 'R', fields: [{ name: 'f', type }] });
      for (const hex of sound) assert.equal(check(Buffer.from(hex, 'hex'), 0), true, hex);
      for (const hex of unsound) assert.equal(check(Buffer.from(hex, 'hex'), 0), false, hex);
      // The same wherever the body begins.
      for (const hex of sound) assert.equal(check(Buffer.from(`ffff${hex}`, 'hex'), 2), true, hex);
    });
  }

  it('is made for no type that it cannot walk along', () => {
    assert.throws(
      () => createCheck({ type: 'record', name: 'M', fields: [{ name: 'm', type: 'double' }] }),
      /no check for values of the type double/,
    );
  });
});
