// What every store of person keys does, whichever driver it is.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { HubError } from '../../services/domain/errors.ts';
import { openPostgresPersonKeys } from '../../services/drivers/postgres/person-keys.ts';
import { openSqlitePersonKeys } from '../../services/drivers/sqlite/person-keys.ts';
import { postgresFor } from '../support/postgres.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { PersonalData, Sealed } from '../../services/domain/facts.ts';
import type { PersonKeys } from '../../services/ports/person-keys.ts';
import type { TestPostgres } from '../support/postgres.ts';

interface Driver {
  /** Starts what the driver needs, or skips the suite. */
  prepare: (context: Mocha.Context) => Promise<void>;
  /** Opens the keys of one place, again after a close or beside another. */
  open: (place: string, pseudonymKey?: Uint8Array) => Promise<PersonKeys>;
  /** The raw key of a person, as it lies in the place. */
  keyOf: (place: string, person: string) => Promise<Buffer | null>;
  /** Every byte of every file that holds keys of the place; null where we may not look. */
  bytesOf: (place: string) => Promise<Buffer | null>;
}

const one: PersonalData = { name: '金丝雀', idType: 'citizen-id', idNumber: '11010119700101001X', phone: '10000000001', address: '模拟路1号' };
const other: PersonalData = { ...one, name: '百灵鸟' };
const key = Buffer.alloc(32, 3);

/** Seals and saves as adapters do: once more, if that is what it takes. */
async function sealed(keys: PersonKeys, person: string, data: PersonalData = one): Promise<Sealed> {
  let box;
  do box = keys.seal(person, data);
  while ((await keys.save()) === 'again');
  return box;
}

