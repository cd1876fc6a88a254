// Sends messages durably and in order: one request in flight, whatever waits goes together in the next.
import { HubError } from '../../domain/errors.ts';
import { createClient, failureTypes, renewSocketsOnTimeout, unavailable, within } from './client.ts';
import { CompressionTypes, Partitioners } from './kafkajs.ts';
import { setOffset } from './places.ts';
import type { Message, Producer, TopicMessages } from 'kafkajs';
import type { Client, KafkaConnection } from './client.ts';
import type { Place } from './places.ts';

export interface Outgoing extends Message {
  topic: string;
}

export interface Sender {
  /**
   * Resolves when all are on every in-sync replica, with the place after them. Messages of one key stay in order.
   * Errors: ENGINE_UNAVAILABLE (some may be in the log), RECORD_TOO_LARGE (one is longer than the topic takes).
   */
  send(messages: readonly Outgoing[]): Promise<Place>;
  close(): Promise<void>;
}

/** The first offset given, by topic and partition. */
type Answers = Map<string, number>;

interface Job {
  messages: readonly Outgoing[];
  sent: number;
  place: Place;
  resolve(place: Place): void;
  reject(error: Error): void;
}

export interface SenderOptions {
  /** Bytes in one request, under the brokers' `max.message.bytes` (1,048,588 when left alone): all may be for one partition. */
  maxBytes: number;
  maxMessages: number;
  gzip: boolean;
}

/** `ready` is awaited before the first message: the topics must be there. */
export function createSender(connection: KafkaConnection, ready: () => Promise<void>, options: SenderOptions): Sender {
  const { maxBytes, maxMessages } = options;
  const compression = options.gzip ? CompressionTypes.GZIP : CompressionTypes.None;
  const jobs: Job[] = [];
  let bytesAtOnce = maxBytes;
  let draining: Promise<void> | null = null;
  let opened: { client: Client; producer: Producer } | null = null;

  async function producer(signal: AbortSignal): Promise<Producer> {
    if (opened) return opened.producer;
    await ready();
    signal.throwIfAborted();
    const client = createClient(connection);
    const made = client.kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, createPartitioner });
    renewSocketsOnTimeout(client, made as never);
    opened = { client, producer: made };
    await made.connect();
    return made;
  }
  /** After a failure nobody knows what was written: a new producer begins new sequences, and the ids of events make it once. */
  function giveUp(): void {
    opened?.client.giveUp();
    opened = null;
  }

  /** Sends until brokers have answered for every partition: kafkajs forgets those whose leader moved to a broker that had answered. */
  async function sendRound(round: readonly Outgoing[], signal: AbortSignal): Promise<Answers> {
    const answers: Answers = new Map();
    const own = await producer(signal);
    for (let rest = round; rest.length > 0; rest = rest.filter((message) => !answers.has(keyOf(message)))) {
      signal.throwIfAborted();
      for (const answer of await own.sendBatch({ acks: -1, compression, topicMessages: byTopic(rest) })) {
        if (Number(answer.baseOffset) < 0) throw new HubError('ENGINE_UNAVAILABLE', 'Kafka did not tell where it put messages');
        answers.set(`${answer.topicName}/${answer.partition}`, Number(answer.baseOffset));
      }
    }
    return answers;
  }

  async function drain(): Promise<void> {
    try {
      while (jobs.length > 0) await sendNext();
    } finally {
      // In the same turn as the last look at the queue: who sends next must find nobody draining.
      draining = null;
    }
  }

  async function sendNext(): Promise<void> {
    const { round, ends } = nextRound(jobs, bytesAtOnce, maxMessages);
    const late = new AbortController();
    try {
      place(round, ends, await within(connection.timeoutMs, sendRound(round, late.signal)));
      bytesAtOnce = Math.min(maxBytes, 2 * bytesAtOnce);
    } catch (error) {
      late.abort();
      giveUp();
      const tooLarge = failureTypes(error).some((type) => type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE');
      if (tooLarge && round.length > 1) {
        bytesAtOnce = Math.ceil(bytesAtOnce / 4);
        return;
      }
      const told = tooLarge
        ? new HubError('RECORD_TOO_LARGE', `a message is longer than the topic ${round[0]!.topic} takes`, { cause: error })
        : unavailable(connection, 'take messages', error);
      for (const [job] of ends) job.reject(told);
      jobs.splice(0, ends.length);
    }
  }

  /** Writes down where each job's messages went; jobs that are through leave the queue. */
  function place(round: readonly Outgoing[], ends: readonly (readonly [Job, number])[], answers: Answers): void {
    const counts = new Map<string, number>();
    let at = 0;
    for (const [job, end] of ends) {
      for (; at < end; at++) {
        const message = round[at]!;
        const key = keyOf(message);
        const nth = (counts.get(key) ?? 0) + 1;
        counts.set(key, nth);
        setOffset(job.place, message.topic, message.partition!, answers.get(key)! + nth);
        job.sent++;
      }
      if (job.sent === job.messages.length) jobs.shift()!.resolve(job.place);
    }
  }

  return {
    send(messages) {
      if (messages.length === 0) return Promise.resolve(new Map());
      return new Promise((resolve, reject) => {
        jobs.push({ messages, sent: 0, place: new Map(), resolve, reject });
        draining ??= drain();
      });
    },
    async close() {
      await draining;
      const closing = opened;
      opened = null;
      await within(1000, closing?.producer.disconnect() ?? Promise.resolve()).catch(() => undefined);
      closing?.client.giveUp();
    },
  };
}

/** The next messages of the queue, and after how many of them each job's share ends. */
function nextRound(jobs: readonly Job[], bytes: number, count: number): { round: Outgoing[]; ends: (readonly [Job, number])[] } {
  const round: Outgoing[] = [];
  const ends: (readonly [Job, number])[] = [];
  let size = 0;
  for (const job of jobs) {
    for (let i = job.sent; i < job.messages.length; i++) {
      size += sizeOf(job.messages[i]!);
      if (round.length > 0 && (size > bytes || round.length === count)) {
        if (i > job.sent) ends.push([job, round.length]);
        return { round, ends };
      }
      round.push(job.messages[i]!);
    }
    ends.push([job, round.length]);
  }
  return { round, ends };
}

function byTopic(messages: readonly Outgoing[]): TopicMessages[] {
  const topics = new Map<string, Outgoing[]>();
  for (const message of messages) {
    const others = topics.get(message.topic);
    if (others) others.push(message);
    else topics.set(message.topic, [message]);
  }
  return [...topics].map(([topic, own]) => ({ topic, messages: own }));
}

/** About as many bytes as the message takes in a request. */
function sizeOf({ key, value, headers = {} }: Outgoing): number {
  let size = 64 + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) size += name.length + (headers[name]?.length ?? 0) + 4;
  return size;
}

const keyOf = ({ topic, partition }: Outgoing): string => `${topic}/${partition}`;

/** Murmur2 of the key, as Java clients do; written down in the message, so that a repeat goes where the first went. */
function createPartitioner(): ReturnType<typeof Partitioners.DefaultPartitioner> {
  const choose = Partitioners.DefaultPartitioner();
  return (args) => (args.message.partition ??= choose(args));
}
