// Sixty subjects show every disturbance and all but the latest stories, sixty-seven every story.
import assert from 'node:assert/strict';
import { factFamilies } from '../../services/domain/events.ts';
import { createCast } from '../../services/simulator/cast.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { firstRound, stories, storyAt } from '../../services/simulator/story-table.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

describe('story table', () => {
  it('tells every story within the first sixty-seven', () => {
    assert.ok(firstRound.length + 8 <= 60);
    assert.deepEqual(new Set(numbers(67).map((number) => storyAt(number).name)), new Set(stories.map(({ name }) => name)));
    assert.equal(new Set(stories.map(({ name }) => name)).size, stories.length);
  });

  it('tells mostly stories in which all goes well after that', () => {
    const clean = new Set([
      'build-complete',
      'shop-clean',
      'home-of-one',
      'home-of-two',
      'parking-space',
      'sale-ready',
      'sale-found-by-unit-code',
      'sale-two-buyers',
      'sale-account-already-moved',
      'rename-open',
      'rename-done',
    ]);
    const told = numbers(2000).map((number) => storyAt(number + 60).name);
    assert.ok(told.filter((name) => clean.has(name)).length > 1200);
    assert.equal(new Set(told).size, stories.length);
  });

  it('names exactly the sources that have a part in a story', () => {
    for (const story of stories) {
      const told = new Set(story.tell(createCast(1, 7, false)).map(({ source }) => source));
      assert.deepEqual(told, new Set(story.sources), story.name);
    }
  });

  it('has each source speak in the order of its days, versions rising within a record', () => {
    const keys: Record<string, [string, string, string]> = {
      'business-licence': ['UNISCID', 'VERSION', 'APPRDATE'],
      'property-right': ['YWH', 'BBH', 'DJSJ'],
      'project-approval': ['deal_code', 'VERSION', 'DEAL_TIME'],
      'planning-permit': ['certificatenumber', 'version', 'bjsj'],
      'house-transfer': ['slbh', 'bbh', 'blsj'],
      'meter-account': ['consno', 'bbh', 'bgsj'],
    };
    for (const story of stories) {
      const versions = new Map<unknown, number>();
      const before = new Map<string, string>();
      for (const { source, record } of story.tell(createCast(1, 7, false))) {
        const [subject, version, time] = keys[source]!;
        assert.equal(record[version], (versions.get(record[subject]) ?? 0) + 1, story.name);
        versions.set(record[subject], record[version]);
        assert.ok(String(record[time]) >= (before.get(source) ?? ''), story.name);
        before.set(source, String(record[time]));
      }
    }
  });

  it('disturbs in every way within sixty, and never the first telling of a story', () => {
    const [clean, dirty] = [createSimulation({ seed: 1, subjects: 60, dirty: 0 }), createSimulation({ seed: 1, subjects: 60 })];
    const texts = (source: string, simulation: typeof clean): string[] =>
      [...simulation.records(source)].map((record) => JSON.stringify(record));
    for (const source of factFamilies) {
      const undisturbed = [...createSimulation({ seed: 1, subjects: firstRound.length }).records(source)].map((record) =>
        JSON.stringify(record),
      );
      assert.deepEqual(texts(source, dirty).slice(0, undisturbed.length), undisturbed);
    }
    const all = factFamilies.flatMap((source) => texts(source, dirty));
    const fresh = all.filter((text) => !factFamilies.some((source) => texts(source, clean).includes(text)));
    assert.ok(all.length > new Set(all).size, 'duplicate');
    const shows = (what: string, pattern: RegExp): void =>
      assert.ok(
        fresh.some((text) => pattern.test(text)),
        what,
      );
    shows('correction', /"更正"|"DJLX":"500"/);
    shows('conflict', /模拟不一致内容/);
    shows('region', /441351|469040/);
    shows('print', /\d{6}[ 　]\d{6}[ 　]GB/);
    shows('damage or placeholder', /"(?:|\/|无|N\/A|-1|1900-01-01)"/);
  });
});
