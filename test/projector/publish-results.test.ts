// Results go on to a log behind the commits that hold them, none left out.
import assert from 'node:assert/strict';
import { openSqliteCursors } from '../../services/drivers/sqlite/cursors.ts';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { publishResults } from '../../services/projector/publish-results.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { Cursors } from '../../services/ports/cursors.ts';
import type { Result } from '../../services/ports/result-log.ts';
import type { RowChange, ViewStore } from '../../services/ports/view-store.ts';

describe('publishing results', () => {
  const folder = useTempFolder();
  let views: ViewStore;
  let cursors: Cursors & { close(): void };
  beforeEach(() => {
    views = openSqliteViewStore(folder('views.sqlite'));
    cursors = openSqliteCursors(folder('cursors.sqlite'));
  });
  afterEach(async () => {
    await views.close();
    cursors.close();
  });

  const put = (key: string, n: number): RowChange => ({
    view: 'package',
    key,
    was: n === 1 ? null : [],
    row: { view: 'package', key, body: `{"n":${n}}`, local: `{"digest":"sha256:${n}"}`, tags: [], due: null },
  });
  const line = (position: number, key: string) => ({ cursor: String(position).padStart(12, '0'), view: 'package', key, body: '{}' });
  const commit = (position: number, key: string, row: RowChange): Promise<void> =>
    views.commit({ rows: [row], feed: [line(position, key)], checkpoint: { position, date: '2027-01-01' } });

  /** Runs until `count` results were published; `publish` may fail. */
  async function published(count: number, publish: (results: readonly Result[]) => void = () => undefined): Promise<Result[]> {
    const stop = new AbortController();
    const got: Result[] = [];
    const results = {
      async publish(batch: readonly Result[]) {
        publish(batch);
        got.push(...batch);
        if (got.length >= count) stop.abort();
      },
      close: async () => undefined,
    };
    await publishResults({ views, results, cursors }, stop.signal, 5);
    return got;
  }

  it('sends the newest state of what the feed names, once, and a tombstone for what was withdrawn', async () => {
    await commit(1, 'a', put('a', 1));
    await commit(2, 'b', put('b', 1));
    await commit(3, 'a', put('a', 2));
    await commit(4, 'b', { view: 'package', key: 'b', row: null, was: [] });
    assert.deepEqual(await published(2), [
      { kind: 'package', id: 'a', body: '{"n":2}', digest: 'sha256:2', cursor: '000000000003' },
      { kind: 'package', id: 'b', body: null, digest: null, cursor: '000000000004' },
    ]);
  });

  it('goes on where it stopped', async () => {
    await commit(1, 'a', put('a', 1));
    await published(1);
    await commit(2, 'a', put('a', 2));
    assert.deepEqual(
      (await published(1)).map(({ cursor }) => cursor),
      ['000000000002'],
    );
  });

  it('sends again what it could not tell was sent, and leaves nothing out', async () => {
    await commit(1, 'a', put('a', 1));
    await assert.rejects(
      published(1, () => {
        throw new Error('the log is down');
      }),
      /down/,
    );
    assert.equal((await published(1)).length, 1);
  });

  it('sends nothing that is not committed', async () => {
    await commit(1, 'a', put('a', 1));
    for (const { cursor } of await published(1)) assert.ok(Number(cursor) <= (await views.checkpoint()).position);
  });
});