function describePersonKeys(name: string, { prepare, open, keyOf, bytesOf }: Driver): void {
  describe(`person keys on ${name}`, () => {
    before(async function () {
      await prepare(this);
    });
    const folder = useTempFolder();
    const place = (): string => folder('keys');
    const opened = async (at: string, pseudonymKey?: Uint8Array): Promise<PersonKeys> => {
      const keys = await open(at, pseudonymKey);
      await keys.ready();
      return keys;
    };
    let keys: PersonKeys;
    beforeEach(async () => {
      keys = await opened(place());
    });
    afterEach(() => keys.close());
    const reopen = async (): Promise<void> => {
      await keys.close();
      keys = await opened(place());
    };

    it('opens what it sealed, and only for the person it was sealed for', async () => {
      const { box } = await sealed(keys, 'p-1');
      await sealed(keys, 'p-2', other);
      assert.deepEqual(await keys.open('p-1', box), one);
      await assert.rejects(keys.open('p-2', box), HubError);
      assert.equal(await keys.open('p-3', box), null);
    });

    it('gives back any data', async () => {
      const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 30 }));
      const data = fc.record({ name: text, idType: text, idNumber: text, phone: text, address: text }, { noNullPrototype: true });
      await fc.assert(
        fc.asyncProperty(data, async (personal) => assert.deepEqual(await keys.open('p-1', (await sealed(keys, 'p-1', personal)).box), personal)),
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

    it('tells a box that was altered or cut from a good one', async () => {
      const { box } = await sealed(keys, 'p-1');
      for (const place of [0, 12, 20, box.length - 1]) {
        const altered = Buffer.from(box);
        altered[place]! ^= 1;
        await assert.rejects(keys.open('p-1', altered), (error) => error instanceof HubError && error.code === 'STORE_CORRUPT');
      }
      assert.equal(await keys.open('p-1', Buffer.from(box).subarray(0, 20)), null);
      assert.equal(await keys.open('p-1', Buffer.alloc(0)), null);
    });

    it('keeps keys over a close once they were saved', async () => {
      const { box } = await sealed(keys, 'p-1');
      assert.equal(await keys.save(), 'saved');
      await reopen();
      assert.deepEqual(await keys.open('p-1', box), one);
      const again = await sealed(keys, 'p-1');
      assert.deepEqual(await keys.open('p-1', again.box), one);
      assert.deepEqual(await keys.open('p-1', box), one);
    });

    it('keeps one key of a person whom two seal for the first time at once', async () => {
      const beside = await opened(place());
      try {
        const boxes = await Promise.all([sealed(keys, 'p-1'), sealed(beside, 'p-1', other), sealed(keys, 'p-1')]);
        assert.deepEqual(await Promise.all(boxes.map(({ box }) => beside.open('p-1', box))), [one, other, one]);
        keys.seal('p-2', one);
        await sealed(beside, 'p-2');
        assert.equal(await keys.save(), 'again');
        const { box } = await sealed(keys, 'p-2', other);
        assert.deepEqual(await beside.open('p-2', box), other);
      } finally {
        await beside.close();
      }
    });

    it('never opens what an erased person was sealed in, now or after a close', async () => {
      const { box } = await sealed(keys, 'p-1');
      assert.equal(await keys.erase('p-1', 1), 'erased');
      assert.equal(await keys.open('p-1', box), null);
      await reopen();
      assert.equal(await keys.open('p-1', box), null);
    });

    it('erases once, and says so the second time', async () => {
      await sealed(keys, 'p-1');
      const outcomes = [];
      for (const [person, at] of [['p-1', 1], ['p-1', 2], ['p-2', 1], ['p-2', 2]] as const) outcomes.push(await keys.erase(person, at));
      assert.deepEqual(outcomes, ['erased', 'already-erased', 'unknown', 'already-erased']);
    });

    it('says whether a person is known', async () => {
      assert.equal(await keys.state('p-1'), 'unknown');
      await sealed(keys, 'p-1');
      assert.equal(await keys.state('p-1'), 'present');
      await keys.erase('p-1', 1);
      assert.equal(await keys.state('p-1'), 'erased');
    });

    it('gives an erased person an empty box and never a new key, with the digest there was', async () => {
      const before = await sealed(keys, 'p-1');
      await keys.erase('p-1', 1);
      await keys.erase('p-2', 1);
      for (const person of ['p-1', 'p-2']) {
        const { box, digest } = await sealed(keys, person);
        assert.equal(box.length, 0);
        assert.deepEqual(Buffer.from(digest), Buffer.from(before.digest));
        assert.equal(await keyOf(place(), person), null);
      }
    });

    it('erases a person whose key was never saved', async () => {
      const { box } = keys.seal('p-1', one);
      await keys.erase('p-1', 1);
      await keys.save();
      assert.equal(await keys.open('p-1', box), null);
      assert.equal((await sealed(keys, 'p-1')).box.length, 0);
    });

    it('leaves no byte of a destroyed key in any file, open or closed', async function () {
      this.timeout(60_000);
      const onDisk = async (): Promise<Buffer> => (await bytesOf(place())) ?? this.skip();
      const persons = Array.from({ length: 300 }, (_, i) => `p-${i}`);
      for (const person of persons) keys.seal(person, one);
      await keys.save();
      const bytes: Buffer[] = [];
      for (const person of persons) bytes.push((await keyOf(place(), person))!);
      const before = await onDisk();
      assert.ok(bytes.every((raw) => raw.length === 32 && before.includes(raw)));
      for (const [i, person] of persons.entries()) {
        if (i % 3 !== 0) continue;
        await keys.erase(person, 1);
        if (i % 60 === 0) assert.ok(!(await onDisk()).includes(bytes[i]!));
      }
      await keys.close();
      const after = await onDisk();
      bytes.forEach((raw, i) => assert.equal(after.includes(raw), i % 3 !== 0, `key ${i}`));
      keys = await opened(place());
    });

    it('is erased for another that has the keys open, to open or to seal', async () => {
      const { box } = await sealed(keys, 'p-1');
      const beside = await opened(place());
      try {
        assert.deepEqual(await beside.open('p-1', box), one);
        await sealed(beside, 'p-1');
        await keys.erase('p-1', 1);
        assert.equal(await beside.open('p-1', box), null);
        beside.seal('p-1', one);
        assert.equal(await beside.save(), 'again');
        assert.equal((await sealed(beside, 'p-1')).box.length, 0);
        assert.equal((await sealed(keys, 'p-1')).box.length, 0);
      } finally {
        await beside.close();
      }
    });

    it('gives the same pseudonym for the same document, and only for it', async () => {
      const pseudonym = keys.pseudonym('citizen-id', '11010119700101001X');
      assert.match(pseudonym, /^p-[\w-]{22}$/);
      assert.equal(keys.pseudonym('citizen-id', '11010119700101001X'), pseudonym);
      assert.notEqual(keys.pseudonym('passport', '11010119700101001X'), pseudonym);
      assert.notEqual(keys.pseudonym('citizen-id', '110101197001010011'), pseudonym);
      await reopen();
      assert.equal(keys.pseudonym('citizen-id', '11010119700101001X'), pseudonym);
    });

    it('gives the same pseudonyms and tokens elsewhere under the same key, and others without it', async () => {
      const [here, there, apart] = [await opened(folder('a'), key), await opened(folder('b'), key), await opened(folder('c'))];
      try {
        assert.equal(here.pseudonym('passport', 'X1'), there.pseudonym('passport', 'X1'));
        assert.equal(here.token('place:模拟路'), there.token('place:模拟路'));
        assert.deepEqual(Buffer.from(here.seal('p-1', one).digest), Buffer.from(there.seal('p-1', one).digest));
        assert.notEqual(here.pseudonym('passport', 'X1'), apart.pseudonym('passport', 'X1'));
        assert.notEqual(here.token('place:模拟路'), apart.token('place:模拟路'));
      } finally {
        for (const each of [here, there, apart]) await each.close();
      }
    });

    it('is never used with two pseudonym keys', async () => {
      const begun = (at: string, pseudonymKey?: Uint8Array) => opened(folder(at), pseudonymKey).then((each) => each.close());
      const mixed = (error: unknown): boolean => error instanceof HubError && error.code === 'CONFIG_INVALID';
      await begun('given', key);
      await begun('given', key);
      await assert.rejects(begun('given', Buffer.alloc(32, 4)), mixed);
      await assert.rejects(begun('given'), mixed);
      await begun('made');
      await begun('made');
      await assert.rejects(begun('made', key), mixed);
    });
  });
}

