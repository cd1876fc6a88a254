// What every store of cursors does, whichever driver it is.
import assert from 'node:assert/strict';
import { openPostgresCursors } from '../../services/drivers/postgres/cursors.ts';
import { openSqliteCursors } from '../../services/drivers/sqlite/cursors.ts';
import { postgresFor } from '../support/postgres.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { Cursors } from '../../services/ports/cursors.ts';
import type { TestPostgres } from '../support/postgres.ts';

interface Driver {
  /** Starts what the driver needs, or skips the suite. */
  prepare: (context: Mocha.Context) => Promise<void>;
  open: (place: string) => Promise<Cursors & { close(): void | Promise<void> }>;
}

function describeCursors(name: string, { prepare, open }: Driver): void {
  describe(`cursors on ${name}`, () => {
    before(async function () {
      await prepare(this);
    });
    const folder = useTempFolder();
    let cursors: Awaited<ReturnType<Driver['open']>>;
    beforeEach(async () => {
      cursors = await open(folder('cursors'));
    });
    afterEach(() => cursors.close());

    it('know nothing of a source at first', async () => {
      assert.equal(await cursors.load('property-right'), null);
    });

    it('keep the last one of each source, over a close too', async () => {
      await cursors.save('property-right', '1.2');
      await cursors.save('property-right', '游标 3');
      await cursors.save('meter-account', '');
      await cursors.close();
      cursors = await open(folder('cursors'));
      assert.deepEqual([await cursors.load('property-right'), await cursors.load('meter-account')], ['游标 3', '']);
    });

    it('are made once by many that begin at the same time', async () => {
      const place = folder('many');
      const all = await Promise.all(Array.from({ length: 6 }, () => open(place)));
      await Promise.all(all.map((each, i) => each.save(`source ${i}`, `${i}`)));
      assert.deepEqual(await Promise.all(all.map((_, i) => all[0]!.load(`source ${i}`))), ['0', '1', '2', '3', '4', '5']);
      for (const each of all) await each.close();
    });

    it('are the same when saved twice', async () => {
      await cursors.save('property-right', '1.2');
      await cursors.save('property-right', '1.2');
      assert.equal(await cursors.load('property-right'), '1.2');
    });
  });
}

describeCursors('sqlite', {
  prepare: async () => undefined,
  open: async (place) => openSqliteCursors(`${place}.sqlite`),
});

let postgres: TestPostgres;
describeCursors('postgres', {
  prepare: async (context) => {
    postgres = await postgresFor(context);
  },
  open: async (place) => openPostgresCursors({ url: await postgres.database(place) }),
});
