// The feed after views were made anew: each difference from what was told last, once, also where the comparison was killed.
import assert from 'node:assert/strict';
import { openSqliteViewStore } from '../../services/drivers/sqlite/view-store.ts';
import { tellDifferences } from '../../services/projector/tell-differences.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import type { RowChange, ViewStore } from '../../services/ports/view-store.ts';
import type { FeedLine } from '../../services/ports/views.ts';

const at = { position: 7, date: '2027-03-01' };
const row = (view: string, key: string, body: object, local: object, tags: string[] = []): RowChange => ({
  ...{ view, key, was: null },
  row: { view, key, body: JSON.stringify(body), local: JSON.stringify(local), tags, due: null },
});
const judged = (view: string, key: string, digest: string): RowChange => row(view, key, {}, { digest }, ['status:verified']);
const told = (view: string, key: string, digest: string): RowChange => row('told', `${view}/${key}`, { digest, status: 'missing' }, {});

/** More than two pages of packages: every third as it was told, one new, one gone. */
const keys = Array.from({ length: 1_203 }, (_, i) => `key-${String(i).padStart(5, '0')}`);
const rows = [
  ...keys.map((key) => judged('package', key, 'new')),
  ...keys.slice(1).map((key, i) => told('package', key, i % 3 === 0 ? 'new' : 'old')),
  told('package', 'gone', 'old'),
  judged('transfer-request', 'case', 'same'),
  told('transfer-request', 'case', 'same'),
];
const differing = keys.filter((_, i) => i === 0 || (i - 1) % 3 !== 0).length + 1;

describe('what differs from what was told', () => {
  const folder = useTempFolder();
  let views: ViewStore;
  beforeEach(async () => {
    views = openSqliteViewStore(folder('views.sqlite'));
    await views.commit({ rows, feed: [], checkpoint: at });
  });
  afterEach(() => views.close());
  const lines = async (): Promise<FeedLine[]> => (await views.feed({ limit: 10_000 })).map(({ body }) => JSON.parse(body) as FeedLine);

  it('is told once, behind all that was told, and nothing of the comparison is left', async () => {
    await tellDifferences(views, at);
    const found = await lines();
    assert.equal(found.length, differing);
    assert.deepEqual(
      [found[0], found.at(-1)],
      [
        {
          ...{ kind: 'package', id: keys[0], change: 'prepared', status: 'verified' },
          was: null,
          digest: 'new',
          cause: { rebuilt: at.date },
        },
        {
          ...{ kind: 'package', id: 'gone', change: 'withdrawn', status: null },
          was: 'missing',
          digest: null,
          cause: { rebuilt: at.date },
        },
      ],
    );
    const [first] = await views.feed({ limit: 1 });
    assert.ok(first!.cursor > '000000000007.20270301.000001-package key-99999 000000' && first!.cursor < '000000000007.20270302');
    assert.deepEqual(await views.list('told', { limit: 1 }), []);
  });

  it('is told once also where each commit in turn was the last before a death', async () => {
    for (let survived = 0, done = false; !done; survived = 1) {
      let left = survived;
      const dying: typeof views = {
        ...views,
        async commit(changes) {
          if (left-- === 0) throw new Error('died');
          await views.commit(changes);
        },
      };
      done = await tellDifferences(dying, at).then(
        () => true,
        () => false,
      );
    }
    const found = await lines();
    assert.deepEqual([found.length, new Set(found.map(({ id }) => id)).size], [differing, differing]);
  });
});
