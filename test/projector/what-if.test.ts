// What-if: what it says would flip is what does flip when the rules are switched, and it writes nothing.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { project } from '../../services/projector/projector.ts';
import { outcomes, whatIf } from '../../services/projector/what-if.ts';
import { nextVersion, rulesWith, shipped } from '../support/changed-rules.ts';
import { createClock } from '../support/clock.ts';
import { feedOf, inWorkshop, rowsOf } from '../support/fold.ts';
import { contracts, rules as present } from '../support/project.ts';
import { eventsTold, simulatedEvents } from '../support/simulated-events.ts';
import { shop } from '../support/told.ts';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { PackageContract, RuleContract } from '../../services/domain/packages/contract.ts';
import type { PackageOverlay } from '../../services/domain/packages/overlays.ts';
import type { ViewReader } from '../../services/ports/view-store.ts';
import type { Rules } from '../../services/projector/judge-targets.ts';
import type { Flip, OutcomeCounts, WhatIf } from '../../services/projector/what-if.ts';

async function told(asked: WhatIf): Promise<{ flips: Flip[]; counts: OutcomeCounts }> {
  const flips: Flip[] = [];
  const found = whatIf(asked);
  for (;;) {
    const next = await found.next();
    if (next.done) return { flips, counts: next.value };
    flips.push(next.value);
  }
}

/** Status of every package and request, by kind and id. */
async function statuses(views: ViewReader): Promise<Map<string, string>> {
  const rows = (await rowsOf(views)).filter(({ view }) => view === 'package' || view === 'transfer-request');
  return new Map(rows.map(({ view, key, body }) => [`${view} ${key}`, (JSON.parse(body) as { status: string }).status]));
}

const ruleOf = (id: string): RuleContract => contracts.rules.find((rule) => rule.id === id)!;
const same = (id: string, changes: Partial<PackageContract>): PackageContract => ({ ...shipped(id), ...changes });

/** Changes that bear on each kind of target, as an operator might think of them. */
const changes: {
  name: string;
  contracts?: (PackageContract | PackageOverlay)[];
  rules?: RuleContract[];
  match?: Partial<Rules['match']>;
}[] = [
  { name: 'a rule that nobody passes', rules: [{ ...ruleOf('right-current'), holds: 'false' }] },
  { name: 'a rule that is dropped', rules: [{ ...ruleOf('no-arrears'), holds: 'true' }] },
  { name: 'a rule that becomes a notice', rules: [{ ...ruleOf('not-seized'), otherwise: 'notice' }] },
  { name: 'a type that nobody gets', contracts: [same('high-voltage', { when: 'false' })] },
  { name: 'a type for more', contracts: [same('low-voltage-residential', { when: 'subject.kind == "person" && use == "residential"' })] },
  {
    name: 'an item without need',
    contracts: [same('transfer', { items: shipped('transfer').items.filter(({ id }) => id !== 'account') })],
  },
  {
    name: 'some regions',
    contracts: ['11', '31', '32', '44'].map((region) => ({
      extends: 'transfer',
      region,
      version: 1,
      legalBasis: 'none',
      without: ['account'],
    })),
  },
  { name: 'another threshold', match: { threshold: 1.1 } },
  { name: 'a version yet to come', contracts: [nextVersion('rename', '2040-01-01', { when: 'false' })] },
];

