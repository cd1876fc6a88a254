// Puts the supervisor together, and what shows its matters.
import { supervisionReader } from '../supervisor/supervision.ts';
import { recordingOn } from './recording.ts';
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

export const supervisionOf = (hub: Pick<Hub, 'views' | 'contracts' | 'today'>): SupervisionReader =>
  supervisionReader({ views: hub.views, today: hub.today, measures: measuresOf(hub) });
