// One pass over a source: everything counted, keys before events, and no record that stops the next.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createAdapter } from '../../services/adapters/adapter.ts';
import { HubError } from '../../services/domain/errors.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { codec, contractOf } from '../support/project.ts';
import { keysInMemory } from '../support/simulated-events.ts';
import type { Adapter, SourceRecord } from '../../services/adapters/adapter.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { PersonKeys } from '../../services/ports/person-keys.ts';

const records = [...createSimulation({ seed: 'adapter', subjects: 300, dirty: 0.3 }).records('house-transfer')] as Record<
  string,
  unknown
>[];
const positioned = (fields: readonly Record<string, unknown>[]): SourceRecord[] =>
  fields.map((each, i) => ({ position: `start+${i}`, fields: each }));

describe('an adapter', () => {
  let keys: PersonKeys;
  let published: HubEvent[];
  beforeEach(() => {
    keys = keysInMemory();
    published = [];
  });
  afterEach(() => keys.close());

  const adapter = (changes: Partial<PersonKeys> = {}): Adapter =>
    createAdapter(contractOf('house-transfer'), 'platform', 'polled', {
      log: { publish: async (events) => String(published.push(...events)), recorded: async () => undefined },
      codec,
      keys: { ...keys, ...changes },
      now: () => 1_800_000_000_000,
    });
  const families = (family: string): HubEvent[] => published.filter((event) => event.type.startsWith(`${family}.`));

  it('publishes or refuses every record it received, and counts both', async () => {
    const pass = adapter();
    await pass.take(positioned(records.slice(0, 50)), '1');
    await pass.take(positioned(records.slice(50)), '2');
    const counts = pass.counts();
    assert.equal(counts.received, records.length);
    assert.equal(counts.published, families('house-transfer').length);
    assert.equal(counts.quarantined, families('quarantine').length);
    assert.equal(counts.published + counts.quarantined, counts.received);
    assert.ok(counts.quarantined > 0);
  });

  it('tells the contact with counts that add up to those of the pass, and where it goes on', async () => {
    const pass = adapter();
    await pass.take(positioned(records.slice(0, 50)), '1');
    await pass.take(positioned(records.slice(50)), '2');
    await pass.take([], '2');
    const contacts = families('contact').map(
      (event) => codec.decode(event.data) as { received: number; published: number; quarantined: number; cursor: string },
    );
    assert.deepEqual(
      contacts.map(({ cursor }) => cursor),
      ['1', '2', '2'],
    );
    const { received, published: out, quarantined } = pass.counts();
    const sum = (of: 'received' | 'published' | 'quarantined'): number => contacts.reduce((total, contact) => total + contact[of], 0);
    assert.deepEqual([sum('received'), sum('published'), sum('quarantined')], [received, out, quarantined]);
    assert.equal(new Set(families('contact').map(({ id }) => id)).size, 3);
  });

  it('makes keys durable before the events that were sealed with them are published', async () => {
    const calls: string[] = [];
    const pass = createAdapter(contractOf('house-transfer'), 'platform', 'polled', {
      log: { publish: async () => String(calls.push('publish')), recorded: async () => undefined },
      codec,
      keys: { ...keys, save: () => (calls.push('save'), keys.save()) },
      now: () => 0,
    });
    await pass.take(positioned(records.slice(0, 5)), null);
    assert.deepEqual(calls, ['save', 'publish']);
  });

  it('maps a batch once more when its keys were not those that are kept, and counts it once', async () => {
    const rounds: string[] = [];
    let sealed: Buffer[] = [];
    const pass = adapter({
      seal(person, data) {
        const box = keys.seal(person, data);
        sealed.push(Buffer.from(box.box));
        return box;
      },
      async save() {
        rounds.push(String(sealed.length));
        if (rounds.length === 3) return keys.save();
        sealed = [];
        return 'again';
      },
    });
    await pass.take(positioned(records.slice(0, 50)), '1');
    assert.deepEqual(rounds, [rounds[0], rounds[0], rounds[0]]);
    const { received, published: out, quarantined } = pass.counts();
    assert.deepEqual([received, out + quarantined], [50, 50]);
    const [contact] = families('contact').map((event) => codec.decode(event.data) as { received: number });
    assert.deepEqual([contact!.received, families('contact').length, published.length], [50, 1, 51]);
    const boxesIn = published.filter((event) => event.type.startsWith('house-transfer.')).map(({ data }) => Buffer.from(data));
    assert.ok(boxesIn.length > 0);
    const kept = sealed.filter((box) => boxesIn.some((data) => data.includes(box)));
    assert.ok(kept.length > 0, 'what is published was sealed in the last round');
    for (const data of boxesIn) assert.ok(kept.some((box) => data.includes(box)));
  });

  it('maps a large batch piece by piece, and a piece whose keys were not those that are kept once more, and no other', async () => {
    const many = Array.from({ length: 5 }, () => records).flat();
    let pieces = 0;
    let sealed = 0;
    const sealedIn: number[] = [];
    const pass = adapter({
      seal(person, data) {
        sealed++;
        return keys.seal(person, data);
      },
      async save() {
        sealedIn.push(sealed);
        sealed = 0;
        return ++pieces === 2 ? 'again' : keys.save();
      },
    });
    await pass.take(positioned(many), '1');
    assert.ok(sealedIn.length > 3, `${sealedIn.length} pieces`);
    assert.equal(sealedIn[1], sealedIn[2], 'the second piece twice');
    assert.deepEqual([pass.counts().received, published.length], [many.length, many.length + 1]);
  });

  it('publishes nothing when keys cannot be made durable', async () => {
    const full = async (): Promise<never> => {
      throw new HubError('DISK_FULL', 'no space left');
    };
    await assert.rejects(adapter({ save: full }).take(positioned(records.slice(0, 5)), null), { code: 'DISK_FULL' });
    assert.deepEqual(published, []);
  });

  it('gives one trace to all events of a pass, and another to the next', async () => {
    await adapter().take(positioned(records.slice(0, 20)), null);
    const [trace, ...others] = new Set(published.map(({ traceparent }) => traceparent));
    assert.match(trace!, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.deepEqual(others, []);
    published = [];
    await adapter().take(positioned(records.slice(0, 1)), null);
    assert.notEqual(published[0]!.traceparent, trace);
  });

  it('refuses a mapping that the contract does not have, naming those it has', () => {
    const start = (): Adapter =>
      createAdapter(contractOf('house-transfer'), 'nothing', 'polled', {
        log: { publish: async () => '0', recorded: async () => undefined },
        codec,
        keys,
        now: () => 0,
      });
    assert.throws(start, (error) => error instanceof HubError && error.code === 'UNKNOWN_MAPPING' && error.message.includes('taipei'));
  });

  it('is stopped by no record, whatever JSON it is', async () => {
    const names = ['hj', 'zt', 'slbh', 'qlrlb', 'ywrlb', 'zl', 'djsj', 'bbh', 'blsj'];
    const deep = fc.integer({ min: 1, max: 30_000 }).map((depth): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth)));
    const odd = fc.dictionary(
      fc.constantFrom(...names),
      fc.oneof({ weight: 5, arbitrary: fc.jsonValue() }, { weight: 1, arbitrary: deep }),
    );
    const property = fc.asyncProperty(fc.array(odd, { maxLength: 4 }), async (strange) => {
      published = [];
      const pass = adapter();
      await pass.take(
        [...positioned(strange), { position: 'x:1', problem: 'json-syntax', content: '{"slbh":' }, ...positioned(records.slice(0, 1))],
        null,
      );
      assert.equal(published.length, strange.length + 3);
      assert.equal(pass.counts().published + pass.counts().quarantined, strange.length + 2);
      for (const event of published) codec.decode(event.data);
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
