// Views built beside those in use: in a file of their own, copied over the old ones in one transaction.
import { rmSync } from 'node:fs';
import { failpoint } from '../../ports/failpoint.ts';
import { openDatabase, sqliteCall } from './database.ts';
import { keepTold } from './told.ts';
import type { ViewsAside, ViewStore } from '../../ports/view-store.ts';

type Open = (file: string, options: { bulk: boolean }) => ViewStore;

/** Whoever has `file` open goes on reading: old rows until the copy is committed, new ones after. */
export function openViewsAside(file: string, open: Open): ViewsAside {
  const aside = `${file}.rebuild`;
  remove(aside);
  const { close, ...views } = open(aside, { bulk: true });
  keepToldOf(file, aside);
  failpoint('rebuild-opened');
  return {
    ...views,
    async replace() {
      await close();
      failpoint('rebuild-complete');
      const db = openDatabase(aside, { durable: false, readOnly: true });
      try {
        // All pages in one step are one transaction of the file copied to.
        await sqliteCall(file, () => db.backup(file, { progress: () => 0x7fffffff }));
      } finally {
        db.close();
      }
      failpoint('rebuild-replaced');
      remove(aside);
    },
    async discard() {
      await close();
      remove(aside);
    },
  };
}

/** The last lines that the views in use told go along, so that the new ones tell what differs from them. */
function keepToldOf(file: string, aside: string): void {
  const db = openDatabase(aside, { durable: false });
  try {
    sqliteCall(file, () => {
      db.prepare('ATTACH ? AS present').run(file);
      db.transaction(() => keepTold(db, 'present', 'main'))();
    });
  } finally {
    db.close();
  }
}

function remove(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '.lock']) rmSync(file + suffix, { force: true });
}
