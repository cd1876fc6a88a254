// A company registers, gets land, has its project filed and permitted: what a high-voltage application (高压新装) needs.
import { asHolder, licence, permit, project, title } from '../registers.ts';
import type { Cast } from '../cast.ts';
import type { SimulatedRecord } from '../registers.ts';
import type { Story } from './story.ts';

interface Turn {
  /** In whose name the works permit stands; without it, the company's own. */
  permitFor?: 'former-name' | 'another-builder' | 'nobody';
  permitEnd?: 'expired' | 'revoked' | 'restored';
  projectEnd?: 'lapsed' | 'extended';
  licenceEnd?: 'revoked' | 'restored' | 'rescinded';
}

const [companyRole, otherRole, siteRole] = [0, 1, 0];

function tell(cast: Cast, { permitFor, permitEnd, projectEnd, licenceEnd }: Turn): SimulatedRecord[] {
  const company = cast.company(companyRole);
  const site = cast.premises(siteRole, '工业用地');
  const enterprise = licence(cast, company);
  const filed = project(cast, company, site);
  const land = permit(cast, '地', 70, company, site);
  const told = [
    enterprise('设立登记', 0),
    title(cast, site, [asHolder(company)])('100', 30),
    filed('赋码', 45),
    filed('办结', 60, { STATE: '1', APPROVE_DATE: cast.on(60), VALID_UNTIL: projectEnd === undefined ? '2034-12-31' : cast.on(230) }),
    land('核发', 70),
  ];
  if (permitFor === 'another-builder') told.push(licence(cast, cast.company(otherRole))('设立登记', 80));
  if (permitFor !== 'nobody') {
    // A former name can only be followed where the permit does not state the code beside it.
    const builder =
      permitFor === 'former-name' ? { name: company.name, uscc: '' } : cast.company(permitFor === undefined ? companyRole : otherRole);
    const works = permit(cast, '建', 120, builder, site);
    told.push(works('核发', 120, { jsgm: '模拟厂房1幢，建筑面积5000平方米', ...(permitEnd === 'expired' ? { yxqz: cast.on(200) } : {}) }));
    if (permitEnd === 'revoked' || permitEnd === 'restored') told.push(works('撤销', 180, { status: '3' }));
    if (permitEnd === 'restored') told.push(works('恢复', 240, { status: '1' }));
  }
  if (permitFor === 'former-name') told.push(enterprise('变更登记', 140, { ENTNAME: company.name.replace('有限公司', '集团有限公司') }));
  if (projectEnd !== 'lapsed') told.push(filed('开工', 150));
  if (projectEnd === 'lapsed') told.push(filed('失效', 231, { STATE: '2' }));
  if (projectEnd === 'extended') told.push(filed('延期', 220, { VALID_UNTIL: '2034-12-31' }));
  if (licenceEnd === 'revoked') told.push(enterprise('吊销', 250, { REGSTATE: '2' }));
  if (licenceEnd === 'restored' || licenceEnd === 'rescinded') told.push(enterprise('撤销登记', 250, { REGSTATE: '5' }));
  // 市场主体登记管理条例 §42: a rescission may itself be undone, which puts things back as they were.
  if (licenceEnd === 'restored') told.push(enterprise('撤销恢复', 280, { REGSTATE: '1' }));
  return told;
}

const sources = ['business-licence', 'property-right', 'project-approval', 'planning-permit'] as const;
const story = (name: string, weight: number, turn: Turn): Story => ({
  name: `build-${name}`,
  weight,
  sources,
  tell: (cast) => tell(cast, turn),
});

export const buildStories: readonly Story[] = [
  story('complete', 16, {}),
  story('permit-in-former-name', 2, { permitFor: 'former-name' }),
  story('permit-of-another-builder', 1, { permitFor: 'another-builder' }),
  story('permit-expired', 1, { permitEnd: 'expired' }),
  story('permit-revoked', 1, { permitEnd: 'revoked' }),
  story('permit-restored', 1, { permitEnd: 'restored' }),
  story('no-permit', 4, { permitFor: 'nobody' }),
  story('project-lapsed', 1, { projectEnd: 'lapsed' }),
  story('project-extended', 1, { projectEnd: 'extended' }),
  story('licence-revoked', 1, { licenceEnd: 'revoked' }),
  story('licence-rescinded', 1, { licenceEnd: 'rescinded' }),
  story('licence-restored', 1, { licenceEnd: 'restored' }),
];
