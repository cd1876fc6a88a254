// Small events by hand, for suites of ports that do not care what events say.
import { deriveEventId } from '../../services/domain/events.ts';
import { codec } from './project.ts';
import type { HubEvent } from '../../services/domain/events.ts';

/** An `erasure` event: the smallest family there is. The same number gives the same event. */
export function smallEvent(number: number, changes: Partial<HubEvent> = {}): HubEvent {
  const subject = changes.subject ?? `p-${number % 5}`;
  const data = codec.encode('erasure', { change: 'erased', record: subject, person: subject, basis: `basis ${number}` });
  const time = changes.time ?? 1_700_000_000_000 + number * 1000;
  return {
    id: deriveEventId(time, 'hub', subject, number, data),
    source: 'hub',
    type: 'erasure.erased',
    subject,
    time,
    sequence: number,
    contract: 'hub@1',
    evidence: 'none',
    reader: number % 3,
    traceparent: null,
    data,
    ...changes,
  };
}

export const smallEvents = (count: number, from = 0): HubEvent[] => Array.from({ length: count }, (_, i) => smallEvent(from + i));

/** Events as plain values: bytes as Buffers, whatever a driver hands out. */
export const plain = <T extends HubEvent>(events: readonly T[]): T[] =>
  events.map((event) => ({ ...event, data: Buffer.from(event.data) }));
