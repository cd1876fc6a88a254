// A story: given, when, then, each a sentence and what makes it so. A step that fails is named.
import { useTempFolder } from '../../support/temp-folder.ts';
import { inWorld } from './world.ts';
import type { World, WorldOptions } from './world.ts';

type Play = (world: World) => Promise<void> | void;

export interface Telling {
  given(what: string, play: Play): void;
  when(what: string, play: Play): void;
  then(what: string, play: Play): void;
}

/** Each story has a cast of its own, so that no number meets another's. */
let casts = 7_000;

/** Tells stories in a suite: `story(title, ({ given, when, then }) => { … })`. */
export function storyTeller(): (title: string, tell: (telling: Telling) => void, options?: WorldOptions) => void {
  const folder = useTempFolder();
  return (title, tell, options = {}) => {
    const steps: { sentence: string; play: Play }[] = [];
    const step =
      (word: string) =>
      (what: string, play: Play): void =>
        void steps.push({ sentence: `${word} ${what}`, play });
    tell({ given: step('given'), when: step('when'), then: step('then') });
    const number = casts++;
    it(title, async function () {
      this.timeout(30_000);
      await inWorld(folder('data'), number, options, async (world) => {
        for (const { sentence, play } of steps) {
          try {
            await play(world);
          } catch (error) {
            if (error instanceof Error) error.message = `${sentence}: ${error.message}`;
            throw error;
          }
        }
      });
    });
  };
}
