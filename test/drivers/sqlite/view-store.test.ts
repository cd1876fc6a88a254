// Views of another form: an older one is folded again, a newer one is left alone.
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { openSqliteViewStore } from '../../../services/drivers/sqlite/view-store.ts';
import { viewsFormat } from '../../../services/ports/view-store.ts';
import { useTempFolder } from '../../support/temp-folder.ts';

describe('embedded views of another form', () => {
  const folder = useTempFolder();
  const row = { view: 'source', key: 'one', body: '{}', local: '{}', tags: [], due: null };

  async function made(format: number): Promise<string> {
    const file = folder('views.sqlite');
    const views = openSqliteViewStore(file);
    await views.commit({
      rows: [{ view: 'source', key: 'one', row, was: null }],
      feed: [],
      checkpoint: { position: 7, date: '2026-01-01' },
    });
    await views.close();
    const db = new Database(file);
    db.pragma(`user_version = ${format}`);
    db.close();
    return file;
  }

  for (const [what, format, position] of [
    ['starts anew where they are older', viewsFormat - 1, 0],
    ['goes on where they are its own', viewsFormat, 7],
  ] as const) {
    it(what, async () => {
      const views = openSqliteViewStore(await made(format));
      assert.equal((await views.checkpoint()).position, position);
      assert.equal((await views.list('source', { limit: 10 })).length, position === 0 ? 0 : 1);
      await views.close();
    });
  }

  it('refuses those of a newer hub', async () => {
    const file = await made(viewsFormat + 1);
    assert.throws(() => openSqliteViewStore(file), { code: 'CONFIG_INVALID' });
  });
});
