// Records that were read more than one way: what is told of them, and what retiring and reinstating an event does.
import assert from 'node:assert/strict';
import { createAdapter } from '../../services/adapters/adapter.ts';
import { familyOf, streamOf } from '../../services/domain/events.ts';
import { hubItself, ownEvent } from '../../services/ports/own-event.ts';
import { openSubjectHistory } from '../../services/projector/subject-history.ts';
import { createClock } from '../support/clock.ts';
import { inWorkshop } from '../support/fold.ts';
import { historiesOf } from '../support/histories.ts';
import { codec, contractOf, contracts } from '../support/project.ts';
import { keysInMemory } from '../support/simulated-events.ts';
import { shop } from '../support/told.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { Retirement } from '../../services/domain/own-facts.ts';
import type { SourceContract } from '../../services/domain/source-contract.ts';
import type { Misreading } from '../../services/ports/misreadings.ts';
import type { QuarantineBody } from '../../services/ports/views.ts';
import type { Workshop } from '../support/fold.ts';

const keys = keysInMemory();

/** The one event, or refusal, that a record is read as under a contract. */
async function readAs(contract: SourceContract, record: object): Promise<HubEvent> {
  const published: HubEvent[] = [];
  const log = { publish: async (events: HubEvent[]) => String(published.push(...events)), recorded: async () => undefined };
  const adapter = createAdapter(contract, 'platform', 'imported', { log, codec, keys, now: () => 0 });
  await adapter.take([{ position: 'a:1', fields: record as Record<string, unknown> }], null);
  return published.find((event) => familyOf(event.type) !== 'contact')!;
}

/** The contract after it was mended: another version, and what it reads otherwise. */
const mended = (contract: SourceContract, changes: Partial<SourceContract['mappings'][string]['fields']>): SourceContract => ({
  ...contract,
  version: contract.version + 1,
  mappings: {
    ...contract.mappings,
    platform: { ...contract.mappings['platform']!, fields: { ...contract.mappings['platform']!.fields, ...(changes as object) } },
  },
});

function decided(change: Retirement['change'], about: HubEvent, sequence: number): HubEvent {
  const stream = streamOf(about);
  const fact: Retirement = { change, record: stream, stream, event: about.id, reason: 'test', by: 'test' };
  return ownEvent(codec, {
    family: 'retirement',
    contract: hubItself,
    subject: stream,
    time: 1_800_000_000_000 + sequence,
    sequence,
    fact,
  });
}

const told = async ({ views, store }: Workshop): Promise<Misreading[]> => {
  const { misreadings } = historiesOf({ views, store });
  const found: Misreading[] = [];
  for (let after: string | null = '0.'; after !== null;) {
    const page = await misreadings.list({ after, limit: 2 });
    found.push(...page.items);
    after = page.next;
  }
  return found;
};

const licenceContract = contractOf('business-licence');
const [licence, title] = shop(61, '2054-12-31').told.map(({ record }) => record);

