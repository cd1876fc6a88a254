// Tells in the feed, once, how views that were folded anew differ from what was told last: after a change of form, or a rebuild.
import type { Checkpoint, FeedEntry, RowChange, ViewRow, ViewWriter } from '../ports/view-store.ts';
import type { FeedLine, JudgedLocal, ToldBody } from '../ports/views.ts';

type Views = Pick<ViewWriter, 'list' | 'getAll' | 'get' | 'commit'>;
const kinds: readonly FeedLine['kind'][] = ['package', 'transfer-request'];
const pageSize = 500;
/** The key, before every other, of the row of the view `told` that says how far the comparison has come. */
const progressKey = '';

/**
 * Compares every package and request with the digest that was told last (the view `told`, which the driver fills from the
 * feed that it takes the place of), and tells what differs behind every place given out before. A page is a transaction,
 * so that after a death it goes on where it was.
 */
export async function tellDifferences(views: Views, at: Checkpoint): Promise<void> {
  const reached = await progressOf(views);
  for (const kind of kinds) {
    if (kind < reached.kind) continue;
    let after = kind === reached.kind ? reached.key : '';
    for (;;) {
      const rows = await views.list(kind, { after, limit: pageSize });
      if (rows.length === 0) break;
      after = rows.at(-1)!.key;
      const told = new Map(
        (await views.getAll(rows.map(({ key }) => ({ view: 'told', key: `${kind}/${key}` })))).map((row) => [row.key, row]),
      );
      const lines = rows.flatMap((row) => changed(kind, row, told.get(`${kind}/${row.key}`), at) ?? []);
      await views.commit({ rows: [progress({ kind, key: after })], feed: lines, checkpoint: at });
    }
  }
  await tellWithdrawn(views, at);
}

/** Tells what is there no more, and empties the view `told`, the progress last. */
async function tellWithdrawn(views: Views, at: Checkpoint): Promise<void> {
  for (;;) {
    const told = await views.list('told', { after: progressKey, limit: pageSize });
    if (told.length === 0) break;
    const keys = told.map(({ key }) => ({ view: kindOf(key), key: key.slice(kindOf(key).length + 1) }));
    const there = new Set((await views.getAll(keys)).map(({ view, key }) => `${view}/${key}`));
    const lines = told.filter(({ key }) => !there.has(key)).map((row) => withdrawn(row, at));
    await views.commit({ rows: told.map(removal), feed: lines, checkpoint: at });
  }
  await views.commit({ rows: [removal({ view: 'told', key: progressKey, tags: [] })], feed: [], checkpoint: at });
}

const kindOf = (key: string): FeedLine['kind'] => kinds.find((kind) => key.startsWith(`${kind}/`))!;

function changed(kind: FeedLine['kind'], row: ViewRow, told: ViewRow | undefined, at: Checkpoint): FeedEntry | null {
  const { digest } = JSON.parse(row.local) as JudgedLocal;
  const was = told ? (JSON.parse(told.body) as ToldBody) : null;
  if (was?.digest === digest) return null;
  const status = row.tags.find((tag) => tag.startsWith('status:'))!.slice('status:'.length);
  const change = was ? 'changed' : 'prepared';
  return entry(
    { kind, id: row.key, change, status, was: was?.status ?? null, digest, cause: { rebuilt: at.date } },
    at,
    `1 ${kind} ${row.key}`,
  );
}

function withdrawn({ key, body }: ViewRow, at: Checkpoint): FeedEntry {
  const kind = kindOf(key);
  const { status: was } = JSON.parse(body) as ToldBody;
  const line = { kind, id: key.slice(kind.length + 1), change: 'withdrawn', status: null, was, digest: null } as const;
  return entry({ ...line, cause: { rebuilt: at.date } }, at, `2 ${key}`);
}

/** Behind all that events and days caused up to the checkpoint, in the order of commits. */
function entry(line: FeedLine, { position, date }: Checkpoint, place: string): FeedEntry {
  const cursor = `${String(position).padStart(12, '0')}.${date.replaceAll('-', '')}.000002-${place}`;
  return { cursor, view: line.kind, key: line.id, body: JSON.stringify(line) };
}

interface Progress {
  kind: string;
  key: string;
}

async function progressOf(views: Views): Promise<Progress> {
  const row = await views.get('told', progressKey);
  return row ? (JSON.parse(row.body) as Progress) : { kind: '', key: '' };
}

function progress(body: Progress): RowChange {
  const row: ViewRow = { view: 'told', key: progressKey, body: JSON.stringify(body), local: 'null', tags: [], due: null };
  return { view: 'told', key: progressKey, was: [], row };
}

const removal = ({ view, key, tags }: Pick<ViewRow, 'view' | 'key' | 'tags'>): RowChange => ({ view, key, row: null, was: tags });
