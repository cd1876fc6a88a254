// Leads as a process of its own: says when it does, and at each line of input asks whether it still does and says what it heard.
import { createInterface } from 'node:readline';
import { HubError } from '../../services/domain/errors.ts';
import { openPostgresLeadership } from '../../services/drivers/postgres/leadership.ts';
import { openSqliteLeadership } from '../../services/drivers/sqlite/leadership.ts';

const [place, silenceMs] = [process.argv[2]!, Number(process.argv[3])];
const leadership = place.startsWith('postgres') ? openPostgresLeadership({ url: place, silenceMs }) : openSqliteLeadership(place);
const asked = createInterface({ input: process.stdin });
await leadership
  .lead('work', new AbortController().signal, async ({ confirm }) => {
    console.log('leading');
    for await (const _ of asked) {
      const heard = confirm().then(() => 'still leading');
      console.log(await heard.catch((error: unknown) => (error instanceof HubError ? error.code : String(error))));
    }
  })
  .catch(() => undefined);
