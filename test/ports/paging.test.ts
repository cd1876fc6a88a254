// Cursor paging: each row once, cursors that are ours, and a bound on what one request looks at.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HubError } from '../../services/domain/errors.ts';
import { cursorAfter, keyIn, numberIn, pageOfRows } from '../../services/ports/paging.ts';
import type { ViewRow } from '../../services/ports/view-store.ts';

const rowOf = (key: string, tags: string[]): ViewRow => ({ view: 'package', key, body: '{}', local: '{}', tags, due: null });

/** Reads rows in memory as a view store does, and counts them. */
function reader(rows: readonly ViewRow[]) {
  let looked = 0;
  const read = async ({ after, limit }: { after: string; limit: number }): Promise<ViewRow[]> => {
    const found = rows.filter(({ key }) => key > after).slice(0, limit);
    looked += found.length;
    return found;
  };
  return { read, looked: () => looked };
}

describe('paging', () => {
  it('gives cursors that hold any key', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (key) => keyIn(cursorAfter(key)) === key));
    assert.deepEqual([keyIn(undefined), numberIn(undefined), numberIn(cursorAfter('12'))], ['', null, 12]);
  });

  it('refuses cursors that are not ours', () => {
    const refused = (error: unknown): boolean => error instanceof HubError && error.code === 'USAGE';
    for (const cursor of ['_w', 'YQ==', 'YR', '!']) assert.throws(() => keyIn(cursor), refused, cursor);
    assert.throws(() => numberIn(cursorAfter('a1')), refused);
  });

  it('gives each row that fits once, in order', async () => {
    const row = fc.tuple(fc.stringMatching(/^[a-z]{1,4}$/), fc.boolean());
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(row, { selector: ([key]) => key, maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        async (list, limit) => {
          const rows = list.map(([key, fits]) => rowOf(key, fits ? ['status:ready'] : [])).sort((a, b) => (a.key < b.key ? -1 : 1));
          const seen: string[] = [];
          for (let after: string | undefined; ;) {
            const { items, next } = await pageOfRows(reader(rows).read, ['status:ready'], { after, limit });
            seen.push(...items.map(({ key }) => key));
            assert.ok(items.length <= limit);
            if (next === null) break;
            after = next;
          }
          assert.deepEqual(
            seen,
            rows.filter(({ tags }) => tags.length > 0).map(({ key }) => key),
          );
        },
      ),
    );
  });

  it('stops looking after a bound, and goes on from there', async () => {
    const rows = Array.from({ length: 12_000 }, (_, i) => rowOf(String(i).padStart(6, '0'), i === 11_999 ? ['status:ready'] : []));
    const { read, looked } = reader(rows);
    const first = await pageOfRows(read, ['status:ready'], { after: undefined, limit: 10 });
    assert.deepEqual([first.items, looked()], [[], 5_000]);
    const second = await pageOfRows(read, ['status:ready'], { after: first.next!, limit: 10 });
    const third = await pageOfRows(read, ['status:ready'], { after: second.next!, limit: 10 });
    assert.deepEqual([second.items.length, third.items.map(({ key }) => key), third.next], [0, ['011999'], null]);
  });
});
