// Places in Kafka: the next offset of each topic and partition.
import { HubError } from '../../domain/errors.ts';
import type { LogPlace } from '../../ports/event-log.ts';

/** Next offset by partition by topic. */
export type Place = Map<string, Map<number, number>>;

export const offsetIn = (place: Place, topic: string, partition: number): number | undefined => place.get(topic)?.get(partition);

export function setOffset(place: Place, topic: string, partition: number, next: number): void {
  const partitions = place.get(topic);
  if (partitions) partitions.set(partition, next);
  else place.set(topic, new Map([[partition, next]]));
}

/** Every `[topic, partition, next offset]`. */
export function* offsetsOf(place: Place): Generator<[topic: string, partition: number, next: number]> {
  for (const [topic, partitions] of place) for (const [partition, next] of partitions) yield [topic, partition, next];
}

/** JSON with sorted keys, so that equal places are equal texts. */
export function formatPlace(place: Place): LogPlace {
  const topics = [...place.keys()].sort();
  return JSON.stringify(Object.fromEntries(topics.map((topic) => [topic, Object.fromEntries([...place.get(topic)!].sort())])));
}

/** Throws HubError STORE_CORRUPT on text that is no place in Kafka. */
export function parsePlace(text: LogPlace): Place {
  const place: Place = new Map();
  try {
    for (const [topic, partitions] of Object.entries(JSON.parse(text) as Record<string, Record<string, number>>))
      for (const [partition, next] of Object.entries(partitions)) setOffset(place, topic, Number(partition), next);
  } catch (cause) {
    throw new HubError('STORE_CORRUPT', 'a saved place is no place in Kafka', { cause });
  }
  return place;
}
