// What is sealed for a person stays outside what is known: bodies, and so digests, hold no ciphertext, whatever field names them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { factFamilies, familyOf } from '../../services/domain/events.ts';
import { codec, projectRoot } from '../support/project.ts';
import { foldInMemory } from '../support/fold.ts';
import { simulatedEvents } from '../support/simulated-events.ts';
import type { FactFamily, HubEvent } from '../../services/domain/events.ts';
import type { Party } from '../../services/domain/facts.ts';

interface Field {
  name: string;
  type: unknown;
}

/** The fields of a family's newest schema that name parties. */
function partyFields(family: FactFamily): Field[] {
  const newest = readdirSync(join(projectRoot, 'schemas'))
    .filter((name) => name.startsWith(`${family}.v`))
    .sort()
    .at(-1)!;
  const schema = JSON.parse(readFileSync(join(projectRoot, 'schemas', newest), 'utf8')) as { fields: Field[] };
  return schema.fields.filter(({ type }) => JSON.stringify(type).includes('"Party"'));
}

const person = (id: string): Party => ({
  kind: 'person',
  id,
  name: null,
  idType: 'citizen-id',
  idValid: true,
  nameKey: 'token',
  share: null,
  sealed: { digest: Buffer.alloc(16, 1), box: Buffer.from(`ciphertext of ${id}`) },
});

describe('what is sealed for a person', () => {
  let events: HubEvent[];
  before(async () => {
    events = await simulatedEvents({ seed: 'sealed', subjects: 40, dirty: 0 });
  });

  for (const family of factFamilies) {
    it(`stands beside the body of a ${family}, not in it`, async () => {
      const event = events.find(({ type }) => familyOf(type) === family)!;
      const fact = { ...codec.decode(event.data) } as Record<string, unknown>;
      const fields = partyFields(family);
      assert.ok(fields.length > 0);
      const ids = fields.map(({ name, type }) => {
        const id = `p-${name}`;
        fact[name] = JSON.stringify(type).includes('"array"') ? [person(id)] : person(id);
        return id;
      });
      const data = codec.encode(family, fact);
      const rows = await foldInMemory([{ ...event, data, position: 1, revision: 0, recordedtime: event.time }]);
      const row = rows.find(({ key, view }) => key === event.subject && view !== 'source')!;
      const { sealed } = JSON.parse(row.local) as { sealed: Record<string, string> };
      for (const id of ids) {
        assert.equal(Buffer.from(sealed[id] ?? '', 'base64').toString(), `ciphertext of ${id}`);
        assert.ok(row.body.includes(`"id":"${id}"`));
      }
      assert.ok(!/"box"|"sealed":\{/.test(row.body), row.body);
    });
  }
});
