// `hub events retire`, `reinstate` and `misread`: decisions about events that were misread.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { inHub, run, runJson, runOne } from '../support/command.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { shop } from '../support/told.ts';
import type { TakenRetirement } from '../../services/ports/retirements.ts';

describe('hub events', function () {
  this.timeout(60_000);
  const folder = useTempFolder();
  const data = (): string[] => ['--data', folder('data')];
  const { told, id } = shop(7, '2054-12-31');

  beforeEach(async () => {
    for (const { source, record } of told) {
      writeFileSync(folder(`${source}.jsonl`), `${JSON.stringify(record)}\n`);
      await run(['import', source, folder(`${source}.jsonl`), ...data()]);
    }
  });
  const title = async (): Promise<string> => (await runJson<{ id: string }>(['events', '--family', 'property-right', ...data()]))[0]!.id;
  const decide = (verb: string, event: string, reason = '单元号误读'): Promise<TakenRetirement> =>
    runOne<TakenRetirement>(['events', verb, event, '--reason', reason, ...data()]);
  const packages = async (): Promise<string[]> => (await runJson<{ id: string }>(['packages', ...data()])).map((pack) => pack.id);

  it('retire takes an event out of what is known, once, and reinstate brings it back', async () => {
    const event = await title();
    assert.deepEqual(await packages(), [id]);
    const first = await decide('retire', event);
    assert.deepEqual([first.recorded, first.id], [true, event]);
    assert.deepEqual(await packages(), []);
    assert.deepEqual(await decide('retire', event), { ...first, recorded: false });
    assert.equal((await decide('reinstate', event)).recorded, true);
    assert.deepEqual(await packages(), [id]);
    const [, stated] = await runJson<{ type: string; stream: string; data: { reason: string } }>([
      'events',
      '--family',
      'retirement',
      ...data(),
    ]);
    assert.deepEqual([stated!.type, stated!.data.reason], ['retirement.reinstated', '单元号误读']);
    assert.equal((await runOne<{ same: boolean }>(['replay', ...data()])).same, true);
    await inHub(folder('data'), async ({ store }) =>
      assert.equal((await store.get(event))?.id, event, 'the event itself is kept for ever'),
    );
  });

  it('retire shows in explanations as what it is', async () => {
    const [{ record }] = told as [(typeof told)[number]];
    writeFileSync(
      folder('renamed.jsonl'),
      `${JSON.stringify({ ...record, BIZTYPE: '变更登记', VERSION: 2, ENTNAME: '模拟误读（测试）有限公司' })}\n`,
    );
    await run(['import', 'business-licence', folder('renamed.jsonl'), ...data()]);
    const events = await runJson<{ id: string; type: string }>(['events', '--family', 'business-licence', ...data()]);
    await decide('retire', events.find(({ type }) => type.endsWith('.changed'))!.id);
    const { out } = await run(['packages', 'explain', id, ...data()]);
    assert.match(out.join('\n'), /误读作废：.*变更登记/);
    const enterprise = await runOne<{ formerNames: string[] }>(['enterprise', String(record['UNISCID']), ...data()]);
    assert.deepEqual(enterprise.formerNames, []);
  });

  it('say in one line what cannot be retired', async () => {
    const event = await title();
    const mistakes: [args: string[], code: number][] = [
      [['retire', '00000000-0000-8000-8000-000000000000', '--reason', 'x'], 2],
      [['retire', event, '--reason', ' '], 2],
      [['retire', event], 2],
      [['reinstate', event, '--reason', 'x'], 2],
    ];
    for (const [args, code] of mistakes) {
      const ran = await run(['events', ...args, ...data()]);
      assert.deepEqual([ran.code, ran.error.length], [code, 1], ran.error.join());
    }
    const [contact] = await runJson<{ id: string }>(['events', '--family', 'contact', ...data()]);
    assert.match((await run(['events', 'retire', contact!.id, '--reason', 'x', ...data()])).error.join(), /误读|作废/);
  });

  it('misread lists nothing where every record was read one way', async () => {
    const ran = await run(['events', 'misread', ...data()]);
    assert.equal(ran.code, 0);
    assert.deepEqual(await runJson(['events', 'misread', ...data()]), []);
  });
});
