// What every store of person keys does, whichever driver it is.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { HubError } from '../../services/domain/errors.ts';
import { openSqlitePersonKeys } from '../../services/drivers/sqlite/person-keys.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { PersonalData } from '../../services/domain/facts.ts';
import type { PersonKeys } from '../../services/ports/person-keys.ts';

interface Driver {
  /** Opens the keys of one place, again after a close or beside another. */
  open: (place: string, pseudonymKey?: Uint8Array) => PersonKeys;
  /** The raw key of a person, as it lies in the place. */
  keyOf: (place: string, person: string) => Buffer | null;
}

const one: PersonalData = { name: '金丝雀', idType: 'citizen-id', idNumber: '11010119700101001X', phone: '10000000001', address: '模拟路1号' };
const other: PersonalData = { ...one, name: '百灵鸟' };
const key = Buffer.alloc(32, 3);

function describePersonKeys(name: string, { open, keyOf }: Driver): void {
  describe(`person keys on ${name}`, () => {
    const folder = useTempFolder();
    const place = (): string => folder('keys');
    let keys: PersonKeys;
    beforeEach(() => {
      keys = open(place());
    });
    afterEach(() => keys.close());

    /** Whether any file beside the place holds the bytes. */
    const onDisk = (bytes: Buffer): boolean => readdirSync(dirname(place())).some((file) => readFileSync(join(dirname(place()), file)).includes(bytes));

    it('opens what it sealed, and only for the person it was sealed for', () => {
      const { box } = keys.seal('p-1', one);
      keys.seal('p-2', other);
      keys.save();
      assert.deepEqual(keys.open('p-1', box), one);
      assert.throws(() => keys.open('p-2', box), HubError);
      assert.equal(keys.open('p-3', box), null);
    });

    it('gives back any data', () => {
      const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 30 }));
      const data = fc.record({ name: text, idType: text, idNumber: text, phone: text, address: text }, { noNullPrototype: true });
      fc.assert(
        fc.property(data, (personal) => {
          const { box } = keys.seal('p-1', personal);
          keys.save();
          assert.deepEqual(keys.open('p-1', box), personal);
        }),
        { numRuns: 30 },
      );
    });

    it('never seals twice to the same bytes, and always to the same digest', () => {
      const [first, second] = [keys.seal('p-1', one), keys.seal('p-1', one)];
      assert.notDeepEqual(Buffer.from(first.box), Buffer.from(second.box));
      assert.deepEqual(Buffer.from(first.digest), Buffer.from(second.digest));
      assert.notDeepEqual(Buffer.from(first.digest), Buffer.from(keys.seal('p-1', other).digest));
      assert.equal(first.digest.length, 16);
    });

    it('shows nothing of the data in box or digest', () => {
      const { box, digest } = keys.seal('p-1', one);
      for (const value of Object.values(one) as string[]) assert.ok(!Buffer.concat([box, digest]).includes(value));
    });

    it('tells a box that was altered or cut from a good one', () => {
      const { box } = keys.seal('p-1', one);
      keys.save();
      for (const place of [0, 12, 20, box.length - 1]) {
        const altered = Buffer.from(box);
        altered[place]! ^= 1;
        assert.throws(() => keys.open('p-1', altered), (error) => error instanceof HubError && error.code === 'STORE_CORRUPT');
      }
      assert.equal(keys.open('p-1', Buffer.from(box).subarray(0, 20)), null);
      assert.equal(keys.open('p-1', Buffer.alloc(0)), null);
    });

    it('keeps keys over a close once they were saved', () => {
      const { box } = keys.seal('p-1', one);
      keys.save();
      keys.save();
      keys.close();
      keys = open(place());
      assert.deepEqual(keys.open('p-1', box), one);
      const again = keys.seal('p-1', one);
      assert.deepEqual(keys.open('p-1', again.box), one);
    });

    it('never opens what an erased person was sealed in, now or after a close', () => {
      const { box } = keys.seal('p-1', one);
      keys.save();
      assert.equal(keys.erase('p-1', 1), 'erased');
      assert.equal(keys.open('p-1', box), null);
      keys.close();
      keys = open(place());
      assert.equal(keys.open('p-1', box), null);
    });

    it('erases once, and says so the second time', () => {
      keys.seal('p-1', one);
      keys.save();
      assert.deepEqual([keys.erase('p-1', 1), keys.erase('p-1', 2), keys.erase('p-2', 1), keys.erase('p-2', 2)], ['erased', 'already-erased', 'unknown', 'already-erased']);
    });

    it('gives an erased person an empty box and never a new key, with the digest there was', () => {
      const before = keys.seal('p-1', one);
      keys.save();
      keys.erase('p-1', 1);
      keys.erase('p-2', 1);
      for (const person of ['p-1', 'p-2']) {
        const { box, digest } = keys.seal(person, one);
        keys.save();
        assert.equal(box.length, 0);
        assert.deepEqual(Buffer.from(digest), Buffer.from(before.digest));
        assert.equal(keyOf(place(), person), null);
      }
    });

    it('erases a person whose key was never saved', () => {
      const { box } = keys.seal('p-1', one);
      keys.erase('p-1', 1);
      keys.save();
      assert.equal(keys.open('p-1', box), null);
      assert.equal(keys.seal('p-1', one).box.length, 0);
    });

    it('leaves no byte of a destroyed key in any file, open or closed', () => {
      const persons = Array.from({ length: 300 }, (_, i) => `p-${i}`);
      for (const person of persons) keys.seal(person, one);
      keys.save();
      const bytes = persons.map((person) => keyOf(place(), person)!);
      assert.ok(bytes.every((raw) => raw.length === 32 && onDisk(raw)));
      for (const [i, person] of persons.entries()) {
        if (i % 3 !== 0) continue;
        keys.erase(person, 1);
        if (i % 60 === 0) assert.ok(!onDisk(bytes[i]!));
      }
      keys.close();
      bytes.forEach((raw, i) => assert.equal(onDisk(raw), i % 3 !== 0, `key ${i}`));
      keys = open(place());
    });

    it('is erased for another that has the keys open', () => {
      const { box } = keys.seal('p-1', one);
      keys.save();
      const beside = open(place());
      try {
        assert.deepEqual(beside.open('p-1', box), one);
        keys.erase('p-1', 1);
        assert.equal(beside.open('p-1', box), null);
      } finally {
        beside.close();
      }
    });

    it('gives the same pseudonym for the same document, and only for it', () => {
      const pseudonym = keys.pseudonym('citizen-id', '11010119700101001X');
      assert.match(pseudonym, /^p-[\w-]{22}$/);
      assert.equal(keys.pseudonym('citizen-id', '11010119700101001X'), pseudonym);
      assert.notEqual(keys.pseudonym('passport', '11010119700101001X'), pseudonym);
      assert.notEqual(keys.pseudonym('citizen-id', '110101197001010011'), pseudonym);
      keys.close();
      keys = open(place());
      assert.equal(keys.pseudonym('citizen-id', '11010119700101001X'), pseudonym);
    });

    it('gives the same pseudonyms and tokens elsewhere under the same key, and others without it', () => {
      const [here, there, apart] = [open(folder('a'), key), open(folder('b'), key), open(folder('c'))];
      try {
        assert.equal(here.pseudonym('passport', 'X1'), there.pseudonym('passport', 'X1'));
        assert.equal(here.token('place:模拟路'), there.token('place:模拟路'));
        assert.deepEqual(Buffer.from(here.seal('p-1', one).digest), Buffer.from(there.seal('p-1', one).digest));
        assert.notEqual(here.pseudonym('passport', 'X1'), apart.pseudonym('passport', 'X1'));
        assert.notEqual(here.token('place:模拟路'), apart.token('place:模拟路'));
      } finally {
        for (const each of [here, there, apart]) each.close();
      }
    });
  });
}

describePersonKeys('sqlite', {
  open: (place, pseudonymKey) => openSqlitePersonKeys(`${place}.sqlite`, pseudonymKey ? { pseudonymKey } : {}),
  keyOf: (place, person) => {
    const db = new Database(`${place}.sqlite`, { readonly: true });
    try {
      return (db.prepare('SELECT key FROM person WHERE pseudonym = ?').pluck().get(person) as Buffer | null | undefined) ?? null;
    } finally {
      db.close();
    }
  },
});
