// Events for tests: simulated records as the adapters map them, under one pseudonym key.
import { createAdapter } from '../../services/adapters/adapter.ts';
import { openSqlitePersonKeys } from '../../services/drivers/sqlite/person-keys.ts';
import { createCast } from '../../services/simulator/cast.ts';
import { createSimulation } from '../../services/simulator/simulation.ts';
import { stories } from '../../services/simulator/story-table.ts';
import { codec, contractOf, pseudonymKey } from './project.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { PersonKeys } from '../../services/ports/person-keys.ts';
import type { Cast } from '../../services/simulator/cast.ts';
import type { SimulatedRecord } from '../../services/simulator/registers.ts';

/** Keys in memory; two of them give the same pseudonyms. */
export const keysInMemory = (): PersonKeys => openSqlitePersonKeys(':memory:', { pseudonymKey });

const sharedKeys = keysInMemory();

/** Maps records through the contract's `platform` mapping, refused ones to quarantine, as a pull would publish them. */
async function eventsOf(source: string, records: readonly object[], keys: PersonKeys = sharedKeys): Promise<HubEvent[]> {
  const published: HubEvent[] = [];
  const log = {
    publish: async (events: HubEvent[]) => String(published.push(...events)),
    recorded: async () => undefined,
  };
  const adapter = createAdapter(contractOf(source), 'platform', 'polled', { log, codec, keys, now: () => 0 });
  await adapter.take(
    records.map((record, i) => ({ position: `start+${i}`, fields: record as Record<string, unknown> })),
    null,
  );
  // Contacts are the hub's own; what the source said is wanted here.
  return published.filter((event) => !event.type.startsWith('contact.'));
}

/** Events of records of several sources, in the order given. */
export async function eventsTold(told: readonly SimulatedRecord[], keys?: PersonKeys): Promise<HubEvent[]> {
  const events: HubEvent[] = [];
  for (const { source, record } of told) events.push(...(await eventsOf(source, [record], keys)));
  return events;
}

/** Everything a simulation's registries publish, source after source. */
export async function simulatedEvents(options: { seed: number | string; subjects: number; dirty?: number }): Promise<HubEvent[]> {
  const simulation = createSimulation(options);
  const events: HubEvent[] = [];
  for (const source of simulation.sources) events.push(...(await eventsOf(source, [...simulation.records(source)])));
  return events;
}

/** The cast of a story that no simulation of these tests tells. */
export const castOf = (number = 5_000): Cast => createCast(1, number, false);

/** The records of one story by its name, in the order they happened. */
export function storyRecords(name: string, cast = castOf()): SimulatedRecord[] {
  const story = stories.find((candidate) => candidate.name === name);
  if (!story) throw new Error(`there is no story ${name}`);
  return story.tell(cast);
}
