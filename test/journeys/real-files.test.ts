// Real registry files, imported as an operator would: every record accounted for, and the same views however it is done.
import assert from 'node:assert/strict';
import { run, runJson, runOne, sharedFile } from '../support/command.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { ImportResult } from '../../services/hub/import.ts';
import type { HubStatus } from '../../services/hub/summary.ts';

interface RealFile {
  source: string;
  path: string;
  mapping?: string;
  received: number;
}

const beijing: RealFile = { source: 'business-licence', path: 'enterprise/registrations_2019_beijing.csv', received: 4625 };
const chengdu: RealFile = { source: 'business-licence', path: 'enterprise/registrations_2019_chengdu.csv', received: 2198 };
const variants: RealFile = { source: 'business-licence', path: 'enterprise/same_uscc_variants.csv', received: 22 };
const taipei: RealFile = { source: 'house-transfer', path: 'housing/taipei_actual_price_2020.csv', mapping: 'taipei', received: 8841 };
const presale: RealFile = { source: 'planning-permit', path: 'presale/chengdu_presale_permits.csv', mapping: 'presale', received: 280 };
const all = [beijing, chengdu, variants, taipei, presale];

describe('importing real files', function () {
  this.timeout(120_000);
  const folder = useTempFolder();

  const imported = (context: Mocha.Context, data: string, { source, path, mapping }: RealFile): Promise<ImportResult> =>
    // The hub makes its own pseudonym key, as it would on a fresh machine.
    runOne(['import', source, sharedFile(context, `data/${path}`), '--data', data, ...(mapping ? ['--mapping', mapping] : [])], {
      pseudonymKey: null,
    });

  async function digest(data: string): Promise<string> {
    return (await runOne<HubStatus>(['status', '--data', data], { pseudonymKey: null })).viewsDigest;
  }

  for (const file of [beijing, chengdu]) {
    it(`records every record of ${file.path} once, and none a second time`, async function () {
      const { received } = file;
      assert.deepEqual(await imported(this, folder('d'), file), { received, recorded: received, duplicates: 0, quarantined: 0 });
      const before = await digest(folder('d'));
      assert.deepEqual(await imported(this, folder('d'), file), { received, recorded: 0, duplicates: received, quarantined: 0 });
      assert.equal(await digest(folder('d')), before);
      const replayed = await runOne<{ same: boolean; viewsDigest: string }>(['replay', '--data', folder('d')], { pseudonymKey: null });
      assert.deepEqual([replayed.same, replayed.viewsDigest, await digest(folder('d'))], [true, before, before]);
    });
  }

  for (const file of [variants, taipei, presale]) {
    it(`accounts for every record of ${file.path}`, async function () {
      const first = await imported(this, folder('d'), file);
      assert.equal(first.received, file.received);
      assert.equal(first.recorded! + first.duplicates! + first.quarantined, file.received);
      assert.ok(first.recorded! > 0.9 * file.received, `${first.recorded} of ${file.received} recorded`);
      const again = await imported(this, folder('d'), file);
      assert.deepEqual(again, {
        received: file.received,
        recorded: 0,
        duplicates: file.received - first.quarantined,
        quarantined: first.quarantined,
      });
      const refused = await runJson<{ reason: string; field: string; place: string }>(['quarantine', 'list', '--data', folder('d')]);
      for (const { reason, field, place } of refused) assert.ok(reason !== '' && field !== '' && /:\d+$/.test(place));
    });
  }

  it('takes the Taipei file by its mapping even when none is named', async function () {
    const { mapping: _, ...unnamed } = taipei;
    assert.equal((await imported(this, folder('d'), unnamed)).received, taipei.received);
  });

  it('gives the same views in one order and another, once and twice, in one directory and a fresh one', async function () {
    const orders: RealFile[][] = [all, [chengdu, variants, presale, beijing, chengdu, taipei, presale, variants]];
    const digests = new Set<string>();
    for (const [i, order] of orders.entries()) {
      for (const file of order) await imported(this, folder(`d${i}`), file);
      digests.add(await digest(folder(`d${i}`)));
    }
    assert.equal(digests.size, 1, [...digests].join(' '));
  });

  it('keeps codes seen twice with different content as they are told, a conflict where the date is the same', async function () {
    await imported(this, folder('d'), variants);
    const { code, out } = await run(['events', '--data', folder('d'), '--json', '--limit', '100']);
    assert.equal(code, 0);
    const subjects = out
      .map((line) => JSON.parse(line) as { type: string; subject: string })
      .filter(({ type }) => type.startsWith('business-licence'));
    assert.ok(new Set(subjects.map(({ subject }) => subject)).size < subjects.length);
  });
});
