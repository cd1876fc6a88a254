// A lead held on a server can be lost: whoever had it stops at once, and hears of it before the next step.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openPostgresLeadership } from '../../../services/drivers/postgres/leadership.ts';
import { untilAborted } from '../../../services/hub/services.ts';
import { whileLeading } from '../../../services/ports/leadership.ts';
import { openMuteProxy } from './mute-proxy.ts';
import { hubError } from './rows.ts';
import { ownPostgresFor, postgresFor } from '../../support/postgres.ts';
import { program } from '../../support/programs.ts';
import { until } from '../../support/processes.ts';
import type { Lead, Leadership } from '../../../services/ports/leadership.ts';
import type { OwnPostgres } from '../../support/start-postgres.ts';
import type { TestPostgres } from '../../support/postgres.ts';

const unavailable = hubError('ENGINE_UNAVAILABLE');
const never = new AbortController().signal;

/** Leads until that ends; gives what was handed over, and how it ended. */
async function led(leadership: Leadership): Promise<{ lead: Lead; ended: Promise<void> }> {
  return new Promise((resolve, reject) => {
    const ended: Promise<void> = leadership.lead('work', never, async (lead) => {
      resolve({ lead, ended });
      await untilAborted(lead.signal);
    });
    ended.catch(reject);
  });
}

describe('a lead held on PostgreSQL', function () {
  this.timeout(30_000);
  let postgres: TestPostgres;
  let url: string;
  let second: Leadership;
  let turn = 0;
  const open: Leadership[] = [];
  const opened = (options: Parameters<typeof openPostgresLeadership>[0]): Leadership => {
    const leadership = openPostgresLeadership(options);
    open.push(leadership);
    return leadership;
  };
  before(async function () {
    postgres = await postgresFor(this);
  });
  beforeEach(async () => {
    url = await postgres.database(`lost lead ${turn++}`);
    second = opened({ url, name: 'second' });
  });
  afterEach(() => Promise.all(open.splice(0).map(async (one) => one.close())));

  it('ends with its connection: the work is stopped and may not be confirmed, and another takes over', async () => {
    const { lead, ended } = await led(opened({ url, name: 'first' }));
    const refused = assert.rejects(ended, unavailable);
    let published = 0;
    const log = whileLeading({ publish: async () => String(++published), recorded: async () => undefined }, lead);
    assert.equal(await log.publish([]), '1');
    let stopped = 0;
    lead.signal.addEventListener('abort', () => stopped++);
    const next = led(second);
    await postgres.query(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'first' AND datname = current_database()`,
    );
    await refused;
    assert.equal(stopped, 1);
    await assert.rejects(lead.confirm(), unavailable);
    await assert.rejects(log.publish([]), unavailable);
    assert.equal(published, 1);
    await (await next).lead.confirm();
  });

  it('is not held against work that failed for its loss', async () => {
    let cut = false;
    const leadership = opened({ url, name: 'first' });
    const ended = leadership.lead('work', never, async ({ signal }) => {
      if (!cut) await postgres.query(url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'first'`);
      cut = true;
      await untilAborted(signal);
      throw new Error('stopped in the middle');
    });
    await assert.rejects(ended, unavailable);
  });

  it('fault-34 is given up behind a mute network before another is let in', async () => {
    const proxy = await openMuteProxy(Number(new URL(url).port));
    try {
      const through = new URL(url);
      through.host = `127.0.0.1:${proxy.port}`;
      const order: string[] = [];
      const { ended } = await led(opened({ url: through.href, name: 'first', silenceMs: 3_000 }));
      const next = led(second).then(() => order.push('another leads'));
      proxy.mute(true);
      await assert.rejects(ended, unavailable);
      order.push('the first has stopped');
      await next;
      assert.deepEqual(order, ['the first has stopped', 'another leads']);
    } finally {
      await proxy.close();
    }
  });

  it('fault-09 is taken from a process that stands still, which hears of it before it does more', async () => {
    const script = fileURLToPath(new URL('../../contracts/leading-child.ts', import.meta.url));
    const child = spawn(process.execPath, [...program(script), url, '600'], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      assert.equal((await said.next()).value, 'leading');
      child.kill('SIGSTOP');
      await (await led(second)).lead.confirm();
      child.stdin.write('\n');
      child.kill('SIGCONT');
      assert.equal((await said.next()).value, 'ENGINE_UNAVAILABLE');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('leaves no connection behind once it was given up', async () => {
    const stop = new AbortController();
    await opened({ url, name: 'first' }).lead('work', stop.signal, async () => stop.abort());
    const connected = async (): Promise<number> =>
      (await postgres.query(url, `SELECT FROM pg_stat_activity WHERE application_name = 'first'`)).length;
    await until('it is gone', async () => (await connected()) === 0, 10_000);
  });
});

describe('a lead on a PostgreSQL that is away', () => {
  let server: OwnPostgres;
  before(async function () {
    server = await ownPostgresFor(this);
  });
  after(() => server?.end());

  it('cannot be had, and can by the same leadership when the server is back', async function () {
    this.timeout(30_000);
    const leadership = openPostgresLeadership({ url: server.url });
    const work = async ({ confirm }: Lead): Promise<void> => confirm();
    await server.command('stop');
    for (let i = 0; i < 2; i++) await assert.rejects(leadership.lead('work', never, work), unavailable);
    await server.command('start');
    await leadership.lead('work', never, work);
    await leadership.close();
  });
});
