// Inputs from the field with the right values: those beside the repository where they are there, and our own of the same make.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { startOfDay } from '../../services/domain/time.ts';
import { title } from '../../services/simulator/registers.ts';
import { inHub, run, runJson, runOne, sharedFile } from '../support/command.ts';
import { castOf } from '../support/simulated-events.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { Refused } from '../../services/hub/quarantine.ts';

interface Imported {
  recorded: number;
  quarantined: number;
}

describe('inputs from the field', function () {
  this.timeout(60_000);
  const folder = useTempFolder();
  const data = (): string[] => ['--data', folder('data')];
  const imported = (source: string, file: string): Promise<Imported> => runOne<Imported>(['import', source, file, ...data()]);
  const written = (name: string, lines: readonly object[]): string => {
    writeFileSync(folder(name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return folder(name);
  };
  const bodyOf = (view: string, key: string): Promise<{ fact: Record<string, unknown>; time: number }> =>
    inHub(folder('data'), async ({ views }) => JSON.parse((await views.get(view, key))!.body) as never);
  const refusedFields = async (): Promise<(string | null)[]> =>
    (await runJson<Refused>(['quarantine', 'list', ...data()])).map(({ field }) => field);

  const lines = (file: string): Record<string, unknown>[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  describe('a late correction of an earlier entry', () => {
    const unit = '110105999001GB00520F00010204';
    const newOwner = '9144030071526726XG';
    const status = async (): Promise<string> =>
      (await runOne<Package>(['packages', 'show', `low-voltage-business~${newOwner}~${unit}`, ...data()])).status;
    const holders = async (): Promise<unknown> =>
      ((await bodyOf('property', unit)).fact['holders'] as { name: string }[]).map(({ name }) => name);

    for (const order of ['as it came', 'the correction first']) {
      it(`leaves the new owner the holder, ${order}, and it stands corrected in its place in history`, async function () {
        const entries = sharedFile(this, 'cases/09_entries_property_right.jsonl');
        const late = sharedFile(this, 'cases/09_late_correction_property_right.jsonl');
        const files = order === 'as it came' ? [entries, late] : [late, entries];
        await imported('property-right', files[0]!);
        const before = files[0] === entries ? await status() : null;
        await imported('property-right', files[1]!);
        assert.deepEqual(await holders(), ['乙公司']);
        if (before !== null) assert.equal(await status(), before);
        assert.notEqual(await status(), 'lapsed');
        const then = await runOne<Package>([
          'packages',
          'show',
          `low-voltage-business~914403001922038216~${unit}`,
          '--valid-at',
          '2024-06-01',
          ...data(),
        ]);
        const [, correction] = [0, lines(late)[0]!];
        assert.equal(correction['YWH'], 'YW-1');
        const event = then.items.find(({ id }) => id === 'premises')!.event;
        const [stated] = (await runJson<{ id: string; type: string }>(['events', '--subject', unit, ...data()])).filter(
          ({ id }) => id === event,
        );
        assert.equal(stated!.type, 'property-right.corrected');
      });
    }
  });

  describe('a time that is written otherwise', () => {
    const code = '91340111XX0000AJXM';
    const licence = (changes: object): Record<string, unknown> => ({
      ...{ BIZTYPE: '设立登记', REGSTATE: '1', UNISCID: code, ENTNAME: '模拟甲有限公司', ENTTYPE_CN: '有限责任公司' },
      ...{ ESTDATE: '2010-01-01', OPTO: '', ABNORMAL: '0', VERSION: '', APPRDATE: '2015-01-01 00:00:00' },
      ...changes,
    });
    const revoked = startOfDay('2024-03-01') + 10 * 3_600_000;
    for (const time of [
      '20240301100000',
      '1709258400000',
      '2024-03-01T10:00:00+08:00[Asia/Shanghai]',
      '2024年3月1日 10时00分',
      '２０２４－０３－０１　１０：００：００',
      '20240301T100000',
    ])
      it(`is read as it is meant: ${time}`, async () => {
        await imported('business-licence', written('a.jsonl', [licence({}), licence({ BIZTYPE: '吊销', REGSTATE: '2', APPRDATE: time })]));
        const { fact, time: at } = await bodyOf('enterprise', code);
        assert.deepEqual([fact['status'], at], ['revoked', revoked]);
      });
    for (const time of ['01/03/24', '1/2/2019', '43467', '某日', '2024-03-01T10:00:00[Europe/Paris]'])
      it(`is refused with the field named where it could be two things, or is none: ${time}`, async () => {
        const { recorded, quarantined } = await imported(
          'business-licence',
          written('a.jsonl', [licence({}), licence({ BIZTYPE: '吊销', REGSTATE: '2', APPRDATE: time })]),
        );
        assert.deepEqual([recorded, quarantined, await refusedFields()], [1, 1, ['changedAt']]);
        assert.equal((await bodyOf('enterprise', code)).fact['status'], 'active');
      });
    it('is read of the file that was misread, and closes the account', async function () {
      await imported('business-licence', sharedFile(this, 'cases/03_unreadable_time_licence.jsonl'));
      assert.equal((await bodyOf('enterprise', '91330106673959654P')).fact['status'], 'revoked');
      await imported('meter-account', sharedFile(this, 'cases/03_unreadable_time_meter_closed.jsonl'));
      await imported('house-transfer', sharedFile(this, 'cases/03_unreadable_time_house_transfer.jsonl'));
      assert.equal((await bodyOf('meter-account', '3200000000021')).fact['status'], 'closed');
      const [request] = await runJson<{ status: string }>(['transfers', ...data()]);
      assert.notEqual(request!.status, 'ready');
    });
    it('is a date in Beijing where it has a zone, and in any width', async function () {
      for (const [file, date] of [
        ['05_utc_date.csv', '2019-01-02'],
        ['26_fwdate.csv', '2019-01-02'],
      ] as const) {
        await runOne(['import', 'business-licence', sharedFile(this, `cases/${file}`), '--data', folder(file)]);
        await inHub(folder(file), async ({ views }) => {
          const [row] = await views.list('enterprise', { limit: 1 });
          assert.equal((JSON.parse(row!.body) as { fact: { establishedOn: string } }).fact.establishedOn, date, file);
        });
      }
      for (const file of ['27_usdate.csv', '04_serialdate.csv']) {
        const refused = await runOne<Imported>(['import', 'business-licence', sharedFile(this, `cases/${file}`), '--data', folder(file)]);
        assert.equal(refused.quarantined, 1, file);
        const [row] = await runJson<Refused>(['quarantine', 'list', '--data', folder(file)]);
        assert.equal(row!.field, 'establishedOn');
      }
    });
    it('and a version: 4.0 is newer than 3.0, and what is no whole number is refused', async function () {
      await imported('business-licence', sharedFile(this, 'cases/04_unreadable_version.jsonl'));
      assert.equal((await bodyOf('enterprise', '91330106673959654P')).fact['name'], '新名样板有限公司');
      await imported('business-licence', written('v.jsonl', [licence({ VERSION: 'V3' }), licence({ VERSION: '1.5' })]));
      assert.deepEqual(await refusedFields(), ['version', 'version']);
    });
  });

  it('keeps the number of a sales permit as its source writes it', async () => {
    const header = 'permit_no,project,developer,developer_uscc_by_name_match,address,use,permit_date';
    writeFileSync(folder('presale.csv'), `${header}\n510108202012345,模拟花园,模拟甲有限公司,,测试路1号,住宅,2020-05-06\n`);
    await runOne(['import', 'planning-permit', folder('presale.csv'), '--mapping', 'presale', ...data()]);
    assert.equal((await bodyOf('permit', '510108202012345')).fact['kind'], 'presale');
  });

  it('says nothing of how long a person is who they are, where the right to the land ends', async () => {
    const cast = castOf(71);
    const home = title(cast, cast.premises(0, '成套住宅'), [cast.person(0)])('100', 10, { SYQX: '2054-12-31' });
    await imported('property-right', written('home.jsonl', [home.record]));
    const [listed] = await runJson<{ id: string }>(['packages', '--type', 'low-voltage-residential', ...data()]);
    const pack = await runOne<Package>(['packages', 'show', listed!.id, ...data()]);
    const [identity, premises] = ['identity', 'property'].map((evidence) => pack.items.find((item) => item.evidence === evidence)!);
    assert.deepEqual([identity!.validUntil, premises!.validUntil], [null, '2054-12-31']);
    const later = await runOne<Package>(['packages', 'show', listed!.id, '--valid-at', '2055-01-01', ...data()]);
    assert.deepEqual(
      later.items.filter(({ evidence }) => evidence !== null).map(({ evidence, status }) => [evidence, status]),
      [
        ['identity', 'verified'],
        ['property', 'lapsed'],
      ],
    );
  });

  it('has a replay say what it compared, and fail where views were not what the events make them', async () => {
    const cast = castOf(72);
    const home = title(cast, cast.premises(0, '成套住宅'), [cast.person(0)])('100', 10);
    await imported('property-right', written('home.jsonl', [home.record]));
    const replay = async (): Promise<[number, boolean | null]> => {
      const { code, out } = await run(['replay', '--json', ...data()]);
      return [code, (JSON.parse(out[0]!) as { same: boolean | null }).same];
    };
    assert.deepEqual(await replay(), [0, true]);
    const views = new Database(folder('data', 'views.sqlite'));
    views.exec(`UPDATE rows SET body = replace(body, '"verified"', '"lapsed"') WHERE view = 'package'`);
    views.close();
    assert.deepEqual(await replay(), [1, false]);
    assert.deepEqual(await replay(), [0, true]);
    for (const suffix of ['', '-wal', '-shm']) rmSync(folder('data', `views.sqlite${suffix}`), { force: true });
    assert.deepEqual(await replay(), [0, null], 'nothing was there to compare with');
  });
});
