// A long history in a workshop: simulated events in some order of delivery over months, with the hub's own steps between.
import { ownSteps } from './own-steps.ts';
import type { HubEvent } from '../../services/domain/events.ts';
import type { Clock } from './clock.ts';
import type { Workshop } from './fold.ts';

/** Delivers in batches, days apart, so that things fall due between them; own steps now and then. */
export async function tellHistory(workshop: Workshop, clock: Clock, events: readonly HubEvent[], batch = 25, days = 45): Promise<void> {
  for (let i = 0, n = 0; i < events.length; i += batch, n++) {
    await workshop.live(events.slice(i, i + batch));
    if (n % 3 === 2) await workshop.live(await ownSteps(workshop.views, clock.now(), 2));
    clock.pass(days);
  }
  await workshop.live([]);
}
