// What a story is.
import type { FactFamily } from '../../domain/events.ts';
import type { Cast } from '../cast.ts';
import type { SimulatedRecord } from '../registers.ts';

export interface Story {
  /** Kebab-case, the group first: `sale-arrears`. */
  name: string;
  /** How often it is told once every story was told once. */
  weight: number;
  /** The sources that have a part in it. */
  sources: readonly FactFamily[];
  /** Every record of the story, those of one source in the order it publishes them. Pure. */
  tell(cast: Cast): SimulatedRecord[];
}
