// A flat without a meter account (居民新装), and a parking space for a charging pile (居民充电桩).
import { title } from '../registers.ts';
import type { Cast, Person, Use } from '../cast.ts';
import type { Story } from './story.ts';

function story(name: string, weight: number, use: Use, owners: (cast: Cast) => Person[]): Story {
  return { name, weight, sources: ['property-right'], tell: (cast) => [title(cast, cast.premises(0, use), owners(cast))('100', 40)] };
}

/** The same person with a check character that cannot be right. */
function mistyped(person: Person): Person {
  const check = person.idNumber.slice(-1);
  return { ...person, idNumber: person.idNumber.slice(0, -1) + (check === '1' ? '2' : '1') };
}

function foreigner(cast: Cast): Person {
  return {
    ...cast.person(0),
    name: `SIMULATED PERSON ${String(cast.story + 1).padStart(4, '0')}`,
    idType: '414',
    idNumber: `XX${String(cast.story).padStart(7, '0')}`,
  };
}

export const homeStories: readonly Story[] = [
  story('home-of-one', 30, '成套住宅', (cast) => [cast.person(0)]),
  story('home-of-two', 14, '成套住宅', (cast) => [cast.person(0), cast.person(1)]),
  story('home-bad-citizen-number', 1, '成套住宅', (cast) => [mistyped(cast.person(0))]),
  story('home-passport', 1, '成套住宅', (cast) => [foreigner(cast)]),
  story('parking-space', 16, '车位', (cast) => [cast.person(0)]),
];
