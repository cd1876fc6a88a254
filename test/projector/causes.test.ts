// What strikes a fact reaches every package that relied on it, with the event that did it; what restores it does too.
import assert from 'node:assert/strict';
import { createClock } from '../support/clock.ts';
import { inWorkshop, linesAbout } from '../support/fold.ts';
import { castOf, eventsTold, storyRecords } from '../support/simulated-events.ts';
import { factory, shop } from '../support/told.ts';
import { asHolder, holders, licence, title } from '../../services/simulator/registers.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { FeedLine } from '../../services/ports/views.ts';
import type { SimulatedRecord } from '../../services/simulator/registers.ts';

interface Outcome {
  packages: Package[];
  /** What the feed says of each package, in order. */
  lines: Map<string, FeedLine[]>;
  /** Event types by id. */
  types: Map<string, string>;
}

async function outcomeOf(told: readonly SimulatedRecord[]): Promise<Outcome> {
  const events = await eventsTold(told);
  return inWorkshop(createClock(), async ({ live, views }) => {
    for (const event of events) await live([event]);
    const packages = (await views.list('package', { limit: 100 })).map((row) => JSON.parse(row.body) as Package);
    const lines = new Map<string, FeedLine[]>();
    for (const { id } of packages) lines.set(id, await linesAbout(views, id));
    return { packages, lines, types: new Map(events.map(({ id, type }) => [id, type])) };
  });
}

const causeOf = (line: FeedLine | undefined): string | undefined => (line && 'type' in line.cause ? line.cause.type : undefined);

describe('a blow to a fact', () => {
  const blows: [story: string, type: string, status: string, item: string, rule: string, cause: string][] = [
    ['shop-seized', 'low-voltage-business', 'lapsed', 'premises', 'not-seized', 'property-right.seized'],
    ['shop-deregistered', 'low-voltage-business', 'lapsed', 'licence', 'licence-in-good-standing', 'business-licence.deregistered'],
    ['shop-suspended', 'low-voltage-business', 'lapsed', 'licence', 'licence-in-good-standing', 'business-licence.suspended'],
    ['shop-moved-out', 'low-voltage-business', 'lapsed', 'licence', 'licence-in-good-standing', 'business-licence.moved'],
    ['build-licence-revoked', 'high-voltage', 'lapsed', 'licence', 'licence-in-good-standing', 'business-licence.revoked'],
    ['build-licence-rescinded', 'high-voltage', 'lapsed', 'licence', 'licence-in-good-standing', 'business-licence.rescinded'],
    ['build-permit-revoked', 'high-voltage', 'lapsed', 'permit', 'permit-in-force', 'planning-permit.revoked'],
    ['build-project-lapsed', 'high-voltage', 'lapsed', 'approval', 'within-validity', 'project-approval.lapsed'],
  ];
  for (const [story, type, status, item, rule, cause] of blows) {
    it(`reaches the package of ${story} through ${cause}`, async () => {
      const { packages, lines, types } = await outcomeOf(storyRecords(story));
      const pack = packages.find((candidate) => candidate.type === type)!;
      const struck = pack.items.find((candidate) => candidate.id === item)!;
      assert.deepEqual([pack.status, struck.status, struck.rule.id], [status, status, rule]);
      assert.equal(types.get(struck.event!), cause);
      const told = lines.get(pack.id)!;
      assert.ok(told.some((line) => causeOf(line) === cause && line.change === 'changed'));
      assert.ok(told.every((line, i) => i === 0 || line.was === told[i - 1]!.status));
      assert.equal(told[0]!.change, 'prepared');
    });
  }

  const returns: [story: string, type: string, cause: string][] = [
    ['shop-seized-then-released', 'low-voltage-business', 'property-right.released'],
    ['shop-suspended-then-resumed', 'low-voltage-business', 'business-licence.resumed'],
    ['build-permit-restored', 'high-voltage', 'planning-permit.restored'],
    ['build-licence-restored', 'high-voltage', 'business-licence.restored'],
  ];
  for (const [story, type, cause] of returns) {
    it(`is undone in ${story} by ${cause}`, async () => {
      const { packages, lines } = await outcomeOf(storyRecords(story));
      const pack = packages.find((candidate) => candidate.type === type)!;
      assert.equal(pack.status, 'verified');
      const line = lines.get(pack.id)!.find((candidate) => causeOf(candidate) === cause)!;
      assert.deepEqual([line.was, line.status], ['lapsed', 'verified']);
    });
  }

  it('reaches the package when the right in the property is cancelled', async () => {
    const { cast, told, id } = shop(3, '2054-12-31');
    const register = title(cast, cast.premises(0, '办公'), [asHolder(cast.company(0))]);
    register('100', 25);
    const { packages, lines } = await outcomeOf([...told, register('400', 90, { QSZT: '3' })]);
    assert.deepEqual(
      packages.map((pack) => [pack.id, pack.status, pack.items.find((item) => item.id === 'premises')?.rule.id]),
      [[id, 'lapsed', 'right-current']],
    );
    assert.equal(causeOf(lines.get(id)!.at(-1)), 'property-right.cancelled');
  });

  it('reaches every package that relied on the fact, not one alone', async () => {
    const { cast, told } = shop(4, '2054-12-31');
    const company = cast.company(0);
    const more = [1, 2].map((role) => title(cast, cast.premises(role, '办公'), [asHolder(company)])('100', 30));
    const enterprise = licence(cast, company);
    enterprise('设立登记', 0);
    const { packages, lines } = await outcomeOf([...told, ...more, enterprise('吊销', 250, { REGSTATE: '2' })]);
    assert.equal(packages.length, 3);
    for (const pack of packages) {
      assert.equal(pack.status, 'lapsed');
      assert.equal(causeOf(lines.get(pack.id)!.at(-1)), 'business-licence.revoked');
    }
  });

  it('leaves the former holder a lapsed package, and makes the new one theirs', async () => {
    const cast = castOf(6);
    const premises = cast.premises(0, '办公');
    const [former, next] = [cast.company(0), cast.company(1)];
    const register = title(cast, premises, [asHolder(former)]);
    const told = [licence(cast, former)('设立登记', 0), licence(cast, next)('设立登记', 0), register('100', 20)];
    const { packages } = await outcomeOf([...told, register('200', 80, { QLRLB: holders([asHolder(next)]) })]);
    assert.deepEqual(
      new Map(packages.map((pack) => [pack.subject.id, [pack.status, pack.items.find((item) => item.id === 'premises')?.rule.id]])),
      new Map([
        [former.uscc, ['lapsed', 'held-by-applicant']],
        [next.uscc, ['verified', 'not-seized']],
      ]),
    );
  });
});

