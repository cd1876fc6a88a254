// A real broker that speaks TLS alone and asks who is there: SCRAM, OAUTHBEARER and certificates, as the configuration offers them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openKafkaEventLog } from '../../../services/drivers/kafka/event-log.ts';
import { smallEvents } from '../../support/events.ts';
import { createBroker } from '../../support/kafka-jars.ts';
import { kafkaOptions } from '../../support/kafka-log.ts';
import { freePorts, jarsOrSkip, listening } from '../../support/kafka.ts';
import type { KafkaConnection, KafkaSasl } from '../../../services/drivers/kafka/client.ts';
import type { EventLog } from '../../../services/ports/event-log.ts';
import type { Broker } from '../../support/kafka-jars.ts';

const run = promisify(execFile);
const store = ['-storetype', 'PKCS12', '-storepass', 'only-for-tests', '-alias', 'broker'];

/** A certificate for 127.0.0.1 that nobody signed: its PEM is what a client is to trust. */
async function certificate(folder: string): Promise<{ keystore: string; pem: string }> {
  const keystore = join(folder, 'broker.p12');
  const subject = ['-dname', 'CN=127.0.0.1', '-ext', 'SAN=IP:127.0.0.1', '-validity', '2'];
  await run('keytool', ['-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', ...subject, '-keystore', keystore, ...store]);
  await run('keytool', ['-exportcert', '-rfc', '-file', join(folder, 'broker.pem'), '-keystore', keystore, ...store]);
  return { keystore, pem: await readFile(join(folder, 'broker.pem'), 'utf8') };
}

interface ClientCertificate {
  cert: string;
  key: string;
  /** Where the certificate is kept. */
  file: string;
}