describe('a record that was read more than one way', () => {
  it('carries one digest whether it is refused or recorded, and columns added later change none that do not state them', async () => {
    const refused = await readAs(licenceContract, { ...licence, REGSTATE: '88' });
    const read = await readAs(mended(licenceContract, { status: { from: 'REGSTATE', values: { '88': 'active' } } }), {
      ...licence,
      REGSTATE: '88',
    });
    assert.deepEqual([refused.type, read.type], ['quarantine.quarantined', 'business-licence.registered']);
    assert.equal(refused.evidence, read.evidence);
    const wider = mended(licenceContract, { address: { from: 'DOM_NEW', since: 9 } });
    const { address: _, ...narrow } = licenceContract.mappings['platform']!.fields;
    const before = { ...licenceContract, mappings: { platform: { ...licenceContract.mappings['platform']!, fields: narrow } } };
    const plain = await readAs(before, licence!);
    for (const unstated of [licence!, { ...licence, DOM_NEW: '' }, { ...licence, DOM_NEW: null }])
      assert.equal((await readAs(wider, unstated)).evidence, plain.evidence);
    assert.notEqual((await readAs(wider, { ...licence, DOM_NEW: '测试路' })).evidence, plain.evidence);
  });

  it('names the refusal for retiring once it is recorded after all, in any order of arrival, and no more when it is retired', async () => {
    const odd = { ...licence, REGSTATE: '88' };
    const refused = await readAs(licenceContract, odd);
    const read = await readAs(mended(licenceContract, { status: { from: 'REGSTATE', values: { '88': 'active' } } }), odd);
    for (const events of [
      [refused, read],
      [read, refused],
    ])
      await inWorkshop(createClock(), async (workshop) => {
        await workshop.live(events);
        const wanted = { event: refused.id, stream: streamOf(refused), why: 'recorded-after-all', instead: read.id };
        assert.deepEqual(await told(workshop), [wanted]);
        const [row] = await workshop.views.list('quarantine', { limit: 1 });
        assert.deepEqual([...(await historiesOf(workshop).misreadings.recordedAs([row!]))], [[refused.subject, read.id]]);
        const state = async (): Promise<string> =>
          (JSON.parse((await workshop.views.get('quarantine', refused.subject))!.body) as QuarantineBody).state;
        await workshop.live([decided('retired', refused, 1)]);
        assert.deepEqual([await state(), await told(workshop)], ['retired', []]);
        await workshop.live([decided('reinstated', refused, 2)]);
        assert.deepEqual([await state(), await told(workshop)], ['quarantined', [wanted]]);
      });
  });

  it('names the lower reading where two subjects came of it, and both where neither is the later', async () => {
    const contract = contractOf('property-right');
    const elsewhere = { ...title, BDCDYH: String(title!['BDCDYH']).replace(/.$/, '9') };
    const first = await readAs(contract, title!);
    const second: HubEvent = { ...(await readAs(mended(contract, {}), elsewhere)), evidence: first.evidence };
    await inWorkshop(createClock(), async (workshop) => {
      await workshop.live([first, second]);
      assert.deepEqual(await told(workshop), [{ event: first.id, stream: streamOf(first), why: 'another-subject', instead: second.id }]);
    });
    await inWorkshop(createClock(), async (workshop) => {
      await workshop.live([first, { ...second, contract: first.contract }]);
      assert.deepEqual(
        (await told(workshop)).map(({ event, instead }) => [event, instead]).sort(),
        [
          [first.id, null],
          [second.id, null],
        ].sort(),
      );
    });
  });

  it('holds by the reading that names the person, and names the other for retiring', async () => {
    const contract = contractOf('property-right');
    const record = { ...title, QLRLB: [{ QLR: '', HOLDER: '模拟王一', QLRZJH: '' }] };
    const nameless = await readAs(contract, record);
    const named = await readAs(mended(contract, { holders: { from: 'QLRLB', party: { name: 'HOLDER', idNumber: 'QLRZJH' } } }), record);
    assert.notEqual(nameless.evidence, named.evidence);
    await inWorkshop(createClock(), async (workshop) => {
      await workshop.live([named, nameless]);
      const row = JSON.parse((await workshop.views.get('property', named.subject))!.body) as { event: string; conflicts: string[] };
      assert.deepEqual([row.event, row.conflicts], [named.id, []]);
      assert.deepEqual(await told(workshop), [
        { event: nameless.id, stream: streamOf(nameless), why: 'names-no-person', instead: named.id },
      ]);
      await workshop.live([decided('retired', nameless, 1)]);
      assert.deepEqual(await told(workshop), []);
    });
  });
});

describe('a retired event', () => {
  const subject = `low-voltage-business~${String(licence!['UNISCID'])}~${String(title!['BDCDYH'])}`;

  it('takes its package with it, is found by history, as-of and recall, and comes back when it is reinstated', async () => {
    const events = [await readAs(licenceContract, licence!), await readAs(contractOf('property-right'), title!)] as const;
    await inWorkshop(createClock(), async (workshop) => {
      const { store, views } = workshop;
      await workshop.live(events);
      const before = (await views.get('package', subject))!;
      const known = await views.digest();
      const retirement = decided('retired', events[1], 1);
      await workshop.live([retirement]);
      assert.equal(await views.get('package', subject), undefined);
      assert.equal(await views.get('property', events[1].subject), undefined, 'as if never stated');
      const { history, recall } = historiesOf(workshop);
      assert.equal((await history.asOf(subject, 2)).package?.status, 'verified');
      assert.equal((await history.asOf(subject, 3)).package, null);
      // A retirement has no valid time: as known now it was never so.
      assert.equal((await history.asOf(subject, 3, { validAt: '2026-03-01' })).package, null);
      const versions = [];
      for await (const version of history.versions('package', subject))
        versions.push([version.change, 'event' in version.cause && version.cause.event]);
      assert.deepEqual(versions, [
        ['prepared', events[1].id],
        ['withdrawn', retirement.id],
      ]);
      const relied = [];
      for await (const { found } of recall.recall((await recall.event(events[1].id))!)) relied.push(...found);
      assert.deepEqual(
        relied.map(({ id, periods }) => [id, periods[0]!.until?.cause]),
        [[subject, { event: retirement.id, type: 'retirement.retired', subject: streamOf(events[1]) }]],
      );
      const subjects = openSubjectHistory({ store, codec, sources: contracts.sources });
      assert.deepEqual(
        (await subjects.read('property-right', events[1].subject)).map(({ standing }) => standing),
        ['retired'],
      );
      await workshop.live([decided('reinstated', events[1], 2)]);
      assert.deepEqual(await views.get('package', subject), before);
      assert.deepEqual(
        (await subjects.read('property-right', events[1].subject)).map(({ standing }) => standing),
        ['decides'],
      );
      assert.notEqual(await views.digest(), known, 'the decisions are part of what is known');
    });
  });

  it('of two decisions made on one state leaves the second void', async () => {
    const event = await readAs(licenceContract, licence!);
    await inWorkshop(createClock(), async (workshop) => {
      const late = { ...decided('reinstated', event, 1), time: 1_900_000_000_000 };
      await workshop.live([event, decided('retired', event, 1), late]);
      assert.equal(await workshop.views.get('enterprise', event.subject), undefined);
    });
  });
});
