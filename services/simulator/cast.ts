// Who and what one story is about: people, companies, premises and numbers, all plainly fictional and good by their check digits.
import { makeCitizenId, makeProjectCode, makeUscc } from '../domain/identifiers/make.ts';
import { dateAt, startOfDay } from '../domain/time.ts';
import { citizenRegion, industries, irregularRegions, regions, streets, surnames } from './places.ts';
import { createRandom } from './random.ts';
import type { Region } from './places.ts';
import type { Random } from './random.ts';

export interface Person {
  name: string;
  /** 证件类型代码 (DOMAIN §8): 111 citizen number, 414 passport, 001 unified social credit code. */
  idType: string;
  idNumber: string;
  phone: string;
}

export interface Company {
  uscc: string;
  name: string;
  address: string;
  representative: Person;
}

export type Use = '成套住宅' | '办公' | '商业服务' | '车位' | '工业用地';

export interface Premises {
  /** Place within the story, 0 to 7. */
  role: number;
  unitCode: string;
  address: string;
  use: Use;
  area: string;
}

/** One story's actors and props. The same role always gives the same one. Days count from the story's own first day. */
export interface Cast {
  story: number;
  random: Random;
  region: Region;
  person(role: number): Person;
  company(role: number): Company;
  premises(role: number, use: Use): Premises;
  consumerNo(role: number): string;
  projectCode(): string;
  /** Number of a planning certificate of a kind: 建 (…GG…) or 地 (…YG…). */
  permitNo(word: '建' | '地', day: number): string;
  certificateNo(premises: Premises, day: number, issue: number): string;
  caseNo(turn: number): string;
  /** `YYYY-MM-DD` */
  on(day: number): string;
  /** `YYYY-MM-DD HH:MM:SS`, Beijing, in office hours */
  at(day: number): string;
}

/** Up to eight of each kind in a story, so that numbers never meet across stories. */
const roles = 8;
/** Stories begin from 2024-01-01 on and last at most 300 days: all of them end by the middle of 2026. */
const firstDays = 600;
const dates = Array.from({ length: firstDays + 330 }, (_, day) => dateAt(startOfDay('2024-01-01') + day * 86_400_000));
const letters = '0123456789ABCDEFGHJKLMNPQRTUWXY';

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** @param irregular whether the story happens where no official region code exists */
export function createCast(seed: number, story: number, irregular: boolean): Cast {
  const random = createRandom(seed, story);
  const region = random.pick(irregular ? irregularRegions : regions, 'region');
  const street = `${region.name}${random.pick(streets, 'street')}${story + 1}号`;
  const start = random.below(firstDays, 'start');
  const clock = ` ${pad(9 + random.below(8, 'hour'), 2)}:${pad(random.below(60, 'minute'), 2)}:${pad(random.below(60, 'second'), 2)}`;
  /** What names carry of the story. */
  const label = pad(story + 1, 4);
  const unique = (role: number): number => story * roles + role;
  const on = (day: number): string => {
    const date = dates[start + day];
    if (date === undefined) throw new RangeError(`a story lasts 330 days at most, not ${day}`);
    return date;
  };

  const person = (role: number): Person => ({
    name: `模拟${surnames[(random.below(surnames.length, 'surname') + role) % surnames.length]}${label}`,
    idType: '111',
    idNumber: citizenNumber(unique(role)),
    // No mobile number begins with 100.
    phone: `100${pad(unique(role) % 1e8, 8)}`,
  });
  return {
    story,
    random,
    region,
    person,
    company: (role) => ({
      // No registered organisation code begins with XX.
      uscc: makeUscc(region.code, `XX${base31(unique(role))}`),
      name: `模拟${label}号${role === 0 ? '' : letters[9 + role]}${random.pick(industries, `industry${role}`)}（测试）有限公司`,
      address: `${street}${role + 1}幢`,
      representative: person(roles - 1 - role),
    }),
    premises: (role, use) => premisesOf(role, use, unique(role), street, region, random),
    consumerNo: (role) => `99${pad(unique(role), 11)}`,
    projectCode: () =>
      makeProjectCode(on(0).slice(2, 4) + on(0).slice(5, 7), region.code, pad(Math.floor(story / 1e5) % 100, 2), '01', pad(story % 1e5, 5)),
    permitNo: (word, day) => `${word}字第${region.code}${on(day).slice(0, 4)}${word === '建' ? 'GG' : 'YG'}${pad(story % 1e7, 7)}号`,
    certificateNo: (premises, day, issue) =>
      `${region.short}(${on(day).slice(0, 4)})${region.place}不动产权第${pad(unique(premises.role) * 4 + issue, 7)}号`,
    caseNo: (turn) => `SL${region.code}${pad(unique(turn), 9)}`,
    on,
    at: (day) => on(day) + clock,
  };
}

function premisesOf(role: number, use: Use, number: number, street: string, region: Region, random: Random): Premises {
  const [building, stairs, room] = [
    role + 1,
    1 + random.below(3, `stairs${role}`),
    (1 + random.below(9, `floor${role}`)) * 100 + 1 + random.below(4, `door${role}`),
  ];
  const parcel = `${region.code}999${pad(1 + (Math.floor(number / 1e5) % 999), 3)}GB${pad(number % 1e5, 5)}`;
  const area =
    use === '工业用地'
      ? String(8000 + random.below(20_000, 'site'))
      : use === '车位'
        ? '13.25'
        : (60 + random.below(8000, `area${role}`) / 100).toFixed(2);
  if (use === '工业用地') return { role, unitCode: `${parcel}W00000000`, address: street, use, area };
  const unitCode = `${parcel}F${pad(building, 4)}${pad(room, 4)}`;
  return {
    role,
    unitCode,
    address: use === '车位' ? `${street}地下${building}层车位${room}号` : `${street}${building}幢${stairs}单元${room}室`,
    use,
    area,
  };
}

/** Days on which our people are born: 1955 to 2002, the first 28 of each month. */
const births = 48 * 12 * 28;

/** Sixteen million numbers give as many different people. */
function citizenNumber(number: number): string {
  // A prime walks through all days before it comes back to the first.
  const birth = (number * 7919) % births;
  const date = `${1955 + (birth % 48)}${pad(1 + (Math.floor(birth / 48) % 12), 2)}${pad(1 + Math.floor(birth / 576), 2)}`;
  return makeCitizenId(citizenRegion, date, pad(Math.floor(number / births) % 1000, 3));
}

/** Six characters of the alphabet of GB 32100. */
function base31(number: number): string {
  let [text, rest] = ['', number];
  for (let i = 0; i < 6; i++) {
    text = letters.charAt(rest % 31) + text;
    rest = Math.floor(rest / 31);
  }
  return text;
}
