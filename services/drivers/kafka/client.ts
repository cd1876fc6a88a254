// How Kafka is reached: addresses, TLS and SASL; sockets that can be given up; failures as documented errors.
import { connect as connectPlain, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { HubError } from '../../domain/errors.ts';
import { Kafka, logLevel } from './kafkajs.ts';
import type { Socket } from 'node:net';
import type { KafkaConfig, SASLOptions } from 'kafkajs';

/** PEM texts. `ca` null trusts what Node trusts; `cert` and `key` only where brokers ask clients for a certificate. */
export interface KafkaTls {
  ca: string | null;
  cert: string | null;
  key: string | null;
}

export type KafkaSasl =
  | { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string }
  /** `token` is called for every connection, and again before a token that brokers limit in time ends. */
  | { mechanism: 'oauthbearer'; token: () => Promise<string> };

/** Says what happened that an operator should know: a fixed text, and fields without personal data. */
export type OnNotice = (text: string, fields: Record<string, string | number>) => void;

export interface KafkaConnection {
  /** Addresses to begin with, `host:port`. */
  brokers: readonly string[];
  clientId: string;
  ssl: KafkaTls | null;
  sasl: KafkaSasl | null;
  /** How long one call may take with everything tried again, in milliseconds. */
  timeoutMs: number;
  onNotice: OnNotice;
}

export interface Client {
  kafka: Kafka;
  /** Destroys the sockets to one broker, or all of them and every later one. */
  giveUp(broker?: string): void;
}

/** A client whose every use is one producer, consumer or admin. Connects to nothing yet. */
export function createClient(connection: KafkaConnection, onError: (message: string, fields: object) => void = () => undefined): Client {
  const sockets = new Map<Socket, string>();
  let over = false;
  const { timeoutMs } = connection;
  const config: KafkaConfig = {
    brokers: [...connection.brokers],
    clientId: connection.clientId,
    connectionTimeout: Math.min(3000, timeoutMs),
    authenticationTimeout: Math.min(10_000, timeoutMs),
    requestTimeout: Math.min(15_000, timeoutMs),
    // Waits of 0.1 s, doubled up to a second: together about as long as a call may take.
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: Math.ceil(timeoutMs / 1000) },
    logLevel: logLevel.ERROR,
    // Texts of kafkajs may quote messages, so none goes to a log; the one that matters is picked by who makes the client.
    logCreator: () => (entry) => onError(entry.log.message, entry.log),
    socketFactory({ host, port, ssl, onConnect }) {
      if (over) throw new Error('this client was given up');
      const socket = ssl
        ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...ssl }, onConnect)
        : connectPlain({ host, port }, onConnect);
      socket.setKeepAlive(true, 60_000).setNoDelay(true);
      sockets.set(socket, `${host}:${port}`);
      return socket.once('close', () => sockets.delete(socket));
    },
    ...(connection.ssl && { ssl: tlsOptions(connection.ssl) }),
    ...(connection.sasl && { sasl: saslOptions(connection.sasl) }),
  };
  return {
    kafka: new Kafka(config),
    giveUp(broker) {
      over ||= broker === undefined;
      // Only an error tells kafkajs that a socket is gone.
      for (const [socket, address] of sockets) if (broker === undefined || broker === address) socket.destroy(new Error('given up'));
    },
  };
}

/** kafkajs goes on using a socket on which a request timed out: destroys it, so that the next try has a new one. */
export function renewSocketsOnTimeout(
  client: Client,
  user: {
    events: { REQUEST_TIMEOUT: never };
    on(event: never, listener: (event: { payload: { broker: string } }) => void): unknown;
  },
): void {
  user.on(user.events.REQUEST_TIMEOUT, ({ payload }) => client.giveUp(payload.broker));
}

const tlsOptions = ({ ca, cert, key }: KafkaTls): object => ({
  ...(ca !== null && { ca: [ca] }),
  ...(cert !== null && { cert }),
  ...(key !== null && { key }),
});

function saslOptions(sasl: KafkaSasl): SASLOptions {
  if (sasl.mechanism === 'oauthbearer')
    return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await sasl.token() }) };
  const { mechanism, username, password } = sasl;
  return { mechanism, username, password };
}

interface KafkaFailure extends Error {
  type?: string;
  code?: string | number;
  /** Of a request about many topics: one each. */
  errors?: unknown[];
}

/** The protocol's names of what went wrong, outermost first: an error and its causes. */
export function failureTypes(error: unknown): string[] {
  const types: string[] = [];
  for (let at = error; at instanceof Error; at = (at as KafkaFailure).errors?.[0] ?? at.cause) {
    const { type, code, name } = at as KafkaFailure;
    types.push(type ?? (typeof code === 'string' ? code : name));
  }
  return types;
}

/** A failure of Kafka as ENGINE_UNAVAILABLE; what is already documented, and our own mistakes, as they are. */
export function unavailable(connection: Pick<KafkaConnection, 'brokers'>, tried: string, cause: unknown): Error {
  const ours =
    cause instanceof HubError ||
    (cause instanceof Error && !cause.name.startsWith('KafkaJS') && cause.name !== 'TimeoutError' && !stumbled(cause));
  if (ours) return cause;
  const reason = failureTypes(cause).at(-1) ?? 'no reason given';
  return new HubError('ENGINE_UNAVAILABLE', `Kafka (${connection.brokers.join(', ')}) could not ${tried}: ${reason}`, { cause });
}

/** Where kafkajs reaches no broker it goes on with an empty answer, and stumbles over that: a TypeError from inside it. */
const stumbled = (error: Error): boolean => error instanceof TypeError && /^.*\n *at .*\/node_modules\/kafkajs\//.test(error.stack ?? '');

/** Rejects with a TimeoutError when `work` takes longer than `ms`. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException('no answer in time', 'TimeoutError')), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
