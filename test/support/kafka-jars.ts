// Apache Kafka from its own jars: fetched once with Maven, run on the machine's Java in KRaft mode on loopback.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { holdsProcess } from './hold-process.ts';

/** The newest release that kafkajs 2.2.4 was run against here and whose jars are complete on Maven Central. */
export const kafkaVersion = '4.3.1';

/** Any id does; all brokers of a cluster have the same. */
export const clusterId = 'MkU3OEVBNTcwNTJENDM2Qg';

const run = promisify(execFile);
const answers = async (command: string, ...args: string[]): Promise<string | null> =>
  run(command, args).then(
    ({ stdout, stderr }) => stdout + stderr,
    () => null,
  );

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

/** The folder of Kafka's jars, fetched when it is not there yet; or why there is none. */
export async function kafkaJars(): Promise<{ jars: string } | { missing: string }> {
  const java = /version "(\d+)/.exec((await answers('java', '-version')) ?? '');
  if (Number(java?.[1] ?? 0) < 17) return { missing: 'no Java 17 or later' };
  const home = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'gov-enterprise-hub', `kafka-${kafkaVersion}`);
  if (existsSync(home)) return { jars: home };
  if ((await answers('mvn', '-v')) === null) return { missing: 'no Maven to fetch Kafka with' };
  await mkdir(dirname(home), { recursive: true });
  // Two processes may fetch at once: each in a folder and a Maven repository of its own, and the first to finish wins.
  const own = await mkdtemp(`${home}.`);
  try {
    await writeFile(join(own, 'pom.xml'), pom);
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(own, 'jars')}`];
    const options = ['-B', '-q', '-ntp', `-Dmaven.repo.local=${join(own, 'repository')}`];
    await run('mvn', [...options, '-f', join(own, 'pom.xml'), ...goal], { timeout: 280_000 });
    await rename(join(own, 'jars'), home).catch(() => existsSync(home) || Promise.reject(new Error(`cannot write ${home}`)));
    return { jars: home };
  } catch (error) {
    return { missing: `Maven could not fetch Kafka ${kafkaVersion}: ${(error as Error).message.split('\n').slice(0, 3).join(' ')}` };
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/**
 * Keeps one broker for as long as standard input is open: when the tests are gone, however they went, so are the
 * broker and its folder.
 */
const keeper = `
folder=$1; jars=$2; pid=; set -f
set -- java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$jars/*"
"$@" -Xmx64m kafka.tools.StorageTool format -t ${clusterId} -c "$folder/server.properties" $FORMAT </dev/null >"$folder/log" 2>&1
while read -r command; do
  case $command in
    start) "$@" -Xmx384m kafka.Kafka "$folder/server.properties" </dev/null >>"$folder/log" 2>&1 & pid=$!; echo started ;;
    kill) kill -KILL $pid; wait $pid; echo killed ;;
  esac
done 2>/dev/null
[ -n "$pid" ] && { kill -KILL $pid; wait $pid; } 2>/dev/null
rm -rf "$folder"
`;

export interface Broker {
  start(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** One broker of its own settings, not started yet. `logins` are SCRAM credentials, e.g. `SCRAM-SHA-512=[name=hub,password=right]`. */
export async function createBroker(jars: string, settings: Record<string, string>, logins: readonly string[] = []): Promise<Broker> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-kafka-'));
  const lines = Object.entries({ ...settings, 'log.dirs': join(folder, 'data') }).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(join(folder, 'server.properties'), lines.join(''));
  const child = spawn('sh', ['-c', keeper, 'keeper', folder, jars], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    env: { ...process.env, FORMAT: logins.map((login) => `--add-scram ${login}`).join(' ') },
  });
  const told = createInterface({ input: child.stdout });
  const holding = holdsProcess(child);
  const tell = (command: string): Promise<void> =>
    new Promise((resolve) => {
      holding(true);
      told.once('line', () => {
        holding(false);
        resolve();
      });
      child.stdin.write(`${command}\n`);
    });
  return {
    start: () => tell('start'),
    kill: () => tell('kill'),
    stop: () =>
      new Promise((resolve) => {
        holding(true);
        child.once('close', () => resolve());
        child.stdin.end();
      }),
  };
}
