// Adapter cursors in a small SQLite file.
import { openDatabase, sqliteCall } from './database.ts';
import { createWriteGuard } from './write-guard.ts';
import type { Cursors } from '../../ports/cursors.ts';

export function openSqliteCursors(file: string): Cursors & { close(): void } {
  const db = openDatabase(file, { durable: true });
  sqliteCall(file, () => db.exec('CREATE TABLE IF NOT EXISTS cursor (source TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT'));
  const write = createWriteGuard(file);
  const load = db.prepare('SELECT cursor FROM cursor WHERE source = ?').pluck();
  const save = db.prepare('INSERT INTO cursor VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor');
  return {
    load: async (source) => (load.get(source) as string | undefined) ?? null,
    async save(source, cursor) {
      write(() => save.run(source, cursor));
    },
    close() {
      db.close();
    },
  };
}
