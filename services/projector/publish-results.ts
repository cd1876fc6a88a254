// Sends results on to a log for consumers that prefer one to HTTP: what the change feed names, in its order, behind its commits.
import { setTimeout as sleep } from 'node:timers/promises';
import { failpoint } from '../ports/failpoint.ts';
import type { Cursors } from '../ports/cursors.ts';
import type { Result, ResultLog } from '../ports/result-log.ts';
import type { FeedEntry, ViewReader } from '../ports/view-store.ts';
import type { JudgedLocal } from '../ports/views.ts';

export interface ResultPorts {
  views: Pick<ViewReader, 'feed' | 'getAll'>;
  results: ResultLog;
  cursors: Cursors;
}

/** The name that the place in the feed is kept by, among the cursors. */
const cursorName = 'results';

/**
 * Publishes until aborted. A result is read from committed views, so it can never run ahead of them; the place is saved
 * behind the log, so that after a death some results are sent twice and none is left out.
 */
export async function publishResults({ views, results, cursors }: ResultPorts, signal: AbortSignal, pollMs = 200): Promise<void> {
  let after = (await cursors.load(cursorName)) ?? '';
  while (!signal.aborted) {
    const lines = await views.feed({ after, limit: 500 });
    if (lines.length === 0) {
      await sleep(pollMs, undefined, { signal }).catch(() => undefined);
      continue;
    }
    failpoint('results-read');
    await results.publish(await newestOf(lines, views));
    failpoint('results-published');
    after = lines.at(-1)!.cursor;
    await cursors.save(cursorName, after);
  }
}

/** One result for each id that the lines name, as its row stands now, at its last line. */
async function newestOf(lines: readonly FeedEntry[], views: ResultPorts['views']): Promise<Result[]> {
  const last = new Map(lines.map((line) => [`${line.view}/${line.key}`, line]));
  const rows = new Map((await views.getAll([...last.values()])).map((row) => [`${row.view}/${row.key}`, row]));
  return [...last].map(([id, { view, key, cursor }]) => {
    const row = rows.get(id);
    const digest = row ? (JSON.parse(row.local) as JudgedLocal).digest : null;
    return { kind: view as Result['kind'], id: key, body: row?.body ?? null, digest, cursor };
  });
}
