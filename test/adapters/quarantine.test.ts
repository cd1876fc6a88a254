// Refused records: kept once, sealed, with the reason, the field and the place.
import assert from 'node:assert/strict';
import { quarantineEvent } from '../../services/adapters/quarantine.ts';
import { makeCitizenId } from '../../services/domain/identifiers/make.ts';
import { codec, contractOf } from '../support/project.ts';
import { keysInMemory } from '../support/simulated-events.ts';
import type { Refusal } from '../../services/adapters/quarantine.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { PersonKeys } from '../../services/ports/person-keys.ts';

const citizen = makeCitizenId('110101', '19700101', '003');
const record = { BDCDYH: 'bad', ZL: '金丝雀路1号', QLRLB: [{ QLR: '金丝雀', QLRZJH: citizen }], JBR: '没有人要' };

interface Refused {
  reason: string;
  field: string | null;
  position: string;
  persons: string[];
  content: { box: Uint8Array };
}

describe('a refused record', () => {
  let keys: PersonKeys;
  beforeEach(() => {
    keys = keysInMemory();
  });
  afterEach(() => keys.close());

  const refuse = (changes: Partial<Refusal> = {}): HubEvent =>
    quarantineEvent(
      {
        contract: contractOf('property-right'),
        mapping: 'platform',
        reason: 'form',
        field: 'unitCode',
        position: 'a.jsonl:3',
        content: record,
        persons: [],
        evidence: null,
        ...changes,
      },
      codec,
      keys,
      null,
    );
  const factOf = (event: HubEvent): Refused => codec.decode(event.data) as Refused;
  async function opened(event: HubEvent): Promise<unknown> {
    await keys.save();
    const text = (await keys.open(event.subject, factOf(event).content.box))?.name;
    return text === undefined || text === null ? null : JSON.parse(text);
  }

  it('says why, where in the record and where in the source', () => {
    const { reason, field, position } = factOf(refuse());
    assert.deepEqual([reason, field, position], ['form', 'unitCode', 'a.jsonl:3']);
    assert.equal(refuse().type, 'quarantine.quarantined');
  });

  it('is the same event when it comes again, wherever it stands', () => {
    assert.equal(refuse({ position: 'b.jsonl:99' }).id, refuse().id);
    assert.notEqual(refuse({ content: { ...record, ZL: '另一路' } }).id, refuse().id);
    assert.notEqual(refuse({ reason: 'missing' }).id, refuse().id);
    assert.notEqual(refuse({ mapping: 'platform-file' }).id, refuse().id);
    assert.equal(refuse({ content: { ...record, JBR: '别的经办人' } }).id, refuse().id);
  });

  it('keeps the fields that the contract permits, for the operator alone', async () => {
    const { JBR: _, ...permitted } = record;
    assert.deepEqual(await opened(refuse()), permitted);
    const shown = Buffer.concat([Buffer.from(refuse().data), Buffer.from(JSON.stringify({ ...refuse(), data: null }))]);
    for (const word of ['金丝雀', citizen, '没有人要']) assert.ok(!shown.includes(word), word);
  });

  it('keeps text that could not be parsed, and finds whom it speaks of by good identity numbers', async () => {
    const text = `{"QLR":"金丝雀","QLRZJH":"${citizen}","x":"110101197001010019","y":"1${citizen}"`;
    const event = refuse({ content: text, reason: 'json-syntax', field: null });
    assert.deepEqual(factOf(event).persons, [keys.pseudonym('citizen-id', citizen)]);
    assert.equal(await opened(event), text);
  });

  it('is unreadable when a person it names was erased before', async () => {
    const person = keys.pseudonym('citizen-id', citizen);
    await keys.erase(person, 1);
    const event = refuse({ persons: [person] });
    assert.equal(factOf(event).content.box.length, 0);
    assert.equal(event.id, refuse().id);
  });

  it('is kept whatever it holds', async () => {
    const deep: unknown = JSON.parse('['.repeat(30_000) + ']'.repeat(30_000));
    assert.equal(await opened(refuse({ content: { ZL: deep } })), 'unreadable');
    const long = await opened(refuse({ content: { ZL: '长'.repeat(400_000) } }));
    assert.ok(typeof long === 'string' && long.length <= 256 * 1024);
    assert.deepEqual(await opened(refuse({ content: {} })), {});
  });
});
