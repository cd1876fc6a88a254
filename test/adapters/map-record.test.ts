// Mapping records to events, for every contract: only what is permitted leaves, persons leave sealed, and nothing stops it.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compileMapping } from '../../services/adapters/map-record.ts';
import { factFamilies } from '../../services/domain/events.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { createClock } from '../support/clock.ts';
import { inWorkshop, rowsOf } from '../support/fold.ts';
import { codec, contractOf, contracts } from '../support/project.ts';
import { keysInMemory } from '../support/simulated-events.ts';
import { isStrict } from '../../services/domain/source-contract.ts';
import type { FieldSpec } from '../../services/domain/source-contract.ts';
import type { Mapped } from '../../services/adapters/map-record.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { Fact, Party } from '../../services/domain/facts.ts';
import type { PersonKeys } from '../../services/ports/person-keys.ts';

type Fields = Record<string, unknown>;

const simulation = createSimulation({ seed: 'mapping', subjects: 60, dirty: 0 });
const samples = new Map(factFamilies.map((source) => [source, [...simulation.records(source)] as Fields[]]));

/** Names of the source's own fields that a mapping reads, those within parties too. */
function namesRead(source: string, mapping = 'platform'): { top: Set<string>; party: Set<string> } {
  const fields = Object.values(contractOf(source).mappings[mapping]!.fields);
  const inner = fields.flatMap(({ party }) => Object.values(party ?? {}) as string[]);
  const top = fields.flatMap(({ from, party }) => (from === undefined ? (Object.values(party ?? {}) as string[]) : [from]));
  return { top: new Set(top), party: new Set(inner) };
}