/** A certificate and its key for a client. */
async function clientCertificate(folder: string, name: string): Promise<ClientCertificate> {
  const [file, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const elliptic = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', ['req', '-x509', ...elliptic, '-days', '2', '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', file]);
  return { cert: await readFile(file, 'utf8'), key: await readFile(keyFile, 'utf8'), file };
}

/** What a broker trusts: this certificate alone. */
async function trusting(folder: string, { file }: ClientCertificate): Promise<string> {
  const truststore = join(folder, 'trust.p12');
  await run('keytool', ['-importcert', '-noprompt', '-file', file, '-keystore', truststore, ...store]);
  return truststore;
}

interface Ports {
  /** For clients that log in. */
  secure: number;
  /** For clients that show a certificate. */
  mutual: number;
  controller: number;
}

function settings({ secure, mutual, controller }: Ports, keystore: string, truststore: string): Record<string, string> {
  const oauth = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";';
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  return {
    'node.id': '1',
    'process.roles': 'broker,controller',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `SECURE://127.0.0.1:${secure},MUTUAL://127.0.0.1:${mutual},INSIDE://127.0.0.1:0,CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `SECURE://127.0.0.1:${secure},MUTUAL://127.0.0.1:${mutual},INSIDE://127.0.0.1:1`,
    'listener.security.protocol.map': 'SECURE:SASL_SSL,MUTUAL:SSL,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'INSIDE',
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': keystore,
    'ssl.keystore.password': 'only-for-tests',
    'listener.name.mutual.ssl.client.auth': 'required',
    'listener.name.mutual.ssl.truststore.type': 'PKCS12',
    'listener.name.mutual.ssl.truststore.location': truststore,
    'listener.name.mutual.ssl.truststore.password': 'only-for-tests',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    'listener.name.secure.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.secure.scram-sha-512.sasl.jaas.config': scram,
    'listener.name.secure.oauthbearer.sasl.jaas.config': oauth,
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
    'log.cleaner.dedupe.buffer.size': '4194304',
  };
}

/** A token that this broker takes without a signature, as its built-in validator does; good for an hour. */
function token(claims: object = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return Promise.resolve(`${part({ alg: 'none' })}.${part({ sub: 'hub', iat: now, exp: now + 3600, ...claims })}.`);
}

describe('a broker that wants TLS and a login, or a certificate', function () {
  this.timeout(120_000);
  let folder: string;
  let broker: Broker | undefined;
  let ports: Ports;
  let pem: string;
  let known: ClientCertificate;
  let unknown: ClientCertificate;
  const open: { close(): Promise<void> }[] = [];

  before(async function () {
    folder = await mkdtemp(join(tmpdir(), 'hub-tls-'));
    const jars = await jarsOrSkip(this);
    const made = await certificate(folder);
    pem = made.pem;
    [known, unknown] = await Promise.all([clientCertificate(folder, 'hub'), clientCertificate(folder, 'stranger')]);
    const [secure, mutual, controller] = (await freePorts(3)) as [number, number, number];
    ports = { secure, mutual, controller };
    const logins = ['SCRAM-SHA-256=[name=hub,password=right]', 'SCRAM-SHA-512=[name=hub,password=right]'];
    broker = await createBroker(jars, settings(ports, made.keystore, await trusting(folder, known)), logins);
    await broker.start();
    await Promise.all([listening(secure), listening(mutual)]);
  });
  afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));
  after(async () => {
    await broker?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function logWith(sasl: KafkaSasl | null, changes: Partial<KafkaConnection> = {}, port = ports.secure): EventLog {
    const log = openKafkaEventLog(
      kafkaOptions([`127.0.0.1:${port}`], { timeoutMs: 5_000, sasl, ssl: { ca: pem, cert: null, key: null }, ...changes }),
    );
    open.push(log);
    return log;
  }
  const logShowing = (shown: Pick<ClientCertificate, 'cert' | 'key'> | null): EventLog =>
    logWith(null, { ssl: { ca: pem, cert: shown?.cert ?? null, key: shown?.key ?? null } }, ports.mutual);
  const login = { username: 'hub', password: 'right' };
  const refused = { code: 'ENGINE_UNAVAILABLE' };

  const friends: [string, () => EventLog][] = [
    ['SCRAM-SHA-256', () => logWith({ mechanism: 'scram-sha-256', ...login })],
    ['SCRAM-SHA-512', () => logWith({ mechanism: 'scram-sha-512', ...login })],
    ['OAUTHBEARER', () => logWith({ mechanism: 'oauthbearer', token })],
    ['a certificate of its own', () => logShowing(known)],
  ];
  for (const [name, friend] of friends) {
    it(`lets events in and out with ${name}`, async () => {
      const log = friend();
      await log.publish(smallEvents(20));
      const stop = new AbortController();
      let taken = 0;
      for await (const batch of log.batches(stop.signal)) {
        taken += batch.events.length;
        await log.commit(batch.place);
        if (taken === 20) stop.abort();
      }
      assert.equal(await log.lag(), 0);
    });
  }

  const strangers: [string, () => EventLog][] = [
    ['a wrong password', () => logWith({ mechanism: 'scram-sha-512', username: 'hub', password: 'wrong' })],
    ['a user it does not know', () => logWith({ mechanism: 'scram-sha-512', username: 'nobody', password: 'right' })],
    ['a token that has expired', () => logWith({ mechanism: 'oauthbearer', token: () => token({ iat: 1, exp: 2 }) })],
    ['no login', () => logWith(null)],
    ['a certificate that the broker has no reason to trust', () => logShowing(unknown)],
    ['no certificate', () => logShowing(null)],
    ['no TLS', () => logWith({ mechanism: 'scram-sha-512', ...login }, { ssl: null })],
    [
      'a certificate that the client has no reason to trust',
      () => logWith({ mechanism: 'scram-sha-512', ...login }, { ssl: { ca: null, cert: null, key: null } }),
    ],
  ];
  for (const [what, stranger] of strangers) {
    it(`is not reached with ${what}, and says so without the secret`, async () => {
      await assert.rejects(stranger().lag(), (error: Error & { code: string }) => {
        assert.equal(error.code, refused.code);
        assert.doesNotMatch(error.message, /right|wrong|eyJ/);
        return true;
      });
    });
  }
});
