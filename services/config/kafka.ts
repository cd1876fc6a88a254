// How Kafka is reached, from the environment.
import type { Environment, VariableName } from './environment.ts';

export const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;

export interface KafkaConfig {
  brokers: string[];
  topicPrefix: string;
  groupId: string;
  partitions: number;
  replication: number;
  /** Milliseconds; -1 for ever. */
  retentionMs: number;
  /** Files are PEM. */
  tls: { caFile: string | null; certFile: string | null; keyFile: string | null } | null;
  sasl: { mechanism: (typeof saslMechanisms)[number]; username: string; password: string; tokenUrl: string | null } | null;
}

/** Null when no brokers are named; what cannot be used is added to `problems`. */
export function readKafka(env: Environment, problems: string[]): KafkaConfig | null {
  if (env.KAFKA_BROKERS === undefined) return null;
  const brokers = env.KAFKA_BROKERS.split(',').map((broker) => broker.trim());
  if (brokers.some((broker) => !/^(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}$/.test(broker)))
    problems.push('KAFKA_BROKERS is no list of host:port with commas between');
  const whole = (name: VariableName, otherwise: number, most: number): number => {
    const text = env[name];
    if (text === undefined) return otherwise;
    if (!/^\d{1,6}$/.test(text) || Number(text) < 1 || Number(text) > most) problems.push(`${name} is no whole number from 1 to ${most}`);
    return Number(text);
  };
  const topicPrefix = env.KAFKA_TOPIC_PREFIX ?? '';
  // Kafka's own rule for topic names, of which ours need some.
  if (!/^[\w.-]{0,100}$/.test(topicPrefix)) problems.push('KAFKA_TOPIC_PREFIX holds what a topic name cannot');
  const days = env.KAFKA_RETENTION_DAYS === undefined ? null : whole('KAFKA_RETENTION_DAYS', 1, 36_500);
  return {
    brokers,
    topicPrefix,
    groupId: env.KAFKA_GROUP ?? 'hub-recorder',
    partitions: whole('KAFKA_PARTITIONS', 12, 1_000),
    replication: whole('KAFKA_REPLICATION', Math.min(3, brokers.length), 9),
    retentionMs: days === null ? -1 : days * 86_400_000,
    tls: readTls(env, problems),
    sasl: readSasl(env, problems),
  };
}

function readTls(env: Environment, problems: string[]): KafkaConfig['tls'] {
  if (env.KAFKA_TLS !== undefined && !['true', 'false'].includes(env.KAFKA_TLS)) problems.push('KAFKA_TLS is neither true nor false');
  const files = [env.KAFKA_CA_FILE, env.KAFKA_CERT_FILE, env.KAFKA_KEY_FILE];
  if (env.KAFKA_TLS !== 'true') {
    if (files.some((file) => file !== undefined)) problems.push('KAFKA_CA_FILE, KAFKA_CERT_FILE and KAFKA_KEY_FILE want KAFKA_TLS=true');
    return null;
  }
  const [caFile = null, certFile = null, keyFile = null] = files;
  if ((certFile === null) !== (keyFile === null)) problems.push('KAFKA_CERT_FILE and KAFKA_KEY_FILE go together');
  return { caFile, certFile, keyFile };
}

function readSasl(env: Environment, problems: string[]): KafkaConfig['sasl'] {
  const { KAFKA_SASL: wanted, KAFKA_USERNAME: username, KAFKA_PASSWORD: password, KAFKA_TOKEN_URL: tokenUrl = null } = env;
  if (wanted === undefined) {
    if (username !== undefined || password !== undefined) problems.push('KAFKA_USERNAME and KAFKA_PASSWORD want KAFKA_SASL');
    return null;
  }
  const mechanism = saslMechanisms.find((name) => name === wanted);
  if (!mechanism) problems.push(`KAFKA_SASL is none of ${saslMechanisms.join(', ')}`);
  if (username === undefined || password === undefined) problems.push('KAFKA_SASL wants KAFKA_USERNAME and KAFKA_PASSWORD');
  if (wanted === 'oauthbearer' && (tokenUrl === null || !/^https?:\/\//.test(tokenUrl) || !URL.canParse(tokenUrl)))
    problems.push('KAFKA_SASL=oauthbearer wants KAFKA_TOKEN_URL, an http address');
  if (!mechanism || username === undefined || password === undefined) return null;
  return { mechanism, username, password, tokenUrl };
}
