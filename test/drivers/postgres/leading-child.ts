// Leads views as a process of its own: says when it does, and at each line of input tries to commit and says how that went.
import { createInterface } from 'node:readline';
import { HubError } from '../../../services/domain/errors.ts';
import { openPostgresViewStore } from '../../../services/drivers/postgres/view-store.ts';
import { changes, lead, row } from './rows.ts';

const views = openPostgresViewStore({ url: process.argv[2]!, silenceMs: Number(process.argv[3]), name: 'child' });
await lead(views);
console.log('leading');
for await (const key of createInterface({ input: process.stdin })) {
  const outcome = views.commit(changes(9, row(key))).then(() => 'committed');
  console.log(await outcome.catch((error: unknown) => (error instanceof HubError ? error.code : String(error))));
}
await views.close();
