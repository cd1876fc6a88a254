// Companies that are not alone: a branch builds on the land of its parent, and one that built was merged into another.
import { asHolder, holders, licence, permit, project, title } from '../registers.ts';
import type { Cast, Company, Premises } from '../cast.ts';
import type { SimulatedRecord } from '../registers.ts';
import type { Story } from './story.ts';

export const branchOf = (parent: Company, branch: Company): Company => ({
  ...branch,
  name: parent.name.replace('有限公司', '有限公司第一分公司'),
});

/** 分公司: it files the project and gets the permit, while the land is registered in the name of the company. */
function onParentsLand(cast: Cast): SimulatedRecord[] {
  const parent = cast.company(0);
  const branch = branchOf(parent, cast.company(1));
  const site = cast.premises(0, '工业用地');
  return [
    licence(cast, parent)('设立登记', 0),
    title(cast, site, [asHolder(parent)])('100', 30),
    licence(cast, branch)('设立登记', 40, { ENTTYPE_CN: '有限责任公司分公司', SUPUNISCID: parent.uscc }),
    ...papers(cast, branch, site),
  ];
}

/** 吸收合并: a company builds on the land of another, takes it over, and has not had the land registered anew. */
function absorbedOwner(cast: Cast): SimulatedRecord[] {
  const [owner, builder] = [cast.company(0), cast.company(1)];
  const site = cast.premises(0, '工业用地');
  const enterprise = licence(cast, owner);
  return [
    enterprise('设立登记', 0),
    licence(cast, builder)('设立登记', 10),
    title(cast, site, [asHolder(owner)])('100', 30),
    ...papers(cast, builder, site),
    enterprise('注销登记', 200, { REGSTATE: '4', SUCUNISCID: builder.uscc }),
  ];
}

/** 吸收合并: the company that built is no more; its land was registered anew, its project and permit still bear its name. */
function absorbedBuilder(cast: Cast): SimulatedRecord[] {
  const [builder, heir] = [cast.company(0), cast.company(1)];
  const site = cast.premises(0, '工业用地');
  const [enterprise, land] = [licence(cast, builder), title(cast, site, [asHolder(builder)])];
  return [
    enterprise('设立登记', 0),
    licence(cast, heir)('设立登记', 10),
    land('100', 30),
    ...papers(cast, builder, site),
    enterprise('注销登记', 200, { REGSTATE: '4', SUCUNISCID: heir.uscc }),
    land('200', 240, { QLRLB: holders([asHolder(heir)]) }),
  ];
}

/** A filed project and a works permit. */
const papers = (cast: Cast, builder: Company, site: Premises): SimulatedRecord[] => [
  project(cast, builder, site)('办结', 60, { STATE: '1', APPROVE_DATE: cast.on(60), VALID_UNTIL: '2034-12-31' }),
  permit(cast, '建', 120, builder, site)('核发', 120, { jsgm: '模拟厂房1幢，建筑面积5000平方米' }),
];

const story = (name: string, tell: (cast: Cast) => SimulatedRecord[]): Story => ({
  name,
  weight: 1,
  sources: ['business-licence', 'property-right', 'project-approval', 'planning-permit'],
  tell,
});

export const kinStories: readonly Story[] = [
  story('branch-on-parents-land', onParentsLand),
  story('merger-owner-absorbed', absorbedOwner),
  story('merger-builder-absorbed', absorbedBuilder),
];
