// A data directory that the version before wrote: opened, its files imported again, and what it promised still held.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { startOfDay } from '../../services/domain/time.ts';
import { inHub, run, runJson, runOne } from '../support/command.ts';
import { projectRoot } from '../support/project.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { FeedEntry } from '../../services/ports/view-store.ts';
import type { FeedLine } from '../../services/ports/views.ts';

/** Written by `test/upgrade/write-fixture.sh` with the version of views of form 2, from the files in `inputs/`. */
const fixture = join(projectRoot, 'test/upgrade/format-2');
const inputs = join(projectRoot, 'test/upgrade/inputs');
const told = JSON.parse(readFileSync(join(fixture, 'told.json'), 'utf8')) as {
  /** By event: what relied on it, and the accesses of that. */
  recalls: Record<string, Record<string, string[]>>;
  /** Cursor, key and digest of each line of the feed. */
  feed: [cursor: string, key: string, digest: string | null][];
};

/** Noon of the day on which it was written. */
const now = (): number => startOfDay('2026-12-01') + 12 * 3_600_000;
const [first, second] = ['91340111XX0000AJXM', '91340111XX0000AK8M'];
const unit = '340111999001GB00520F00010206';
const packageOf = (holder: string, premises = unit): string => `low-voltage-business~${holder}~${premises}`;

