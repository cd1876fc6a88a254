// Every environment variable the hub knows, and what it is for; the README's table is compared with this.

export const environmentVariables = {
  HUB_DATA: 'data directory (default ./data)',
  HUB_HOST: 'address to listen on (default 127.0.0.1)',
  HUB_PORT: 'port of the APIs, health and metrics of a process (default 8080; 0 for any free one)',
  HUB_SIMULATOR_PORT: 'port of the simulated registries (default 8090; 0 for any free one)',
  HUB_PLATFORM_URL: 'base address of the data-sharing platform to pull from (default: none, nothing is pulled)',
  HUB_PLATFORM_RID: 'requester id (请求者身份标识) on that platform',
  HUB_PLATFORM_SECRET: 'secret that signs calls to that platform',
  HUB_TOKEN_ISSUER: 'issuer that bearer tokens must name (default hub-embedded)',
  HUB_TOKEN_AUDIENCE: 'audience that bearer tokens must name (default hub)',
  HUB_JWKS_URL: 'where the keys that sign bearer tokens are published (default: a key of our own in the data directory)',
  HUB_JWKS_FILE: 'file with those keys, instead of an address',
  HUB_PSEUDONYM_KEY: 'HMAC key of pseudonyms, 64 hexadecimal digits (default: made on first use)',
  HUB_LOG_LEVEL: 'error, warn, info or debug (default info)',
  KAFKA_BROKERS: 'Kafka brokers, `host:port` with commas between (default: none, the log is a file)',
  KAFKA_TOPIC_PREFIX: "put before every topic's name (default: none)",
  KAFKA_GROUP: 'consumer group of the recorders (default hub-recorder)',
  KAFKA_PARTITIONS: 'partitions of a topic when it is made (default 12)',
  KAFKA_REPLICATION: 'copies of a topic when it is made (default 3, or as many as brokers are named)',
  KAFKA_RETENTION_DAYS: 'how long a topic keeps events when it is made (default: for ever)',
  KAFKA_TLS: 'true to encrypt connections to Kafka (default false)',
  KAFKA_CA_FILE: 'certificates (PEM) to trust, instead of the public ones',
  KAFKA_CERT_FILE: 'our certificate (PEM) for Kafka',
  KAFKA_KEY_FILE: 'the key (PEM) of that certificate',
  KAFKA_SASL: 'plain, scram-sha-256, scram-sha-512 or oauthbearer (default: no login)',
  KAFKA_USERNAME: 'user at Kafka; client id at KAFKA_TOKEN_URL',
  KAFKA_PASSWORD: 'its password; client secret at KAFKA_TOKEN_URL',
  KAFKA_TOKEN_URL: 'where oauthbearer tokens are had by client credentials (RFC 6749 §4.4)',
  EVENTSTORE_URL: 'EventStoreDB connection string, `esdb://…` (default: none, the store is a file)',
  DATABASE_URL: 'Postgres that holds the views and cursors, `postgres://…` (default: none, they are files)',
  KEYS_URL: "Postgres that holds persons' keys, best a database of its own (default: none, a file)",
} as const;

export type VariableName = keyof typeof environmentVariables;
export type Environment = Partial<Record<VariableName, string>>;
