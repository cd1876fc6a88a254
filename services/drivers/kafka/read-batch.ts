// What kafkajs fetched as events; what is no event goes to the dead letters first, and the rest flows.
import { fromMessage } from './headers.ts';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { HubEvent } from '../../domain/events.ts';
import type { Chunk } from './hand-over.ts';
import type { OnNotice } from './client.ts';
import type { Outgoing, Sender } from './sender.ts';

export type ReadBatch = (batch: EachBatchPayload['batch']) => Promise<Chunk>;

export interface DeadLetters {
  topic: string;
  sender: Pick<Sender, 'send'>;
  /** Throws for an event whose bytes fit no schema. */
  readable(event: HubEvent): void;
  onNotice: OnNotice;
}

/** Its events are read only after its dead letters are durable: an offset is never committed past a message that is kept nowhere. */
export function createReadBatch(deadLetters: DeadLetters): ReadBatch {
  return async (batch) => {
    const { topic, partition, messages } = batch;
    const events: HubEvent[] = [];
    const nexts: number[] = [];
    const refused: Outgoing[] = [];
    for (const message of messages) {
      const event = eventOf(message, deadLetters.readable);
      if (typeof event === 'string') {
        refused.push(letter(deadLetters.topic, topic, partition, message, event));
        continue;
      }
      events.push(event);
      nexts.push(Number(message.offset) + 1);
    }
    if (refused.length > 0) {
      await bury(deadLetters.sender, refused);
      deadLetters.onNotice('messages that carry no event went to the dead letters', { topic, partition, messages: refused.length });
    }
    return { topic, partition, events, nexts, end: Number(batch.lastOffset()) + 1 };
  };
}

function eventOf(message: KafkaMessage, readable: DeadLetters['readable']): HubEvent | string {
  const event = fromMessage(message);
  if (typeof event === 'string') return event;
  try {
    readable(event);
    return event;
  } catch {
    return 'the value fits no schema';
  }
}

/** The message as it was, with the reason and where it stood in headers of its own. */
const letter = (deadLetter: string, topic: string, partition: number, message: KafkaMessage, reason: string): Outgoing => ({
  topic: deadLetter,
  key: message.key,
  value: message.value,
  headers: {
    ...message.headers,
    dead_letter_reason: reason,
    dead_letter_topic: topic,
    dead_letter_partition: String(partition),
    dead_letter_offset: message.offset,
  },
});

/** One that does not fit with its new headers goes without what it held: reason and place say where to find it. */
async function bury(sender: DeadLetters['sender'], letters: readonly Outgoing[]): Promise<void> {
  try {
    await sender.send(letters);
  } catch (error) {
    if ((error as { code?: string }).code !== 'RECORD_TOO_LARGE') throw error;
    for (const { headers = {}, ...rest } of letters) {
      const own = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('dead_letter_')));
      await sender.send([{ ...rest, headers }]).catch(() => sender.send([{ ...rest, key: null, value: null, headers: own }]));
    }
  }
}
