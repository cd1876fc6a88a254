// Power cuts: whatever was not synced may be gone, in any part and torn; what was acknowledged is not.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import Database from 'better-sqlite3';
import { openSqliteEventStore } from '../../services/drivers/sqlite/event-store.ts';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { project } from '../../services/projector/projector.ts';
import { smallEvent, smallEvents } from '../support/events.ts';
import { allEvents, digestOfRows, foldInMemory } from '../support/fold.ts';
import { assertSound } from '../support/kept.ts';
import { openPipeline } from '../support/pipeline.ts';
import { codec, rules } from '../support/project.ts';
import { simulatedEvents } from '../support/simulated-events.ts';
import { inTempFolder } from '../support/temp-folder.ts';
import { createDice, createDisk, writeFiles } from './powercut/disk.ts';
import { usePowerCut } from './powercut/run.ts';
import { plan } from './support/plan.ts';
import type { Sealed } from '../../services/domain/facts.ts';
import type { Dice, Disk, Entry, Mercy } from './powercut/disk.ts';

const { seed, soakMs } = plan;
const cutsPerRun = 25;
const mercies: Mercy[] = ['nothing', 'some', 'some', 'torn', 'everything'];

interface Cut {
  at: number;
  mercy: Mercy;
  files: Map<string, Buffer>;
  /** What had been acknowledged by then, one object a line. */
  told: unknown[];
  /** Writes to a write-ahead log that were not synced. */
  walAtRisk: number;
}

/** Cuts the power at `chosen` places of a journal and at `count` more that the dice choose. */
function* cutsOf(
  entries: readonly Entry[],
  count: number,
  dice: Dice,
  start: ReadonlyMap<string, Buffer> = new Map(),
  only?: Mercy,
  chosen: readonly number[] = [],
): Generator<Cut> {
  const places = new Set<number>(chosen);
  for (let i = 0; i < count; i++) places.add(dice(entries.length + 1));
  const disk: Disk = createDisk(start);
  for (let at = 0; at <= entries.length; at++) {
    if (places.has(at)) {
      const mercy = only ?? mercies[dice(mercies.length)]!;
      yield { at, mercy, files: disk.cut(mercy, dice), told: lines(disk.told()), walAtRisk: disk.atRisk('-wal') };
    }
    if (at < entries.length) disk.step(entries[at]!);
  }
}
const lines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

function assertIntact(file: string): void {
  const db = new Database(file);
  assert.equal(db.pragma('integrity_check', { simple: true }), 'ok');
  db.close();
}

