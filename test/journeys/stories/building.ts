// A company that builds, as its registers tell it.
import { asHolder, licence, permit, project, title } from '../../../services/simulator/registers.ts';
import type { Cast } from '../../../services/simulator/cast.ts';
import type { Fields } from '../../../services/simulator/registers.ts';

/** The registers of a company that builds: licence, land, filed project, works permit. */
export function building(cast: Cast, patches: { project?: Fields; permit?: Fields } = {}) {
  const company = cast.company(0);
  const site = cast.premises(0, '工业用地');
  const registers = {
    licence: licence(cast, company),
    title: title(cast, site, [asHolder(company)]),
    project: project(cast, company, site),
    permit: permit(cast, '建', 120, company, site),
  };
  const told = [
    registers.licence('设立登记', 0),
    registers.title('100', 30),
    registers.project('办结', 60, { STATE: '1', APPROVE_DATE: cast.on(60), ...patches.project }),
    registers.permit('核发', 120, patches.permit),
  ];
  return { registers, told };
}
