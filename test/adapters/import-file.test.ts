// Importing files: the right mapping by itself, every record placed and accounted for, and the whole file checked first.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { importFile } from '../../services/adapters/import-file.ts';
import { makeUscc } from '../../services/domain/identifiers/make.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { assertSound } from '../support/kept.ts';
import { openPipeline } from '../support/pipeline.ts';
import { codec, contractOf } from '../support/project.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { ImportOptions } from '../../services/adapters/import-file.ts';
import type { Pipeline } from '../support/pipeline.ts';

describe('importing a file', () => {
  const folder = useTempFolder();
  let hub: Pipeline;
  beforeEach(() => {
    hub = openPipeline(folder(), () => 1_800_000_000_000);
  });
  afterEach(() => hub.close());

  function importing(source: string, name: string, content: string | Buffer, options?: ImportOptions): ReturnType<typeof importFile> {
    writeFileSync(folder(name), content);
    return hub.recording(() => importFile(contractOf(source), folder(name), hub, options));
  }
  const jsonl = (records: Iterable<object>): string => [...records].map((record) => `${JSON.stringify(record)}\n`).join('');
  const uscc = makeUscc('110108', 'XX000001');
  const csv = `uscc,name,reg_date,type,capital_raw,business_scope,address,more\n${uscc},模拟（测试）有限公司,2024-05-06,,100,模拟经营,模拟路1号,没有人要\n`;

  it('takes the first mapping that fits format and columns', async () => {
    await importing('business-licence', 'a.csv', csv);
    await importing('business-licence', 'b.csv', csv.replace(',capital_raw,business_scope', '').replace(',100,模拟经营', ''));
    await importing('business-licence', 'c.jsonl', jsonl(createSimulation({ seed: 1, subjects: 3 }).records('business-licence')));
    const { events } = await hub.store.query({ family: 'business-licence', limit: 100 });
    const [full, bare] = events.map((event) => codec.decode(event.data) as { scope: string | null; address: string });
    assert.deepEqual([full!.scope, bare!.scope, bare!.address], ['模拟经营', null, '模拟路1号']);
    assert.ok(events.length > 2);
  });

  it('takes the mapping that is named, and no other', async () => {
    await assert.rejects(importing('business-licence', 'a.csv', csv, { mapping: 'platform' }), { code: 'UNKNOWN_MAPPING' });
    await assert.rejects(importing('business-licence', 'a.csv', csv, { mapping: 'nothing' }), { code: 'UNKNOWN_MAPPING' });
    assert.equal((await importing('business-licence', 'a.csv', csv, { mapping: 'variants' })).published, 1);
  });

  it('lets nothing of a column out that the mapping does not read', async () => {
    await importing('business-licence', 'a.csv', csv);
    for await (const batch of hub.store.readAll(0)) for (const event of batch) assert.ok(!Buffer.from(event.data).includes('没有人要'));
  });

  it('reads another encoding when told to', async () => {
    const header = Buffer.from('uscc,name,reg_date,type,address\n');
    // 模拟有限公司 in GB 18030.
    const row = Buffer.concat([Buffer.from(`${uscc},`), Buffer.from('c4a3c4e2d3d0cfdeb9abcbbe', 'hex'), Buffer.from(',2024-05-06,,\n')]);
    await importing('business-licence', 'a.csv', Buffer.concat([header, row]), { encoding: 'gb18030' });
    const { events } = await hub.store.query({ family: 'business-licence', limit: 1 });
    assert.equal((codec.decode(events[0]!.data) as { name: string }).name, '模拟有限公司');
  });

  it('gives the same events as a pull of the same records', async () => {
    const records = [...createSimulation({ seed: 2, subjects: 90, dirty: 0.2 }).records('house-transfer')];
    await importing('house-transfer', 'a.jsonl', jsonl(records));
    const once = await assertSound(hub.store);
    await importing('house-transfer', 'b.jsonl', jsonl([...records].reverse()));
    assert.deepEqual(await assertSound(hub.store), once);
  });

  it('keeps a line that cannot be read with its place, and goes on with the next', async () => {
    const [record] = createSimulation({ seed: 1, subjects: 3 }).records('business-licence');
    const lines = ['{"UNISCID":', '[1]', JSON.stringify(record), '{"UNISCID":91110108000000000000}', 'null', JSON.stringify(record)];
    const counts = await importing('business-licence', 'odd.jsonl', `${lines.join('\n')}\n`);
    assert.deepEqual(counts, { received: 6, published: 2, quarantined: 4 });
    const refused = (await hub.store.query({ family: 'quarantine', limit: 10 })).events.map(
      (event) => codec.decode(event.data) as { position: string; reason: string },
    );
    assert.deepEqual(
      refused.map(({ position, reason }) => [position, reason]),
      [
        ['odd.jsonl:1', 'json-syntax'],
        ['odd.jsonl:2', 'not-an-object'],
        ['odd.jsonl:4', 'unsafe-number'],
        ['odd.jsonl:5', 'not-an-object'],
      ],
    );
  });

  it('publishes nothing of a file that is broken at its very end', async () => {
    const good = jsonl(createSimulation({ seed: 1, subjects: 200 }).records('property-right'));
    await assert.rejects(importing('property-right', 'a.jsonl', `${good}{"BDCDYH":`), { code: 'FILE_TRUNCATED' });
    assert.equal(await hub.store.head(), 0);
    assert.equal(await hub.log.lag(), 0);
  });

  it('tells how far it is, up to the end', async () => {
    const content = jsonl(createSimulation({ seed: 1, subjects: 900 }).records('property-right'));
    const told: [number, number][] = [];
    await importing('property-right', 'a.jsonl', content, { onProgress: (read, bytes) => void told.push([read, bytes]) });
    assert.ok(told.length > 1);
    assert.ok(told.every(([read], i) => i === 0 || read >= told[i - 1]![0]));
    assert.deepEqual(told.at(-1), [Buffer.byteLength(content), Buffer.byteLength(content)]);
  });

  it('takes a file of a header alone as a contact without records', async () => {
    const counts = await importing('business-licence', 'a.csv', csv.split('\n')[0]! + '\n');
    assert.deepEqual(counts, { received: 0, published: 0, quarantined: 0 });
    assert.deepEqual(
      (await hub.store.query({ limit: 10 })).events.map(({ type }) => type),
      ['contact.imported'],
    );
  });
});
