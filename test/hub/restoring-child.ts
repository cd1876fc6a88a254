// Restores a backup and dies by kill -9 before the n-th change that it would make to files: restoring-child.ts <n> <backup> <data>.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [, , n, backup, data] = process.argv as [string, string, string, string, string];
let changes = 0;

function dying<Args extends unknown[], Result>(change: (...args: Args) => Result): (...args: Args) => Result {
  return (...args) => {
    if (++changes === Number(n)) process.kill(process.pid, 'SIGKILL');
    return change(...args);
  };
}

fs.mkdirSync = dying(fs.mkdirSync);
fs.renameSync = dying(fs.renameSync);
for (const name of ['copyFile', 'writeFile', 'rename', 'rm'] as const)
  fs.promises[name] = dying(fs.promises[name] as (...args: unknown[]) => Promise<void>);
syncBuiltinESMExports();

const { restoreHub } = await import('../../services/hub/restore.ts');
await restoreHub(backup, data);
