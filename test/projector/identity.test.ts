// Who an organisation is over time: old codes, one code with two names, a name that two share. Resolved by rule or told, never picked.
import assert from 'node:assert/strict';
import { createClock } from '../support/clock.ts';
import { inWorkshop } from '../support/fold.ts';
import { castOf, eventsTold } from '../support/simulated-events.ts';
import { shop } from '../support/told.ts';
import { normaliseName } from '../../services/domain/names.ts';
import { asHolder, licence, title } from '../../services/simulator/registers.ts';
import type { Package } from '../../services/domain/packages/judge.ts';
import type { SimulatedRecord } from '../../services/simulator/registers.ts';

async function packagesOf(told: readonly SimulatedRecord[]): Promise<Package[]> {
  const events = await eventsTold(told);
  return inWorkshop(createClock(), async ({ live, views }) => {
    await live(events);
    return (await views.list('package', { limit: 100 })).map((row) => JSON.parse(row.body) as Package);
  });
}
const item = (pack: Package, id: string) => pack.items.find((candidate) => candidate.id === id)!;

describe('an organisation over time', () => {
  it('is found by its old organisation code, whichever the register or the licence comes first', async () => {
    const cast = castOf(21);
    const company = cast.company(0);
    const old = `${company.uscc.slice(8, 16)}-${company.uscc.slice(16, 17)}`;
    const premises = cast.premises(0, '办公');
    const told = [
      licence(cast, company)('设立登记', 0),
      title(cast, premises, [{ ...asHolder(company), idType: '组织机构代码证', idNumber: old }])('100', 25),
    ];
    for (const order of [told, told.toReversed()]) {
      const packages = await packagesOf(order);
      assert.deepEqual(
        packages.map((pack) => [pack.subject.id, pack.status]),
        [[company.uscc, 'verified']],
      );
    }
  });

  it('is not picked where one code was registered under two names, until the register says which', async () => {
    const { cast, told, id } = shop(22, '2054-12-31');
    const company = cast.company(0);
    const misfiled = licence(cast, company)('设立登记', 40, { ENTNAME: '模拟另一家有限公司', VERSION: 1 });
    const [flagged] = await packagesOf([...told, misfiled]);
    assert.equal(flagged!.id, id);
    assert.deepEqual([item(flagged!, 'licence').status, item(flagged!, 'licence').rule.id], ['mismatch', 'no-contradiction-at-the-source']);

    const corrected = licence(cast, company);
    corrected('设立登记', 0);
    const [resolved] = await packagesOf([...told, misfiled, corrected('更正', 60)]);
    assert.equal(resolved!.status, 'verified');
  });

  it('is not guessed where two enterprises ever had the name that a register gives alone', async () => {
    const cast = castOf(23);
    const [one, other] = [cast.company(0), { ...cast.company(1), name: cast.company(0).name }];
    const told = [
      licence(cast, one)('设立登记', 0),
      licence(cast, other)('设立登记', 0),
      title(cast, cast.premises(0, '办公'), [{ ...asHolder(one), idNumber: '' }])('100', 25),
    ];
    const [pack] = await packagesOf(told);
    assert.deepEqual([pack!.subject.id, item(pack!, 'licence').status], [`name:${normaliseName(one.name)}`, 'missing']);
  });
});
