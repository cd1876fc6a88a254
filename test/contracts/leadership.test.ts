// What every way to be the only one does, whichever driver it is.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openPostgresLeadership } from '../../services/drivers/postgres/leadership.ts';
import { openSqliteLeadership } from '../../services/drivers/sqlite/leadership.ts';
import { untilAborted } from '../../services/hub/services.ts';
import { postgresFor } from '../support/postgres.ts';
import { program } from '../support/programs.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { Lead, Leadership } from '../../services/ports/leadership.ts';
import type { TestPostgres } from '../support/postgres.ts';

interface Driver {
  /** Starts what the driver needs, or skips the suite. */
  prepare: (context: Mocha.Context) => Promise<void>;
  /** The address of a place, as `open` and the process beside take it. */
  at: (place: string) => Promise<string>;
  open: (at: string) => Leadership;
}

/** Leads until `stop` is aborted. `begun` resolves with what was handed over. */
function leading(leadership: Leadership, work = 'work') {
  const stop = new AbortController();
  let started = (_lead: Lead): void => undefined;
  const begun = new Promise<Lead>((resolve) => (started = resolve));
  const ended = leadership.lead(work, stop.signal, async (lead) => {
    started(lead);
    await untilAborted(lead.signal);
  });
  return { begun, ended, stop: () => stop.abort() };
}

function describeLeadership(name: string, { prepare, at, open }: Driver): void {
  describe(`leadership on ${name}`, () => {
    before(async function () {
      await prepare(this);
    });
    const folder = useTempFolder();
    let place: string;
    let first: Leadership;
    let second: Leadership;
    let turn = 0;
    beforeEach(async () => {
      place = await at(folder(`lead${turn++}`));
      [first, second] = [open(place), open(place)];
    });
    afterEach(async () => {
      await first.close();
      await second.close();
    });

    it('is given at once where nobody has it, and again', async () => {
      for (let i = 0; i < 3; i++) {
        const one = leading(first);
        await (await one.begun).confirm();
        one.stop();
        await one.ended;
      }
    });

    it('is one for each kind of work', async () => {
      const [one, other] = [leading(first, 'one'), leading(second, 'other')];
      await Promise.all([one.begun, other.begun]);
      one.stop();
      other.stop();
      await Promise.all([one.ended, other.ended]);
    });

    it('is waited for, and passes on when the work ends', async () => {
      const one = leading(first);
      await one.begun;
      const order: string[] = [];
      const other = leading(second);
      const passed = other.begun.then(() => order.push('other begins'));
      const over = one.ended.then(() => order.push('one has ended'));
      await (await one.begun).confirm();
      assert.deepEqual(order, []);
      one.stop();
      await Promise.all([over, passed]);
      other.stop();
      await other.ended;
      assert.deepEqual(order.toSorted(), ['one has ended', 'other begins']);
    });

    it('passes on when the work fails, which is told', async () => {
      await assert.rejects(
        first.lead('work', new AbortController().signal, () => Promise.reject(new Error('tired'))),
        /^Error: tired$/,
      );
      const other = leading(second);
      await other.begun;
      other.stop();
      await other.ended;
    });

    it('is given up without a word by who stops waiting, and the work is not begun', async () => {
      const one = leading(first);
      await one.begun;
      const stop = new AbortController();
      const waiting = second.lead('work', stop.signal, () => Promise.reject(new Error('begun')));
      // Until a third, which came later, has done other work: it waits by then.
      const other = open(place);
      await other.lead('other work', new AbortController().signal, async ({ confirm }) => confirm());
      await other.close();
      stop.abort();
      await waiting;
      await second.lead('work', stop.signal, () => Promise.reject(new Error('begun')));
      one.stop();
      await one.ended;
    });

    it('is never with two, and everybody has a turn', async function () {
      this.timeout(40_000);
      const many = Array.from({ length: 6 }, () => open(place));
      let [now, most, turns] = [0, 0, 0];
      const work = async ({ confirm }: Lead): Promise<void> => {
        most = Math.max(most, ++now);
        for (let i = 0; i < 3; i++) await confirm();
        await new Promise((resolve) => setImmediate(resolve));
        now--;
        turns++;
      };
      await Promise.all(many.map((each) => each.lead('work', new AbortController().signal, work)));
      for (const each of many) await each.close();
      assert.deepEqual([most, turns], [1, 6]);
    });

    it('passes on from a process that is killed', async function () {
      this.timeout(30_000);
      const script = fileURLToPath(new URL('./leading-child.ts', import.meta.url));
      const child = spawn(process.execPath, [...program(script), place, '30000'], { stdio: ['pipe', 'pipe', 'inherit'] });
      try {
        const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
        assert.equal((await said.next()).value, 'leading');
        const one = leading(first);
        let begun = false;
        void one.begun.then(() => (begun = true));
        child.stdin.write('\n');
        assert.equal((await said.next()).value, 'still leading');
        assert.equal(begun, false);
        child.kill('SIGKILL');
        await one.begun;
        one.stop();
        await one.ended;
      } finally {
        child.kill('SIGKILL');
      }
    });
  });
}

describeLeadership('sqlite', {
  prepare: async () => undefined,
  at: async (place) => `${place}.sqlite`,
  open: openSqliteLeadership,
});

let postgres: TestPostgres;
describeLeadership('postgres', {
  prepare: async (context) => {
    postgres = await postgresFor(context);
  },
  at: (place) => postgres.database(place),
  open: (url) => openPostgresLeadership({ url }),
});
