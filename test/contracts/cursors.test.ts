// What every store of cursors does, whichever driver it is.
import assert from 'node:assert/strict';
import { openSqliteCursors } from '../../services/drivers/sqlite/cursors.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { Cursors } from '../../services/ports/cursors.ts';

type Open = (place: string) => Cursors & { close(): void };

function describeCursors(name: string, open: Open): void {
  describe(`cursors on ${name}`, () => {
    const folder = useTempFolder();
    let cursors: ReturnType<Open>;
    beforeEach(() => {
      cursors = open(folder('cursors'));
    });
    afterEach(() => cursors.close());

    it('know nothing of a source at first', async () => {
      assert.equal(await cursors.load('property-right'), null);
    });

    it('keep the last one of each source, over a close too', async () => {
      await cursors.save('property-right', '1.2');
      await cursors.save('property-right', '游标 3');
      await cursors.save('meter-account', '');
      cursors.close();
      cursors = open(folder('cursors'));
      assert.deepEqual([await cursors.load('property-right'), await cursors.load('meter-account')], ['游标 3', '']);
    });

    it('are the same when saved twice', async () => {
      await cursors.save('property-right', '1.2');
      await cursors.save('property-right', '1.2');
      assert.equal(await cursors.load('property-right'), '1.2');
    });
  });
}

describeCursors('sqlite', (place) => openSqliteCursors(`${place}.sqlite`));