describe('a power cut', function () {
  this.timeout(60_000 + 2 * soakMs);
  const power = usePowerCut();
  const size = 20;
  const known = new Set<string>();
  before(() => smallEvents(4_000).forEach(({ id }) => known.add(id)));

  it('takes what was not synced and leaves what was', async () => {
    const entries = await power.run({ task: 'write' });
    const disk = createDisk();
    for (const entry of entries) disk.step(entry);
    const dice = createDice(seed);
    const text = (files: Map<string, Buffer>): Record<string, string> =>
      Object.fromEntries([...files].map(([name, bytes]) => [name, bytes.toString()]));
    assert.deepEqual(text(disk.cut('nothing', dice)), { synced: 'a'.repeat(2000), 'not-synced': '', 'renamed.tmp': 'c' });
    assert.deepEqual(text(disk.cut('everything', dice)), {
      synced: `overwritten${'a'.repeat(1989)}`,
      'not-synced': 'b'.repeat(2000),
      renamed: 'c',
      'entry-not-synced': 'd',
    });
    const seen = new Set<string>();
    for (let i = 0; i < 200; i++) seen.add(disk.cut('some', dice).get('not-synced')!.toString());
    // 2000 bytes are four sectors: every subset of them may be what is left.
    assert.ok(seen.size > 8, `only ${seen.size} different remains`);
  });

  /** What is wrong with a store after a cut: how many acknowledged events are gone. Anything worse throws. */
  async function lostIn(folder: string, told: readonly unknown[]): Promise<number> {
    const file = join(folder, 'store.sqlite');
    const store = openSqliteEventStore(file, { now: () => Date.parse('2027-03-02') });
    try {
      const kept = new Set(await assertSound(store));
      for (const id of kept) assert.ok(known.has(id), 'nothing is invented');
      assert.equal(kept.size % size, 0, 'a batch is kept whole or not at all');
      let lost = 0;
      for (const { first } of told as { first: number }[]) for (let i = 0; i < size; i++) if (!kept.has(smallEvent(first + i).id)) lost++;
      // And it goes on from there.
      assert.deepEqual(await store.append([smallEvent(1_000_000)]), ['recorded']);
      return lost;
    } finally {
      await store.close();
      assertIntact(file);
    }
  }

  it('fault-14: leaves every acknowledged event in the store, generation after generation', async () => {
    const dice = createDice(`store ${seed}`);
    const generations = 3;
    let cuts = 0;
    const until = performance.now() + soakMs;
    do {
      let files = new Map<string, Buffer>();
      let acknowledged: unknown[] = [];
      for (let generation = 0; generation < generations; generation++) {
        const entries = await power.run({ task: 'append', from: generation * 1000, batches: 40, size }, files);
        let next: Cut | undefined;
        for (const cut of cutsOf(entries, cutsPerRun, dice, files)) {
          await inTempFolder(async (folder) => {
            writeFiles(cut.files, folder);
            const lost = await lostIn(folder, [...acknowledged, ...cut.told]);
            assert.equal(lost, 0, `seed ${seed}, generation ${generation}, cut at ${cut.at} of ${entries.length}, ${cut.mercy} left`);
          });
          cuts++;
          // The next generation goes on from one of these.
          if (!next || dice(3) === 0) next = cut;
        }
        files = next!.files;
        acknowledged = [...acknowledged, ...next!.told];
      }
    } while (performance.now() < until);
    console.log(`      seed ${seed}: ${cuts} power cuts`);
  });

  it('fault-14: is seen to lose acknowledged events where the store is made to sync less', async () => {
    const dice = createDice(`normal ${seed}`);
    const entries = await power.run({ task: 'append', weakened: 'store.sqlite', size });
    let most = 0;
    for (const { files, told } of cutsOf(entries, 10, dice, new Map(), 'nothing'))
      await inTempFolder(async (folder) => {
        writeFiles(files, folder);
        most = Math.max(most, await lostIn(folder, told));
      });
    assert.ok(most > 0, `seed ${seed}: no cut lost anything, so this suite would not see a loss`);
  });

  it('fault-14: with the process dead at that very moment, too', async () => {
    const dice = createDice(`kill ${seed}`);
    const all = (await power.run({ task: 'append', size })).filter(({ op }) => op !== 'O').length;
    for (let kill = 0; kill < 3; kill++) {
      const entries = await power.run({ task: 'append', size }, new Map(), Math.ceil(all / 4) + dice(Math.floor(all / 2)));
      const [cut] = cutsOf(entries, 0, dice, new Map(), undefined, [entries.length]);
      const { files, told, mercy } = cut!;
      assert.ok(told.length > 0, 'some were acknowledged');
      await inTempFolder(async (folder) => {
        writeFiles(files, folder);
        assert.equal(await lostIn(folder, told), 0, `seed ${seed}, ${told.length} batches acknowledged, ${mercy} left`);
      });
    }
  });

  it('fault-16: tears the last frames of the write-ahead log, and only what was not acknowledged goes', async () => {
    const dice = createDice(`torn ${seed}`);
    const entries = await power.run({ task: 'append', size, checkpointPages: 100_000 });
    // Right before a sync there is most to tear.
    const places = entries.flatMap(({ op }, at) => (op === 'S' && at > entries.length / 10 ? [at] : []));
    const chosen = Array.from({ length: 25 }, () => places[dice(places.length)]!);
    let torn = 0;
    for (const { at, files, told, walAtRisk } of cutsOf(entries, 0, dice, new Map(), 'torn', chosen))
      await inTempFolder(async (folder) => {
        if (walAtRisk > 0) torn++;
        writeFiles(files, folder);
        assert.equal(await lostIn(folder, told), 0, `seed ${seed}, cut at ${at}`);
      });
    assert.ok(torn > 10, 'hardly any write-ahead log was torn');
  });

  for (const weakened of [undefined, 'log.sqlite'])
    it(`fault-14: ${weakened ? 'is seen to lose published events where the log is made to sync less' : 'leaves what was published, recorded or not yet, though no commit of an offset waits for the disk'}`, async () => {
      const dice = createDice(`log ${seed}`);
      const entries = await power.run({ task: 'publish', size, ...(weakened ? { weakened } : {}) });
      let [most, readAgain] = [0, 0];
      for (const { at, mercy, files, told } of cutsOf(entries, weakened ? 10 : 30, dice, new Map(), weakened ? 'nothing' : undefined))
        await inTempFolder(async (folder) => {
          writeFiles(files, folder);
          const pipeline = openPipeline(folder, () => Date.parse('2027-03-01'));
          const before = await pipeline.store.head();
          const waiting = await pipeline.log.lag();
          await pipeline.recording(async () => undefined);
          if ((await pipeline.store.head()) < before + waiting) readAgain++;
          await pipeline.close();
          const lost = await lostIn(folder, told);
          if (!weakened) assert.equal(lost, 0, `seed ${seed}, cut at ${at} of ${entries.length}, ${mercy} left`);
          most = Math.max(most, lost);
        });
      assert.ok(weakened ? most > 0 : readAgain > 0, `${most} lost, ${readAgain} times read again`);
    });

  it('fault-15: takes views back to an earlier checkpoint, from which the projector comes to the same end', async function () {
    const dice = createDice(`views ${seed}`);
    const events = await simulatedEvents({ seed: 'power', subjects: 40 });
    const batch = Math.ceil(events.length / 12);
    let [rolledBack, tried] = [0, 0];
    await inTempFolder(async (place) => {
      const history = join(place, 'history');
      writeFileSync(history, serialize(events));
      const entries = await power.run({ task: 'fold', batches: 12, size: batch, checkpointPages: 400, history });
      let whole = '';
      // Some anywhere and by chance, and some in the middle at their worst, so that views surely go back.
      const middle = [0.4, 0.6].map((part) => Math.floor(entries.length * part));
      const cuts = [
        ...cutsOf(entries, 10, dice, new Map(), undefined, [entries.length]),
        ...cutsOf(entries, 0, dice, new Map(), 'nothing', middle),
      ];
      for (const [i, { at, mercy, files, told }] of cuts.entries()) {
        const folder = join(place, String(i));
        writeFiles(files, folder);
        const store = openSqliteEventStore(join(folder, 'store.sqlite'), { now: () => Date.parse('2027-03-01') });
        const views = openSqliteViewStore(join(folder, 'views.sqlite'));
        const last = (told as { events: number; checkpoint: number }[]).at(-1) ?? { events: 0, checkpoint: 0 };
        const { position } = await views.checkpoint();
        tried++;
        if (position < last.checkpoint) rolledBack++;
        assert.ok(position <= (await store.head()), `seed ${seed}, cut at ${at}, ${mercy} left: views are ahead of the store`);
        assert.ok((await store.head()) >= last.events, `seed ${seed}, cut at ${at}, ${mercy} left: the store lost events`);
        // Redelivered, as the log does with what it was not told to be kept.
        for (let i = 0; i < events.length; i += 1000) await store.append(events.slice(i, i + 1000));
        await project({ store, views, codec, rules, today: () => '2027-03-01' });
        whole ||= digestOfRows(await foldInMemory(await allEvents(store), '2027-03-01'));
        assert.equal(await views.digest(), whole, `seed ${seed}, cut at ${at}, ${mercy} left`);
        await views.close();
        await store.close();
        assertIntact(join(folder, 'views.sqlite'));
      }
    });
    assert.ok(rolledBack > 0, `seed ${seed}: none of ${tried} cuts took the views back`);
  });

  /** How many sealed boxes of events that were kept can be opened after a cut, and how many cannot. */
  async function boxesIn(folder: string, told: readonly unknown[], where: string): Promise<{ opened: number; dark: number }> {
    const pipeline = openPipeline(folder, () => Date.parse('2027-03-01'));
    const place = Number((told as { place: string }[]).at(-1)?.place ?? 0);
    assert.ok((await pipeline.log.lag()) >= place, `${where}: the log lost events`);
    await pipeline.recording(async () => undefined);
    const boxes = { opened: 0, dark: 0 };
    for (const event of await allEvents(pipeline.store))
      for (const { id, sealed } of partiesOf(codec.decode(event.data)))
        boxes[(await pipeline.keys.open(id, sealed.box)) ? 'opened' : 'dark']++;
    await pipeline.close();
    for (const file of ['log', 'store', 'keys', 'cursors']) assertIntact(join(folder, `${file}.sqlite`));
    return boxes;
  }

  for (const weakened of [undefined, 'keys.sqlite'])
    it(`fault-14: ${weakened ? 'is seen to leave events without their keys' : 'leaves no event without its key'}${weakened ? ' where keys are synced less' : ''}`, async () => {
      const dice = createDice(`keys ${seed}`);
      const entries = await power.run({ task: 'adapt', batches: 25, size: 8, ...(weakened ? { weakened } : {}) });
      const all = { opened: 0, dark: 0 };
      for (const { at, mercy, files, told } of cutsOf(entries, weakened ? 8 : 25, dice, new Map(), weakened ? 'nothing' : undefined, [
        entries.length,
      ]))
        await inTempFolder(async (folder) => {
          writeFiles(files, folder);
          const where = `seed ${seed}, cut at ${at}, ${mercy} left`;
          const { opened, dark } = await boxesIn(folder, told, where);
          if (!weakened) assert.equal(dark, 0, `${where}: an event outlived its key`);
          all.opened += opened;
          all.dark += dark;
        });
      assert.ok(weakened ? all.dark > 0 : all.opened > 100, JSON.stringify(all));
    });
});

/** Every party of a fact that has a sealed box. */
function partiesOf(value: unknown): { id: string; sealed: Sealed }[] {
  if (Array.isArray(value)) return value.flatMap(partiesOf);
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return [];
  const { id, sealed } = value as { id?: string; sealed?: Sealed | null };
  return id !== undefined && sealed ? [{ id, sealed }] : Object.values(value).flatMap(partiesOf);
}