describe('a changed name', () => {
  it('is followed from the permit that still bears the former one', async () => {
    const { packages } = await outcomeOf(storyRecords('build-permit-in-former-name'));
    const pack = packages.find((candidate) => candidate.type === 'high-voltage')!;
    assert.equal(pack.status, 'verified');
  });

  for (const [story, statuses] of [
    ['rename-open', ['verified']],
    ['rename-by-name-alone', ['verified']],
    ['rename-done', []],
  ] as const) {
    it(`calls for a rename package as long as the account bears the former one: ${story}`, async () => {
      const { packages } = await outcomeOf(storyRecords(story));
      assert.deepEqual(
        packages.filter((pack) => pack.type === 'rename').map((pack) => pack.status),
        statuses,
      );
    });
  }

  it('is followed whichever arrives first, the new name or the permit in the old one', async () => {
    const told = storyRecords('build-permit-in-former-name');
    const [forward, backward] = [await outcomeOf(told), await outcomeOf([...told].reverse())];
    assert.deepEqual(backward.packages, forward.packages);
  });
});

describe('a permit of somebody else', () => {
  it('is a mismatch, not missing', async () => {
    const { packages } = await outcomeOf(storyRecords('build-permit-of-another-builder'));
    const pack = packages.find((candidate) => candidate.type === 'high-voltage')!;
    const permit = pack.items.find((item) => item.id === 'permit')!;
    assert.deepEqual([pack.status, permit.status, permit.rule.id], ['mismatch', 'mismatch', 'permitted-for-applicant']);
  });

  it('and no permit at all is missing, not a mismatch', async () => {
    const { packages } = await outcomeOf(factory(9).told.slice(0, 3));
    const pack = packages.find((candidate) => candidate.type === 'high-voltage')!;
    assert.deepEqual([pack.status, pack.items.find((item) => item.id === 'permit')!.event], ['missing', null]);
  });
});
