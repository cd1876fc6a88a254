// Which story is told as which number.
import { draw } from './random.ts';
import { buildStories } from './stories/build.ts';
import { homeStories } from './stories/home.ts';
import { kinStories } from './stories/kin.ts';
import { renameStories } from './stories/rename.ts';
import { saleStories } from './stories/sale.ts';
import { shopStories } from './stories/shop.ts';
import { unclearSaleStories } from './stories/unclear-sale.ts';
import type { Story } from './stories/story.ts';

/** The first numbers tell each of these once, undisturbed. */
export const firstRound: readonly Story[] = [
  ...buildStories,
  ...shopStories,
  ...homeStories,
  ...renameStories,
  ...saleStories,
  ...unclearSaleStories,
];

/** Every story there is. */
export const stories: readonly Story[] = [...firstRound, ...kinStories];

/** Each story of the first round as often as it weighs, shuffled once and for all, and among them the others. */
const schedule = firstRound
  .flatMap((story) => Array.from({ length: story.weight }, () => story))
  .map((story, i) => ({ story, place: draw(0, i, 'schedule') }))
  .sort((a, b) => a.place - b.place)
  .map(({ story }) => story);
takePlaces(kinStories);

/** The story of a number, the same whatever the seed and the size: after the first round, the schedule over and over. */
export function storyAt(number: number): Story {
  const story = firstRound[number] ?? schedule[(number - firstRound.length) % schedule.length];
  if (!story) throw new RangeError(`there is no story ${number}`);
  return story;
}

/** Puts stories in the places of common ones, behind those that show disturbances, so that all other numbers tell what they always told. */
function takePlaces(others: readonly Story[]): void {
  const [shown, common] = [8, 10];
  const places = [...schedule.keys()].filter((place) => place >= shown && schedule[place]!.weight >= common);
  for (const [i, story] of others.entries()) schedule[places[i]!] = story;
}
