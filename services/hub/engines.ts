// Chooses the drivers: which engine serves which port follows from the addresses that are configured.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { HubError } from '../domain/errors.ts';
import { openSqliteCursors } from '../drivers/sqlite/cursors.ts';
import { openSqliteEventLog } from '../drivers/sqlite/event-log.ts';
import { openSqliteEventStore } from '../drivers/sqlite/event-store.ts';
import { openSqliteLeadership } from '../drivers/sqlite/leadership.ts';
import { openSqlitePersonKeys } from '../drivers/sqlite/person-keys.ts';
import { openSqliteViewStore } from '../drivers/sqlite/view-store.ts';
import { clientCredentials } from './client-credentials.ts';
import type { Config } from '../config/config.ts';
import type { KafkaConfig } from '../config/kafka.ts';
import type { KafkaSasl } from '../drivers/kafka/client.ts';
import type { Cursors } from '../ports/cursors.ts';
import type { EventCodec } from '../ports/event-codec.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { EventStore } from '../ports/event-store.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { PersonKeys } from '../ports/person-keys.ts';
import type { ResultLog } from '../ports/result-log.ts';
import type { ViewStore } from '../ports/view-store.ts';

export interface Engines {
  log: EventLog;
  store: EventStore;
  views: ViewStore;
  keys: PersonKeys;
  cursors: Cursors & { close(): void | Promise<void> };
  /** Where the projector keeps how far it has sent results: a place of its own, as only it may write there. */
  resultCursors: Cursors & { close(): void | Promise<void> };
  /** Null without Kafka. */
  results: ResultLog | null;
  /** Who of many dispatchers and supervisors works: held where the views are. */
  leadership: Leadership;
}

export interface EngineFiles {
  lock: string;
  log: string;
  store: string;
  views: string;
  keys: string;
  cursors: string;
}

export interface EngineOptions {
  files: EngineFiles;
  codec: EventCodec;
  now: () => number;
  readOnly: boolean;
  /** Tells what an operator should know. */
  notice: (text: string, fields: object) => void;
}

/** Opens everything; engines are connected to when they are first used. Errors: CONFIG_INVALID, DATA_DIRECTORY, STORE_TOO_OLD. */
export async function openEngines(config: Config, options: EngineOptions): Promise<Engines> {
  const { files, codec, now, readOnly, notice } = options;
  const { kafka, eventStoreUrl, databaseUrl, keysUrl, pseudonymKey } = config;
  const pseudonyms = pseudonymKey ? { pseudonymKey } : {};
  // Clients are loaded only where their engine is configured: they take longer to load than most commands to run.
  const keys =
    keysUrl === null
      ? openSqlitePersonKeys(files.keys, { readOnly, ...pseudonyms })
      : (await import('../drivers/postgres/person-keys.ts')).openPostgresPersonKeys({ url: keysUrl, ...pseudonyms });
  const store =
    eventStoreUrl === null
      ? openSqliteEventStore(files.store, { now, readOnly })
      : (await import('../drivers/eventstore/event-store.ts')).openEventStoreDb({ url: eventStoreUrl });
  const logs = kafka ? await openKafka(kafka, codec, notice) : { log: openSqliteEventLog(files.log), results: null };
  const views = databaseUrl === null ? openViewFiles(files, readOnly) : await openPostgres(databaseUrl);
  return { keys, store, ...logs, ...views };
}

async function openKafka(
  kafka: KafkaConfig,
  codec: EventCodec,
  notice: EngineOptions['notice'],
): Promise<Pick<Engines, 'log' | 'results'>> {
  const [{ openKafkaEventLog }, { openKafkaResultLog }] = await Promise.all([
    import('../drivers/kafka/event-log.ts'),
    import('../drivers/kafka/result-log.ts'),
  ]);
  const connection = { ...kafkaConnection(kafka), onNotice: notice };
  return { log: openKafkaEventLog({ ...connection, codec }), results: openKafkaResultLog(connection) };
}

type BesideViews = Pick<Engines, 'views' | 'cursors' | 'resultCursors' | 'leadership'>;

async function openPostgres(url: string): Promise<BesideViews> {
  const [{ openPostgresViewStore }, { openPostgresCursors }, { openPostgresLeadership }] = await Promise.all([
    import('../drivers/postgres/view-store.ts'),
    import('../drivers/postgres/cursors.ts'),
    import('../drivers/postgres/leadership.ts'),
  ]);
  return {
    views: openPostgresViewStore({ url }),
    cursors: openPostgresCursors({ url }),
    resultCursors: openPostgresCursors({ url, schema: 'hub_results' }),
    leadership: openPostgresLeadership({ url }),
  };
}

function openViewFiles(files: EngineFiles, readOnly: boolean): BesideViews {
  const cursors = openSqliteCursors(files.cursors);
  return { views: openViewsFile(files.views, readOnly), cursors, resultCursors: cursors, leadership: openSqliteLeadership(files.lock) };
}

function openViewsFile(file: string, readOnly: boolean): ViewStore {
  try {
    return openSqliteViewStore(file, { readOnly });
  } catch (cause) {
    if (!(cause instanceof HubError)) throw cause;
    throw new HubError(cause.code, `${cause.message}; views can be made again: delete ${file} and run hub replay`, { cause });
  }
}

function kafkaConnection({ brokers, topicPrefix, groupId, partitions, replication, retentionMs, tls, sasl }: KafkaConfig) {
  return {
    brokers,
    timeoutMs: 15_000,
    clientId: `hub-${hostname()}-${process.pid}`,
    groupId,
    topicPrefix,
    partitions,
    replication,
    retentionMs,
    ssl: tls && { ca: pem(tls.caFile), cert: pem(tls.certFile), key: pem(tls.keyFile) },
    sasl: sasl && loginOf(sasl),
  };
}

function loginOf({ mechanism, username, password, tokenUrl }: NonNullable<KafkaConfig['sasl']>): KafkaSasl {
  return mechanism === 'oauthbearer'
    ? { mechanism, token: clientCredentials(tokenUrl!, username, password) }
    : { mechanism, username, password };
}

function pem(file: string | null): string | null {
  try {
    return file === null ? null : readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HubError('CONFIG_INVALID', `${file} cannot be read`, { cause });
  }
}