describe('a data directory of the version before', function () {
  this.timeout(60_000);
  const folder = useTempFolder();
  beforeEach(() => {
    for (const name of ['log', 'store', 'views', 'keys', 'cursors'])
      writeFileSync(folder(`${name}.sqlite`), gunzipSync(readFileSync(join(fixture, `${name}.sqlite.gz`))));
    // Packed without a write-ahead log beside it; every hub keeps one.
    for (const name of ['store', 'views']) {
      const db = new Database(folder(`${name}.sqlite`));
      db.pragma('journal_mode = WAL');
      db.close();
    }
  });
  const hub = <T>(...args: string[]): Promise<T[]> => runJson<T>([...args, '--data', folder()], { now });
  const one = <T>(...args: string[]): Promise<T> => runOne<T>([...args, '--data', folder()], { now });
  const importAgain = async (): Promise<Record<string, { recorded: number; duplicates: number }>> => {
    const counts: Record<string, { recorded: number; duplicates: number }> = {};
    for (const source of ['business-licence', 'property-right', 'planning-permit', 'meter-account', 'house-transfer', 'project-approval'])
      counts[source] = await one('import', source, join(inputs, `${source}.jsonl`));
    return counts;
  };
  const feed = (): Promise<FeedEntry[]> => inHub(folder(), (opened) => opened.views.feed({ limit: 10_000 }), now);
  const opened = (): Promise<unknown> => hub('import', 'property-right', join(inputs, 'property-right-late.jsonl'));

  it('cannot be read before its views are made anew, and says what makes them', async () => {
    const refused = await run(['packages', '--data', folder()], { now });
    assert.equal(refused.code, 2);
    assert.match(refused.error.join(), /hub replay/);
    assert.equal((await run(['replay', '--data', folder()], { now })).code, 0);
    assert.equal((await hub('packages')).length, 5);
  });

  it('shows the new owner’s package again, which a late correction of an earlier entry had made lapse', async () => {
    await opened();
    const [mine, former] = [
      await one<Package>('packages', 'show', packageOf(second)),
      await one<Package>('packages', 'show', packageOf(first)),
    ];
    assert.deepEqual([mine.status, former.status], ['verified', 'lapsed']);
  });

  it('heals what was read wrongly when the same files are imported again, without a conflict', async () => {
    await opened();
    const counts = await importAgain();
    assert.deepEqual(counts['property-right'], { ...counts['property-right'], recorded: 0 }, 'what is read as before is known again');
    await inHub(
      folder(),
      async ({ views }) => {
        const body = async (view: string, key: string): Promise<{ fact: Record<string, unknown>; time: number; conflicts: string[] }> =>
          JSON.parse((await views.get(view, key))!.body) as never;
        const revoked = await body('enterprise', '91340111XX0000AL6G');
        assert.deepEqual(
          [revoked.fact['status'], revoked.time, revoked.conflicts],
          ['revoked', startOfDay('2024-03-01') + 10 * 3_600_000, []],
        );
        const renamed = await body('enterprise', '91340111XX0000AN26');
        assert.deepEqual([renamed.fact['name'], renamed.conflicts], ['模拟丁新名有限公司', []]);
        const permit = await body('permit', '建字第3401112024GG0000091号');
        assert.deepEqual([permit.time, permit.conflicts], [startOfDay('2024-03-01') + 10 * 3_600_000, []]);
        const closed = await body('meter-account', '9900000000521');
        assert.deepEqual([closed.fact['status'], closed.conflicts], ['closed', []]);
        for (const view of ['enterprise', 'property', 'project', 'permit', 'meter-account', 'house-transfer'])
          for (const row of await views.list(view, { limit: 1000 }))
            assert.deepEqual((JSON.parse(row.body) as { conflicts: string[] }).conflicts, [], row.key);
      },
      now,
    );
    // The transfer is not ready on an account that was closed.
    assert.deepEqual(
      (await hub<{ status: string }>('transfers')).map(({ status }) => status),
      ['blocked'],
    );
    const again = await importAgain();
    assert.ok(
      Object.values(again).every(({ recorded }) => recorded === 0),
      'a third time nothing is new',
    );
  });

  it('recalls the same recipients as before: a use counts for the version in force at its place', async () => {
    await opened();
    const recipients = async (event: string, id: string): Promise<string[]> =>
      (await hub<{ id: string; accesses: { event: string }[] }>('recall', '--event', event))
        .filter((relied) => relied.id === id)
        .flatMap(({ accesses }) => accesses.map((access) => access.event))
        .sort();
    const before = Object.entries(told.recalls).flatMap(([event, uses]) => Object.entries(uses).map(([id, list]) => ({ event, id, list })));
    assert.ok(before.length >= 3);
    // Nobody relies on the correction any more; its recipient counts for the entry that holds.
    const correction = before.find(({ event, list }) => list.length === 1 && event.startsWith('018cd759'))!;
    const held = before.find(({ event }) => event.startsWith('01943430'))!;
    const licence = before.find(({ event }) => event.startsWith('0125fbfe'))!;
    assert.deepEqual(await recipients(licence.event, licence.id), licence.list);
    assert.deepEqual(await recipients(held.event, held.id), [...held.list, ...correction.list].sort());
  });

  it('goes on with the feed: cursors stay, and what differs from what was told last is told once', async () => {
    await opened();
    const lines = await feed();
    const [last] = told.feed.at(-1)!;
    const lastTold = new Map(told.feed.map(([, key, digest]) => [key, digest]));
    const present = await inHub(
      folder(),
      async ({ views }) => {
        const rows = [...(await views.list('package', { limit: 1000 })), ...(await views.list('transfer-request', { limit: 1000 }))];
        return new Map(rows.map((row) => [row.key, (JSON.parse(row.local) as { digest: string }).digest]));
      },
      now,
    );
    const behind = lines.filter(({ cursor }) => cursor > last).map(({ body }) => JSON.parse(body) as FeedLine);
    const differing = [...present].filter(([key, digest]) => lastTold.get(key) !== digest).map(([key]) => key);
    assert.ok(differing.includes(packageOf(second)));
    assert.deepEqual(behind.map(({ id }) => id).sort(), differing.sort());
    for (const { id, digest, cause } of behind) assert.deepEqual([digest, cause], [present.get(id), { rebuilt: '2026-12-01' }]);
    // Neither opening it again nor a rebuild tells anything a second time, and a rebuild keeps what was told.
    await opened();
    assert.deepEqual(await feed(), lines);
    assert.equal((await one<{ same: boolean }>('replay')).same, true);
    assert.deepEqual(await feed(), lines);
  });

  it('keeps promises, consents and package ids', async () => {
    await opened();
    const pack = await one<Package>('packages', 'show', `high-voltage~${first}~2406-340111-00-01-000419`);
    assert.deepEqual(
      pack.acceptance.promises.map(({ item, state }) => [item, state]),
      [['permit', 'open']],
    );
    assert.equal((await hub('consents', 'list')).length, 1);
    const ids = (await hub<{ id: string }>('packages')).map(({ id }) => id);
    const last = new Map(told.feed.map(([, id, digest]) => [id, digest]));
    for (const [id, digest] of last) if (id.includes('~')) assert.equal(ids.includes(id), digest !== null, id);
  });
});
