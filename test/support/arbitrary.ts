// Generators shared by the properties.
import fc from 'fast-check';
import { account, asHolder, holders, licence, permit, project, sale, title } from '../../services/simulator/registers.ts';
import { castOf } from './simulated-events.ts';
import type { Company, Person } from '../../services/simulator/cast.ts';
import type { Register, SimulatedRecord } from '../../services/simulator/registers.ts';

/** A way to deliver `count` things: every one at least once, in any order, some of them again. */
export function deliveries(count: number): fc.Arbitrary<number[]> {
  const indices = Array.from({ length: count }, (_, i) => i);
  return fc
    .tuple(
      fc.shuffledSubarray(indices, { minLength: count, maxLength: count }),
      fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count)), { maxLength: 20 }),
    )
    .map(([order, again]) => again.reduce((list, [which, where]) => list.toSpliced(where, 0, which), order));
}

/** One statement of a register about a few companies, two premises and a project; `of` the last role is never registered. */
const statement = fc.record({
  what: fc.constantFrom('licence', 'licence', 'licence', 'title', 'project', 'permit', 'account', 'sale'),
  who: fc.nat(3),
  of: fc.nat(4),
  link: fc.constantFrom('parent', 'successor', 'successor', 'none'),
  state: fc.constantFrom('1', '4', '4', '2'),
  byName: fc.boolean(),
  sharedName: fc.integer({ max: 9 }).map((n) => n === 9),
  /** Whether the register begins again, and so contradicts what it said before under the same version. */
  anew: fc.integer({ min: 0, max: 9 }).map((n) => n === 9),
});

/**
 * What registers say of companies that are branches of one another and merge into one another, as it may come: chains,
 * circles, themselves, contradictions, heirs and parents that were never registered, and owners known by name alone.
 */
export function kinHistories(number: number): fc.Arbitrary<SimulatedRecord[]> {
  const cast = castOf(number);
  const sites = [cast.premises(0, '工业用地'), cast.premises(1, '办公')] as const;
  const named = (company: Company, byName: boolean): Person => ({ ...asHolder(company), idNumber: byName ? '' : company.uscc });
  return fc.array(statement, { minLength: 5, maxLength: 16 }).map((list) => {
    const registers = new Map<string, Register>();
    const speak = (name: string, anew: boolean, open: () => Register): Register => {
      const register = (anew ? undefined : registers.get(name)) ?? open();
      registers.set(name, register);
      return register;
    };
    return list.map(({ what, who, of, link, state, byName, sharedName, anew }, i) => {
      const [company, other, site, day] = [cast.company(who), cast.company(of), sites[who % 2]!, i * 10];
      const builder = { name: other.name, uscc: byName ? '' : other.uscc };
      switch (what) {
        case 'licence':
          return speak(`licence ${who}`, anew, () => licence(cast, company))('变更登记', day, {
            REGSTATE: state,
            ENTNAME: cast.company(sharedName ? 0 : who).name,
            SUPUNISCID: link === 'parent' ? other.uscc : '',
            SUCUNISCID: link === 'successor' ? other.uscc : '',
          });
        case 'title':
          return speak(`title ${who % 2}`, anew, () => title(cast, site, []))('200', day, { QLRLB: holders([named(other, byName)]) });
        case 'project':
          return speak('project', anew, () => project(cast, other, site))('办结', day, {
            ...{ STATE: '1', BDCDYH: site.unitCode, project_dept: builder.name, project_dept_code: builder.uscc },
          });
        case 'permit':
          return speak('permit', anew, () => permit(cast, '建', 0, builder, site))('核发', day, {
            ...{ bdcdyh: site.unitCode, buildunit: builder.name, buildunitcode: builder.uscc },
          });
        case 'account':
          return speak('account', anew, () => account(cast, 0, site, asHolder(other), '非居民', 0))('变更', day, { hzmc: company.name });
        case 'sale':
          return speak(`sale ${of}`, anew, () => sale(cast, of, site, [asHolder(company)], [asHolder(other)]))('登簿', day);
      }
    });
  });
}