describe('what would flip under other rules', function () {
  this.timeout(110_000);
  const folder = useTempFolder();

  it('is what flips when the rules are switched, for any changes over a simulated history', async () => {
    const events = await simulatedEvents({ seed: 'what-if', subjects: 70, dirty: 0.2 });
    const clock = createClock();
    const flipped = new Set<string>();
    await inWorkshop(clock, async ({ live, store, ports, views }) => {
      await live(events);
      const [rows, feed, before] = [await rowsOf(views), await feedOf(views), await statuses(views)];
      let run = 0;
      const some = fc.uniqueArray(fc.nat(changes.length - 1), { minLength: 1, maxLength: 3 });
      const check = async (chosen: number[]): Promise<void> => {
        const parts = chosen.map((i) => changes[i]!);
        const changed: Rules = rulesWith(
          parts.flatMap((part) => part.contracts ?? []),
          parts.flatMap((part) => part.rules ?? []),
        );
        changed.match = parts.reduce((match, part) => ({ ...match, ...part.match }), present.match);
        const { flips, counts } = await told({ views, present, changed, date: clock.today() });
        const fresh = openSqliteViewStore(folder(`switched-${run++}.sqlite`), { bulk: true });
        await project({ ...ports, store, rules: changed, views: fresh });
        const after = await statuses(fresh);
        await fresh.close();
        const ids = [...new Set([...before.keys(), ...after.keys()])].sort();
        const really = ids
          .filter((id) => before.get(id) !== after.get(id))
          .map((id) => [id, before.get(id) ?? null, after.get(id) ?? null]);
        const said = flips.map(({ kind, id, was, wouldBe }) => [`${kind} ${id}`, was, wouldBe] as const);
        assert.deepEqual(
          [...said].sort((a, b) => (a[0] < b[0] ? -1 : 1)),
          really,
          parts.map(({ name }) => name).join(),
        );
        const counted = Object.values(counts).flatMap((of) => outcomes.map((outcome) => of[outcome]));
        assert.equal(
          counted.reduce((sum, n) => sum + n, 0),
          ids.length,
        );
        assert.equal(
          Object.values(counts).reduce((sum, of) => sum + of.unchanged, 0),
          ids.length - really.length,
        );
        if (really.length > 0) for (const { name } of parts) flipped.add(name);
      };
      for (const i of changes.keys()) await check([i]);
      assert.deepEqual(
        changes.map(({ name }) => name).filter((name) => !flipped.has(name)),
        ['a version yet to come'],
        'every change but the last bears on something',
      );
      await fc.assert(fc.asyncProperty(some, check), { numRuns: 6, endOnFailure: true });
      assert.deepEqual([await rowsOf(views), await feedOf(views)], [rows, feed], 'nothing was written');
    });
  });

  it('names the item and the rule that make the difference, better and worse, new and gone', async () => {
    await inWorkshop(createClock(), async ({ live, views }) => {
      const { told: records, id } = shop(1, '2040-01-01');
      await live(await eventsTold(records));
      const date = '2027-03-01';
      const strict = rulesWith(
        [],
        [{ ...ruleOf('not-mortgaged'), version: 2, effectiveFrom: '2020-01-01', holds: 'fact.mortgaged', otherwise: 'lapsed' }],
      );
      const only = { package: id };
      const worse = {
        kind: 'package',
        id,
        outcome: 'worse',
        was: 'verified',
        wouldBe: 'lapsed',
        item: 'premises',
        rule: { id: 'not-mortgaged', version: 2 },
      };
      assert.deepEqual((await told({ views, present, changed: strict, date, only })).flips, [worse]);
      const [better] = (await told({ views, present: strict, changed: present, date, only })).flips;
      assert.deepEqual([better!.outcome, better!.was, better!.wouldBe, better!.item], ['better', 'lapsed', 'verified', 'premises']);
      const none = rulesWith([same('low-voltage-business', { when: 'false' })]);
      assert.deepEqual(
        [
          (await told({ views, present, changed: none, date, only })).flips,
          (await told({ views, present: none, changed: present, date, only })).flips,
        ].map(([flip]) => [flip!.outcome, flip!.was, flip!.wouldBe]),
        [
          ['gone', 'verified', null],
          ['new', null, 'verified'],
        ],
      );
    });
  });

  it('says where the changed rules cannot be applied to the facts at all', async () => {
    await inWorkshop(createClock(), async ({ live, views }) => {
      await live(await eventsTold(shop(1, '2040-01-01').told));
      const changed = rulesWith([], [{ ...ruleOf('right-current'), holds: 'fact.nothingOfTheKind > 3' }]);
      const { flips, counts } = await told({ views, present, changed, date: '2027-03-01' });
      assert.deepEqual(
        flips.map(({ outcome }) => outcome),
        ['fails'],
      );
      assert.equal(counts['low-voltage-business']!.fails, 1);
    });
  });

  it('can be asked of one subject or one package, and says the same of it as of all', async () => {
    const events = await simulatedEvents({ seed: 'subjects', subjects: 40 });
    await inWorkshop(createClock(), async ({ live, views }) => {
      await live(events);
      const changed = rulesWith([same('high-voltage', { when: 'false' })], [{ ...ruleOf('held-by-applicant'), holds: 'false' }]);
      const all = await told({ views, present, changed, date: '2027-03-01' });
      assert.ok(all.flips.length > 10);
      const rows = (await rowsOf(views)).filter(({ view }) => view === 'package');
      const bySubject = new Map<string, Flip[]>(rows.map(({ key }) => [key.split('~')[1]!, []]));
      for (const flip of all.flips) if (flip.kind === 'package') bySubject.get(flip.id.split('~')[1]!)!.push(flip);
      const sorted = (flips: Flip[]): Flip[] => [...flips].sort((a, b) => (a.id < b.id ? -1 : 1));
      for (const [subject, expected] of bySubject) {
        const { flips } = await told({ views, present, changed, date: '2027-03-01', only: { subject } });
        assert.deepEqual(sorted(flips.filter(({ kind }) => kind === 'package')), sorted(expected), subject);
      }
      for (const { key } of rows.slice(0, 20)) {
        const { flips, counts } = await told({ views, present, changed, date: '2027-03-01', only: { package: key } });
        assert.deepEqual(
          flips,
          all.flips.filter(({ id }) => id === key),
        );
        assert.equal(
          Object.values(counts)
            .flatMap((of) => Object.values(of))
            .reduce((sum, n) => sum + n, 0),
          1,
        );
      }
    });
  });

  it('tells how far it is, and keeps no more rows in hand than a page leads to', async () => {
    const shops = Array.from({ length: 1_200 }, (_, i) => shop(i, '2040-01-01'));
    await inWorkshop(createClock(), async ({ live, views }) => {
      await live(await eventsTold(shops.flatMap(({ told: records }) => records)));
      const seen: number[] = [];
      let largest = 0;
      const pages: typeof views = {
        ...views,
        list: async (view, page) => {
          const rows = await views.list(view, page);
          largest = Math.max(largest, rows.length);
          return rows;
        },
      };
      const { counts } = await told({ views: pages, present, changed: present, date: '2027-03-01', onProgress: (done) => seen.push(done) });
      assert.deepEqual(seen, [500, 1_000, 1_200]);
      assert.equal(largest, 500);
      assert.deepEqual(Object.keys(counts), ['low-voltage-business']);
    });
  });
});
