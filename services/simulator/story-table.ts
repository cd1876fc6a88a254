// Which story is told as which number.
import { draw } from './random.ts';
import { buildStories } from './stories/build.ts';
import { homeStories } from './stories/home.ts';
import { renameStories } from './stories/rename.ts';
import { saleStories } from './stories/sale.ts';
import { shopStories } from './stories/shop.ts';
import { unclearSaleStories } from './stories/unclear-sale.ts';
import type { Story } from './stories/story.ts';

/** Every story there is. The first numbers tell each of them once, undisturbed. */
export const stories: readonly Story[] = [
  ...buildStories,
  ...shopStories,
  ...homeStories,
  ...renameStories,
  ...saleStories,
  ...unclearSaleStories,
];

/** Each story as often as it weighs, shuffled once and for all. */
const schedule = stories
  .flatMap((story) => Array.from({ length: story.weight }, () => story))
  .map((story, i) => ({ story, place: draw(0, i, 'schedule') }))
  .sort((a, b) => a.place - b.place)
  .map(({ story }) => story);

/** The story of a number, the same whatever the seed and the size: after the first round, the schedule over and over. */
export function storyAt(number: number): Story {
  const story = stories[number] ?? schedule[(number - stories.length) % schedule.length];
  if (!story) throw new RangeError(`there is no story ${number}`);
  return story;
}
