// Short histories of our own making, told through the simulated registers.
import { asHolder, licence, permit, project, title } from '../../services/simulator/registers.ts';
import { castOf } from './simulated-events.ts';
import type { Cast } from '../../services/simulator/cast.ts';
import type { Fields, SimulatedRecord } from '../../services/simulator/registers.ts';

/** A company and the shop it holds without a meter account, until the date given: a low-voltage-business package. */
export function shop(number: number, validUntil: string): { cast: Cast; told: SimulatedRecord[]; id: string } {
  const cast = castOf(number);
  const company = cast.company(0);
  const premises = cast.premises(0, '办公');
  const told = [licence(cast, company)('设立登记', 0), title(cast, premises, [asHolder(company)])('100', 25, { SYQX: validUntil })];
  return { cast, told, id: `low-voltage-business~${company.uscc}~${premises.unitCode}` };
}

/** A company with land, a filed project and a works permit, each patched as told: a high-voltage package. */
export function factory(
  number: number,
  patches: { project?: Fields; permit?: Fields } = {},
): { cast: Cast; told: SimulatedRecord[]; id: string } {
  const cast = castOf(number);
  const company = cast.company(0);
  const site = cast.premises(0, '工业用地');
  const told = [
    licence(cast, company)('设立登记', 0),
    title(cast, site, [asHolder(company)])('100', 30),
    project(cast, company, site)('办结', 60, { STATE: '1', APPROVE_DATE: cast.on(60), ...patches.project }),
    permit(cast, '建', 120, company, site)('核发', 120, patches.permit),
  ];
  return { cast, told, id: `high-voltage~${company.uscc}~${cast.projectCode()}` };
}
