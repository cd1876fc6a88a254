// A company holds a shop or an office that has no meter account yet: low-voltage supply for business (低压非居民新装).
import { asHolder, licence, title } from '../registers.ts';
import type { Cast } from '../cast.ts';
import type { SimulatedRecord } from '../registers.ts';
import type { Story } from './story.ts';

type Trouble = 'seized' | 'released' | 'mortgaged' | 'abnormal' | 'cleared' | 'suspended' | 'resumed' | 'deregistered' | 'moved';

function tell(cast: Cast, trouble?: Trouble): SimulatedRecord[] {
  const company = cast.company(0);
  const enterprise = licence(cast, company);
  const premises = title(cast, cast.premises(0, cast.random.pick(['办公', '商业服务'], 'use')), [asHolder(company)]);
  const told = [enterprise('设立登记', 0), premises('100', 25)];
  switch (trouble) {
    case undefined:
      break;
    case 'seized':
      told.push(premises('800', 90, { SFCF: '1' }));
      break;
    case 'released':
      told.push(premises('800', 90, { SFCF: '1' }), premises('801', 170, { SFCF: '0' }));
      break;
    case 'mortgaged':
      told.push(premises('900', 60, { SFDY: '1' }));
      break;
    case 'abnormal':
      told.push(enterprise('列入经营异常名录', 120, { ABNORMAL: '1' }));
      break;
    case 'cleared':
      told.push(enterprise('列入经营异常名录', 120, { ABNORMAL: '1' }), enterprise('移出经营异常名录', 190, { ABNORMAL: '0' }));
      break;
    case 'suspended':
      told.push(enterprise('歇业备案', 130, { REGSTATE: '7' }));
      break;
    case 'resumed':
      told.push(enterprise('歇业备案', 130, { REGSTATE: '7' }), enterprise('恢复经营', 210, { REGSTATE: '1' }));
      break;
    case 'deregistered':
      told.push(enterprise('注销登记', 240, { REGSTATE: '4' }));
      break;
    case 'moved':
      told.push(enterprise('迁移', 200, { REGSTATE: '6' }));
      break;
  }
  return told;
}

const story = (name: string, weight: number, trouble?: Trouble): Story => ({
  name: `shop-${name}`,
  weight,
  sources: ['business-licence', 'property-right'],
  tell: (cast) => tell(cast, trouble),
});

export const shopStories: readonly Story[] = [
  story('clean', 24),
  story('seized', 1, 'seized'),
  story('seized-then-released', 1, 'released'),
  story('mortgaged', 3, 'mortgaged'),
  story('listed-abnormal', 1, 'abnormal'),
  story('abnormal-then-cleared', 1, 'cleared'),
  story('suspended', 1, 'suspended'),
  story('suspended-then-resumed', 1, 'resumed'),
  story('deregistered', 1, 'deregistered'),
  story('moved-out', 1, 'moved'),
];
