// A flat with a meter account is sold: the joint transfer (房产与电表联合过户) in each way it can go.
import { account, accountHolder, asHolder, holders, licence, sale, title } from '../registers.ts';
import type { Cast, Person } from '../cast.ts';
import type { Register, SimulatedRecord } from '../registers.ts';
import type { Story } from './story.ts';

interface Turn {
  /** How the account can be found: 户号 in the case (the rule), unit code on the account, address and old holder's name, or not at all. */
  found?: 'unit-code' | 'address' | 'nowhere';
  arrears?: 'outstanding' | 'paid';
  consent?: 'missing' | 'refused' | 'withdrawn' | 'later';
  end?: 'accepted' | 'withdrawn' | 'rescinded' | 'restored';
  after?: 'seized' | 'mortgaged' | 'moved' | 'resold';
  buyers?: 'two' | 'company';
}

const [sellerRole, buyerRole, secondBuyerRole, laterBuyerRole] = [0, 1, 2, 3];

function tell(cast: Cast, turn: Turn): SimulatedRecord[] {
  const flat = cast.premises(0, '成套住宅');
  const from = [cast.person(sellerRole)];
  const to = buyersOf(cast, turn.buyers);
  const register = title(cast, flat, from);
  const supply = account(cast, 0, flat, cast.person(sellerRole), '居民', 20);
  const entry = sale(cast, 0, flat, from, to);
  const told: SimulatedRecord[] = turn.buyers === 'company' ? [licence(cast, cast.company(0))('设立登记', 0)] : [];

  told.push(register('100', 5));
  if (turn.found !== 'nowhere')
    told.push(supply('新装', 20, turn.found === 'address' ? { bdcdyh: '', hzzjzl: '', hzzjh: '', hzdh: '' } : {}));
  if (turn.arrears !== undefined) told.push(supply('欠费变动', 190, { qfje: '326.50' }));
  told.push(
    entry('受理', 200, {
      consno: turn.found === undefined ? cast.consumerNo(0) : '',
      sfty: turn.consent === 'missing' || turn.consent === 'later' ? '' : turn.consent === 'refused' ? '0' : '1',
      sfdy: turn.after === 'mortgaged' ? '1' : '0',
    }),
  );
  if (turn.end === 'accepted') return told;
  if (turn.end === 'withdrawn') return [...told, entry('撤回', 203)];

  const entered = register('200', 205, { QLRLB: holders(to) });
  told.push(entry('登簿', 205, { bdcqzh: cast.certificateNo(flat, 205, 1) }), entered, entry('发证', 207));
  told.push(...consentAfter(turn.consent, entry), ...endOf(turn.end, { entry, register, entered, from, to }));
  if (turn.arrears === 'paid') told.push(supply('欠费变动', 215, { qfje: '0.00' }));
  switch (turn.after) {
    case undefined:
      break;
    case 'seized':
      told.push(register('800', 216, { SFCF: '1' }));
      break;
    case 'mortgaged':
      told.push(register('900', 216, { SFDY: '1' }));
      break;
    case 'moved':
      told.push(supply('过户', 220, accountHolder(cast.person(buyerRole))));
      break;
    case 'resold': {
      const next = [cast.person(laterBuyerRole)];
      const resale = sale(cast, 1, flat, to, next);
      told.push(resale('受理', 250, { consno: cast.consumerNo(0), sfty: '1' }));
      told.push(
        resale('登簿', 255, { bdcqzh: cast.certificateNo(flat, 255, 2) }),
        register('200', 255, { QLRLB: holders(next) }),
        resale('发证', 256),
      );
    }
  }
  return told;
}

function buyersOf(cast: Cast, buyers: Turn['buyers']): Person[] {
  if (buyers === 'company') return [asHolder(cast.company(0))];
  return buyers === 'two' ? [cast.person(buyerRole), cast.person(secondBuyerRole)] : [cast.person(buyerRole)];
}

function consentAfter(consent: Turn['consent'], entry: Register): SimulatedRecord[] {
  if (consent === 'withdrawn') return [entry('撤回同意', 212, { sfty: '0' })];
  return consent === 'later' ? [entry('同意过户', 212, { sfty: '1' })] : [];
}

interface Entered {
  entry: Register;
  register: Register;
  /** The entry of the transfer. */
  entered: SimulatedRecord;
  from: Person[];
  to: Person[];
}

/** 撤销 puts the register back as it was, by an entry that names the one it reverses; undone, the buyers hold the flat again. */
function endOf(end: Turn['end'], { entry, register, entered, from, to }: Entered): SimulatedRecord[] {
  if (end !== 'rescinded' && end !== 'restored') return [];
  const reversal = register('500', 230, { QLRLB: holders(from), GZYWH: entered.record['YWH'] });
  const undone = [entry('撤销', 230), reversal];
  if (end === 'rescinded') return undone;
  return [...undone, entry('撤销恢复', 260), register('500', 260, { QLRLB: holders(to), GZYWH: reversal.record['YWH'] })];
}

const story = (name: string, weight: number, turn: Turn): Story => ({
  name: `sale-${name}`,
  weight,
  sources: [
    'property-right',
    'house-transfer',
    ...(turn.found === 'nowhere' ? [] : ['meter-account' as const]),
    ...(turn.buyers === 'company' ? ['business-licence' as const] : []),
  ],
  tell: (cast) => tell(cast, turn),
});

export const saleStories: readonly Story[] = [
  story('ready', 30, {}),
  story('found-by-unit-code', 10, { found: 'unit-code' }),
  story('found-by-address', 6, { found: 'address' }),
  story('without-account', 1, { found: 'nowhere' }),
  story('arrears', 2, { arrears: 'outstanding' }),
  story('arrears-paid', 2, { arrears: 'paid' }),
  story('consent-missing', 2, { consent: 'missing' }),
  story('consent-refused', 1, { consent: 'refused' }),
  story('consent-withdrawn', 1, { consent: 'withdrawn' }),
  story('consent-later', 2, { consent: 'later' }),
  story('accepted-only', 3, { end: 'accepted' }),
  story('withdrawn', 1, { end: 'withdrawn' }),
  story('rescinded', 1, { end: 'rescinded' }),
  story('rescission-reversed', 1, { end: 'restored' }),
  story('seized', 1, { after: 'seized' }),
  story('mortgaged', 5, { after: 'mortgaged' }),
  story('two-buyers', 8, { buyers: 'two' }),
  story('to-company', 2, { buyers: 'company' }),
  story('account-already-moved', 8, { after: 'moved' }),
  story('sold-twice', 1, { after: 'resold' }),
];