describe('mapping a record', () => {
  let keys: PersonKeys;
  beforeEach(() => {
    keys = keysInMemory();
  });
  afterEach(() => keys.close());

  const map = (source: string, record: Fields, mapping = 'platform', by = keys): Mapped =>
    compileMapping(contractOf(source), contractOf(source).mappings[mapping]!, { codec, keys: by })(record, null);
  function eventOf(source: string, record: Fields, by = keys): HubEvent {
    const mapped = map(source, record, 'platform', by);
    if (mapped.kind === 'refused') throw new Error(`${source} refused: ${mapped.reason} in ${mapped.field}`);
    return mapped.event;
  }
  const factOf = (event: HubEvent): Fact & Fields => codec.decode(event.data) as Fact & Fields;
  const attributes = ({ data, ...rest }: HubEvent): string => JSON.stringify(rest) + Buffer.from(data).toString('latin1');

  for (const source of factFamilies) {
    describe(`of ${source}`, () => {
      const records = samples.get(source)!;

      it('makes an event of every simulated record, in the envelope the contract states', () => {
        const { record } = contractOf(source);
        for (const fields of records) {
          const event = eventOf(source, fields);
          const fact = factOf(event);
          assert.equal(event.subject, fact[record.subject]);
          assert.equal(event.type, `${source}.${fact.change}`);
          assert.equal(event.contract, `${source}@${contractOf(source).version}`);
          assert.ok(Number.isInteger(event.time) && event.time > 0 && Number.isInteger(event.sequence));
          assert.match(event.id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        }
      });

      it('lets nothing out that the contract does not permit', () => {
        const { top, party } = namesRead(source);
        const withCanaries = (fields: Fields, permitted: Set<string>): Fields =>
          Object.fromEntries([
            ...Object.entries(fields).map(([name, value]): [string, unknown] => {
              if (Array.isArray(value)) return [name, value.map((element) => withCanaries(element as Fields, party))];
              return [name, permitted.has(name) ? value : 'CANARY'];
            }),
            ['anything', 'CANARY'],
            ['nested', { deep: ['CANARY'] }],
          ]);
        for (const fields of records) {
          const event = eventOf(source, withCanaries(fields, top));
          assert.ok(!attributes(event).includes('CANARY'));
          // Nor does it tell events apart.
          assert.equal(event.id, eventOf(source, fields).id);
          assert.equal(event.evidence.split(':')[0], eventOf(source, fields).evidence.split(':')[0]);
        }
      });

      it('shows nothing of a natural person', () => {
        for (const fields of records) {
          const event = eventOf(source, fields);
          const shown = attributes(event);
          const persons = JSON.stringify(fields).match(/"[^"]*":"(模拟[赵钱孙李周吴郑王冯陈][^"]{4,5}|1101\d{13}[\dX]|100\d{8})"/g) ?? [];
          for (const pair of persons) {
            const [name, value] = Object.entries(JSON.parse(`{${pair}}`) as Record<string, string>)[0]!;
            if (namesRead(source).top.has(name) || namesRead(source).party.has(name))
              assert.ok(!shown.includes(value), `${name} of ${source}`);
          }
          const fact = factOf(event);
          const held = Object.values(fact)
            .flat()
            .filter((value): value is Party => typeof value === 'object' && value !== null && 'idValid' in value);
          for (const each of held.filter(({ kind }) => kind === 'person')) {
            assert.match(each.id, /^p-[\w-]{22}$/);
            assert.equal(each.name, null);
            assert.ok(each.sealed!.box.length > 28);
          }
          if (held.some(({ kind }) => kind === 'person') && contractOf(source).fields['address']?.type === 'address')
            assert.equal(fact['address'], null);
        }
      });

      it('gives the same id to the same record, and another to another version or content', () => {
        const [fields] = records;
        const { version, id } = contractOf(source).record;
        const columns = contractOf(source).mappings['platform']!.fields;
        const event = eventOf(source, fields!);
        assert.equal(eventOf(source, { ...fields! }).id, event.id);
        assert.equal(eventOf(source, Object.fromEntries(Object.entries(fields!).reverse())).id, event.id);
        assert.notEqual(eventOf(source, { ...fields!, [columns[version!]!.from!]: 77 }).id, event.id);
        const text = Object.entries(contractOf(source).fields).find(
          ([name, { type }]) => type === 'text' && name !== id && columns[name],
        )![0];
        assert.notEqual(eventOf(source, { ...fields!, [columns[text]!.from!]: '模拟另一内容' }).id, event.id);
      });

      it('gives the same id after its persons were erased, and seals nothing again', async () => {
        for (const fields of records.slice(0, 10)) {
          const before = eventOf(source, fields);
          await keys.save();
          for (const person of JSON.stringify(factOf(before)).match(/p-[\w-]{22}/g) ?? []) await keys.erase(person, 1);
          const after = eventOf(source, fields);
          assert.equal(after.id, before.id);
          assert.equal(after.evidence, before.evidence);
        }
      });

      it('takes what registries write for nothing as nothing', () => {
        const [fields] = records;
        const columns = Object.entries(contractOf(source).mappings['platform']!.fields);
        const { id, subject } = contractOf(source).record;
        for (const [field, { from }] of columns) {
          const spec = contractOf(source).fields[field]!;
          if (from === undefined || spec.type === 'parties') continue;
          for (const nothing of ['/', '无', '', ' ', 'N/A', '1900-01-01', null, undefined]) {
            const mapped = map(source, { ...fields!, [from]: nothing });
            // One field of the source may fill two of ours.
            const filled: string[] = columns.flatMap(([name, column]) => (column.from === from ? [name] : []));
            const mustBe = ({ required, default: otherwise }: FieldSpec): boolean => required === true && otherwise === undefined;
            const required = filled.find((name) => mustBe(contractOf(source).fields[name]!) || name === id || name === subject);
            if (required !== undefined) assert.equal(mapped.kind === 'refused' && mapped.field, required);
            else {
              assert.equal(mapped.kind, 'event', `${field} = ${String(nothing)}`);
              const fact = factOf((mapped as { event: HubEvent }).event);
              if (field in fact) assert.equal(fact[field], spec.default ?? null, field);
              assert.deepEqual(
                fact.warnings.filter((warning) => warning.startsWith(`${field}:`)),
                [],
              );
            }
          }
        }
      });

      it('warns of an unknown code where it can do without, and refuses where a default would speak for the source', () => {
        const [fields] = records;
        for (const [field, { from, values }] of Object.entries(contractOf(source).mappings['platform']!.fields)) {
          if (!values) continue;
          for (const code of ['没有的代码', 'constructor', '__proto__', 'toString']) {
            const mapped = map(source, { ...fields!, [from!]: code });
            if (isStrict(contractOf(source).fields[field]!)) {
              assert.deepEqual(
                [mapped.kind, (mapped as { reason: string }).reason, (mapped as { field: string }).field],
                ['refused', 'unknown-code', field],
              );
            } else assert.ok(factOf((mapped as { event: HubEvent }).event).warnings.includes(`${field}:unknown-code`));
          }
        }
      });

      it('never throws, whatever JSON comes, and says which field stood in the way', () => {
        const { top, party } = namesRead(source);
        const [fields] = records;
        const odd = fc.oneof(
          fc.jsonValue(),
          fc.constantFrom('__proto__', 'constructor', 'toString', '9999-12-31', '0000-00-00', '\ud800', '😀', 1e308, -0, 2 ** 53),
          fc.constant({ toString: 1 }),
          fc.dictionary(fc.constantFrom(...party, 'toString', 'length'), fc.jsonValue()),
          fc.array(fc.dictionary(fc.constantFrom(...party, 'x'), fc.oneof(fc.jsonValue(), fc.constant({ valueOf: 1 }))), { maxLength: 3 }),
        );
        const broken = fc.dictionary(fc.constantFrom(...top), odd).map((changes) => ({ ...fields!, ...changes }));
        const anything = fc.oneof(broken, fc.dictionary(fc.constantFrom(...top), odd), fc.dictionary(fc.string(), fc.jsonValue()));
        const property = fc.property(anything, (record) => {
          const mapped = map(source, record);
          if (mapped.kind === 'event') codec.decode(mapped.event.data);
          else assert.ok(mapped.reason !== '' && mapped.field !== null && mapped.field in contractOf(source).fields);
        });
        fc.assert(property, { numRuns: 150 });
      });
    });
  }

  it('uses every mapping of every contract with the fields of its own columns alone', () => {
    for (const contract of contracts.sources.values()) {
      for (const [name, mapping] of Object.entries(contract.mappings)) {
        assert.doesNotThrow(() => compileMapping(contract, mapping, { codec, keys })({}, null), name);
      }
    }
  });

  it('keeps a villager’s building site to the villager', () => {
    const [fields] = samples.get('planning-permit')!;
    const person = { buildunit: '金丝雀', buildunitcode: '110101197001010010', zzlx: '乡村建设规划许可证', buildAddress: '金丝雀村7号' };
    const mapped = map('planning-permit', { ...fields!, ...person });
    assert.ok(mapped.kind === 'event' && !attributes(mapped.event).includes('金丝雀'));
  });

  it('tells a contradiction in one version of a record as a conflict in the view, by both events', async () => {
    const [fields] = samples.get('business-licence')!;
    const [one, other] = [eventOf('business-licence', fields!), eventOf('business-licence', { ...fields!, OPSCOPE: '模拟不一致内容' })];
    await inWorkshop(createClock(), async ({ live, views }) => {
      await live([one, other]);
      const [row] = (await rowsOf(views)).filter(({ view }) => view === 'enterprise');
      assert.deepEqual((JSON.parse(row!.body) as { conflicts: string[] }).conflicts, [one.id, other.id].sort());
    });
  });

  it('gives other pseudonyms and sealed bytes, but the same ids, under the same pseudonym key elsewhere', async () => {
    const [fields] = samples.get('house-transfer')!;
    const elsewhere = keysInMemory();
    try {
      const [here, there] = [eventOf('house-transfer', fields!), eventOf('house-transfer', fields!, elsewhere)];
      assert.equal(here.id, there.id);
      assert.notDeepEqual(Buffer.from(here.data), Buffer.from(there.data));
    } finally {
      await elsewhere.close();
    }
  });
});
