// A flat is sold and the address alone does not say which meter account is meant: manual review, with candidates.
import { account, holders, sale, title } from '../registers.ts';
import type { Cast, Person } from '../cast.ts';
import type { SimulatedRecord } from '../registers.ts';
import type { Story } from './story.ts';

const stranger = (person: Person): Person => ({ ...person, idType: '', idNumber: '' });

const fullWidth = (text: string): string => text.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));

function tell(
  cast: Cast,
  caseAddress: (address: string) => string,
  accountAddresses: (address: string) => [string, string],
): SimulatedRecord[] {
  const flat = cast.premises(0, '成套住宅');
  const [seller, buyer] = [cast.person(0), cast.person(1)];
  const [first, second] = accountAddresses(flat.address);
  const register = title(cast, flat, [seller]);
  const entry = sale(cast, 0, flat, [seller], [buyer]);
  const noCode = { bdcdyh: '' };
  return [
    register('100', 5),
    // Neither account was ever moved to the seller: one still stands in the builder's site manager's name, one in a former owner's.
    account(cast, 0, flat, stranger(cast.person(2)), '居民', 10)('新装', 10, { ...noCode, yddz: first }),
    account(cast, 1, flat, stranger(cast.person(3)), '居民', 20)('新装', 20, { ...noCode, yddz: second }),
    entry('受理', 200, { ...noCode, sfty: '1', zl: caseAddress(flat.address) }),
    entry('登簿', 205, { bdcqzh: cast.certificateNo(flat, 205, 1) }),
    register('200', 205, { QLRLB: holders([buyer]) }),
    entry('发证', 207),
  ];
}

const sources = ['property-right', 'house-transfer', 'meter-account'] as const;

export const unclearSaleStories: readonly Story[] = [
  {
    name: 'sale-ambiguous-address',
    weight: 2,
    sources,
    // One address written in two ways.
    tell: (cast) =>
      tell(
        cast,
        (address) => address,
        (address) => [fullWidth(address), address.replace('幢', '号楼').replace('室', '')],
      ),
  },
  {
    name: 'sale-vague-address',
    weight: 2,
    sources,
    // The case leaves the staircase out, and both staircases have that room.
    tell: (cast) =>
      tell(
        cast,
        (address) => address.replace(/\d+单元/, ''),
        (address) => [address.replace(/\d+单元/, '1单元'), address.replace(/\d+单元/, '2单元')],
      ),
  },
];
