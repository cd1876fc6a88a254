// A refused record corrected and sent again.
import assert from 'node:assert/strict';
import { redrive } from '../../services/adapters/redrive.ts';
import { HubError } from '../../services/domain/errors.ts';
import { importIntoHub } from '../../services/hub/import.ts';
import { listQuarantine, redriveQuarantined, showQuarantined } from '../../services/hub/quarantine.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { writeFileSync } from 'node:fs';
import { inHub } from '../support/command.ts';
import { codec, contractOf } from '../support/project.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { PersonalData } from '../../services/domain/facts.ts';
import type { Hub } from '../../services/hub/open-hub.ts';

const [told] = createSimulation({ seed: 'redrive', subjects: 20, dirty: 0 }).records('property-right');
const good = told as Record<string, unknown>;
/** The same, held by a person. */
const personal = { ...good, QLRLB: [{ QLR: '模拟甲', QLRZJZL: '111', QLRZJH: '11010119700101001X', GYQK: '单独所有' }] };
const bad = { ...good, DJSJ: '2024-02-30 09:00:00' };
const refusedRecord = {
  id: 'q-1',
  mapping: 'platform',
  reason: 'not-a-time',
  field: 'registeredAt',
  place: 'a:1',
  persons: [],
  content: bad,
};

describe('redriving a refused record', () => {
  const folder = useTempFolder();

  /** Imports the bad record and gives its id in quarantine. */
  async function refused(hub: Hub, record: object = bad): Promise<string> {
    writeFileSync(folder('a.jsonl'), `${JSON.stringify(record)}\n`);
    await importIntoHub(hub, 'property-right', folder('a.jsonl'));
    return (await listQuarantine(hub, 10))[0]!.id;
  }

  it('makes the event that the good record would have made', async () => {
    await inHub(folder('d'), async (hub) => {
      const id = await refused(hub);
      const result = await redriveQuarantined(hub, id, { DJSJ: String(good['DJSJ']) });
      writeFileSync(folder('good.jsonl'), `${JSON.stringify(good)}\n`);
      const again = await importIntoHub(hub, 'property-right', folder('good.jsonl'));
      assert.deepEqual([again.recorded, again.duplicates], [0, 1]);
      const event = await hub.store.get((result as { event: string }).event);
      assert.equal(event?.subject, (codec.decode(event!.data) as { unitCode: string }).unitCode);
      assert.equal((await listQuarantine(hub, 10))[0]!.state, 'redriven');
    });
  });

  it('rests on the record as it was received, by the digest that the refusal carries', async () => {
    for (const record of [bad, { ...personal, DJSJ: bad.DJSJ }])
      await inHub(folder(record === bad ? 'organisation' : 'person'), async (hub) => {
        const id = await refused(hub, record);
        const [refusal] = (await hub.store.query({ limit: 1, family: 'quarantine' })).events;
        const { event } = (await redriveQuarantined(hub, id, { DJSJ: String(good['DJSJ']) })) as { event: string };
        assert.equal((await hub.store.get(event))?.evidence, refusal!.evidence);
        assert.match(refusal!.evidence, record === bad ? /^sha256:/ : /^hmac-sha256:/);
      });
  });

  it('stays redriven when the bad record comes again', async () => {
    await inHub(folder('d'), async (hub) => {
      const id = await refused(hub);
      await redriveQuarantined(hub, id, { DJSJ: String(good['DJSJ']) });
      assert.equal(await refused(hub), id);
      assert.equal((await showQuarantined(hub, id)).state, 'redriven');
      assert.deepEqual(await hub.views.count('quarantine', 'state:'), { redriven: 1 });
    });
  });

  it('is mapped once more when its keys were not those that are kept, and published once', async () => {
    await inHub(folder('d'), async (hub) => {
      const published: HubEvent[] = [];
      const mapped: Buffer[][] = [[]];
      const ports = {
        ...hub,
        log: { ...hub.log, publish: async (events: readonly HubEvent[]) => String(published.push(...events)) },
        keys: {
          ...hub.keys,
          seal(person: string, data: PersonalData) {
            const sealed = hub.keys.seal(person, data);
            mapped.at(-1)!.push(Buffer.from(sealed.box));
            return sealed;
          },
          save: async () => (mapped.length === 2 ? hub.keys.save() : (mapped.push([]), 'again' as const)),
        },
      };
      await redrive(contractOf('property-right'), { ...refusedRecord, content: personal }, {}, ports);
      assert.equal(published.length, 3);
      const data = Buffer.from(published[0]!.data);
      assert.ok(mapped[0]!.length > 0 && mapped[0]!.every((box) => !data.includes(box)) && mapped[1]!.every((box) => data.includes(box)));
    });
  });

  it('says what stands in the way when it is refused again, and changes nothing', async () => {
    await inHub(folder('d'), async (hub) => {
      const id = await refused(hub, { ...bad, BDCDYH: '坏' });
      const head = await hub.store.head();
      const result = await redriveQuarantined(hub, id, { DJSJ: String(good['DJSJ']) });
      assert.equal('event' in result ? null : result.field, 'unitCode');
      assert.equal(await hub.store.head(), head);
      assert.equal((await showQuarantined(hub, id)).state, 'quarantined');
    });
  });

  it('refuses fields that the mapping does not read, raw text, and what is not there', async () => {
    await inHub(folder('d'), async (hub) => {
      const id = await refused(hub);
      const usage = (error: unknown): boolean => error instanceof HubError && error.code === 'USAGE';
      await assert.rejects(redriveQuarantined(hub, id, { JBR: '模拟' }), usage);
      await assert.rejects(redriveQuarantined(hub, 'q-none', {}), { code: 'NOT_FOUND' });
      await assert.rejects(redrive(contractOf('property-right'), { ...refusedRecord, content: 'text' }, {}, hub), usage);
      await hub.keys.erase(id, 1);
      await assert.rejects(redriveQuarantined(hub, id, {}), usage);
    });
  });
});
