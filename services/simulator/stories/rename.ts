// A company changes its name while its meter account keeps the old one (更名).
import { account, asHolder, licence, title } from '../registers.ts';
import type { Cast, Person } from '../cast.ts';
import type { SimulatedRecord } from '../registers.ts';
import type { Story } from './story.ts';

function tell(cast: Cast, holderOf: (holder: Person) => Person, done: boolean): SimulatedRecord[] {
  const company = cast.company(0);
  const enterprise = licence(cast, company);
  const premises = cast.premises(0, '办公');
  const supply = account(cast, 0, premises, holderOf(asHolder(company)), '非居民', 40);
  const name = company.name.replace('有限公司', '股份有限公司');
  const told = [
    enterprise('设立登记', 0),
    title(cast, premises, [asHolder(company)])('100', 20),
    supply('新装', 40),
    enterprise('变更登记', 180, { ENTNAME: name, ENTTYPE_CN: '股份有限公司(非上市)' }),
  ];
  if (done) told.push(supply('更名', 200, { hzmc: name }));
  return told;
}

const story = (name: string, weight: number, holderOf: (holder: Person) => Person, done = false): Story => ({
  name: `rename-${name}`,
  weight,
  sources: ['business-licence', 'property-right', 'meter-account'],
  tell: (cast) => tell(cast, holderOf, done),
});

export const renameStories: readonly Story[] = [
  story('open', 6, (holder) => holder),
  // Accounts opened long ago hold a name and nothing else.
  story('by-name-alone', 2, (holder) => ({ ...holder, idType: '', idNumber: '' })),
  story('done', 4, (holder) => holder, true),
];
