// Puts the supervisor together, and what shows its matters.
import { supervisionReader } from '../supervisor/supervision.ts';
import { superviseAll, unsettled } from '../supervisor/supervisor.ts';
import { withRecorder } from './pending.ts';
import { recordingOn } from './recording.ts';
import { settle } from './settle.ts';
import type { Measures } from '../domain/supervision.ts';
import type { EventPublisher } from '../ports/event-log.ts';
import type { SupervisionReader } from '../ports/supervision.ts';
import type { SupervisorPorts } from '../supervisor/supervisor.ts';
import type { Hub } from './open-hub.ts';

const measuresOf = ({ contracts }: Pick<Hub, 'contracts'>): Measures => ({ limits: contracts.limits, calendar: contracts.calendar });

export function supervisorPorts(hub: Hub, log: EventPublisher): SupervisorPorts {
  const { store, views, codec, today } = hub;
  return { store, views, codec, today, recording: recordingOn(log), measures: measuresOf(hub) };
}

/** Records what is due as of today, and folds it; where nothing else runs. */
export async function superviseOnce(hub: Hub, signal: AbortSignal): Promise<void> {
  await withRecorder(hub, () => superviseAll(supervisorPorts(hub, hub.log), hub.today(), signal), undefined, signal);
  await settle(hub, signal);
}

/**
 * How many matters are open, by the last threshold recorded; counted by what the views hold of each, so that all that were
 * ever settled cost nothing.
 */
export async function countMatters({ views }: Pick<Hub, 'views'>): Promise<Record<string, number>> {
  const counted = await Promise.all(
    unsettled.map(async (level) => {
      // Of tags that begin so, this one: another level's name may begin with this one's.
      const { '': n = 0 } = await views.count('supervision', `last:${level}`);
      return [level, n] as const;
    }),
  );
  return Object.fromEntries(counted);
}

export const supervisionOf = (hub: Pick<Hub, 'views' | 'contracts' | 'today'>): SupervisionReader =>
  supervisionReader({ views: hub.views, today: hub.today, measures: measuresOf(hub) });
