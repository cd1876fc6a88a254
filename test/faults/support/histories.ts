// What sources tell in these tests: simulated registers, as a platform hands them out.
import { createSimulation } from '../../../services/simulator/simulation.ts';
import type { Simulation } from '../../../services/simulator/simulation.ts';
import type { Histories } from './platform.ts';

export const historiesOf = (simulation: Simulation): Histories =>
  new Map(simulation.sources.map((source) => [source, [...simulation.records(source)]]));

/** Some hundred records of every source, a tenth of them disturbed. */
export const everySource = historiesOf(createSimulation({ seed: 'fault', subjects: 64, dirty: 0.1 }));

/** Those of one source, which is pulled alone, so that each page can be counted. */
export const oneSource: Histories = new Map([['property-right', everySource.get('property-right')!]]);