describePersonKeys('sqlite', {
  prepare: async () => undefined,
  open: async (place, pseudonymKey) => openSqlitePersonKeys(`${place}.sqlite`, pseudonymKey ? { pseudonymKey } : {}),
  async keyOf(place, person) {
    const db = new Database(`${place}.sqlite`, { readonly: true });
    try {
      return (db.prepare('SELECT key FROM person WHERE pseudonym = ?').pluck().get(person) as Buffer | null | undefined) ?? null;
    } finally {
      db.close();
    }
  },
  async bytesOf(place) {
    const folder = dirname(place);
    return Buffer.concat(readdirSync(folder).map((file) => readFileSync(join(folder, file))));
  },
});

let postgres: TestPostgres;
describePersonKeys('postgres', {
  prepare: async (context) => {
    postgres = await postgresFor(context);
  },
  open: async (place, pseudonymKey) => openPostgresPersonKeys({ url: await postgres.database(place), ...(pseudonymKey && { pseudonymKey }) }),
  async keyOf(place, person) {
    const text = 'SELECT key FROM hub_keys.person WHERE pseudonym = $1';
    return (await postgres.query<{ key: Buffer | null }>(await postgres.database(place), text, [person]))[0]?.key ?? null;
  },
  async bytesOf(place) {
    const url = await postgres.database(place);
    const [me] = await postgres.query<{ super: boolean }>(url, 'SELECT rolsuper AS super FROM pg_roles WHERE rolname = current_user');
    if (!me!.super) return null;
    // The files of the table as they are, once everything in memory is written.
    await postgres.query(url, 'CHECKPOINT');
    const files = `SELECT pg_read_binary_file(pg_relation_filepath(oid)) AS bytes FROM pg_class WHERE relnamespace = 'hub_keys'::regnamespace`;
    return Buffer.concat((await postgres.query<{ bytes: Buffer }>(url, files)).map(({ bytes }) => bytes));
  },
});
